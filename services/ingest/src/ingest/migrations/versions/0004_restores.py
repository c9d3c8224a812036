"""What makes contacts told of in pieces go on, after a restore, beyond what was told of them since the backup."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # Events are named after the revision: one that comes again would be a repeat, and older than what is known.
    """
    CREATE FUNCTION restored() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    DECLARE moved bigint; BEGIN
        UPDATE contact SET revision = revision + 1000;
        GET DIAGNOSTICS moved = ROW_COUNT; RETURN moved;
    END $$
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
