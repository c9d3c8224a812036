"""What customers said they prefer, and the ways to what is shown around a case."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    # By the newest report of each survey response that states any. A response that does not say who gave it is found
    # by its interaction.
    "CREATE TABLE preference_statement (tenant text, response_id text, version bigint NOT NULL,"
    " said_at timestamptz NOT NULL, customer_id text, interaction_id text, said jsonb NOT NULL,"
    " PRIMARY KEY (tenant, response_id))",
    "CREATE INDEX preference_customer ON preference_statement (tenant, customer_id) WHERE customer_id IS NOT NULL",
    "CREATE INDEX preference_interaction ON preference_statement (tenant, interaction_id) WHERE customer_id IS NULL",
    # How fast a team works through its queue: the last contacts, and who has acted lately.
    "CREATE INDEX case_contacted ON recovery_case (tenant, contacted_at) WHERE contacted_at IS NOT NULL",
    "CREATE INDEX timeline_of_people ON timeline (at) WHERE who IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
