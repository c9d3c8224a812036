"""What profile-sync notes of preferences, in the place of what alerting read of answers; and who is to be forgotten."""

from alembic import op

revision = "0010"
down_revision = "0009"

STATEMENTS = (
    # profile-sync tells of every note that holds when it is upgraded.
    "DROP TABLE preference_statement",
    # A note that was retracted keeps its row, without content: an older word of it may come late.
    "CREATE TABLE noted_preference (tenant text, note_id text, revision bigint NOT NULL, customer_id text NOT NULL,"
    " preference jsonb, stated_at timestamptz, expires_at timestamptz, source text, response_id text, extractor text,"
    " PRIMARY KEY (tenant, note_id))",
    "CREATE INDEX noted_preference_customer ON noted_preference (tenant, customer_id)",
    # By digest, for ever: what is replayed must not bring them back.
    "CREATE TABLE erased_customer (tenant text, customer bytea, erased_at timestamptz NOT NULL DEFAULT now(),"
    " PRIMARY KEY (tenant, customer))",
    # Whose contact it was is to be forgotten: what else is said of it, by whoever, is nobody's.
    "ALTER TABLE contact ADD COLUMN erased bool NOT NULL DEFAULT false",
    "ALTER TABLE recovery_case ADD COLUMN erased_at timestamptz",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
