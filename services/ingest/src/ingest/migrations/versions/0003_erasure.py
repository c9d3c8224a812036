"""Who asked to be forgotten, by digest, for ever: what vendors tell of their contacts later is nobody's."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    """
    CREATE TABLE erased_customer (
        tenant text, customer bytea,
        erased_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, customer)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
