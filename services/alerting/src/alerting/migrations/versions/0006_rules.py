"""What rules need to know of contacts and answers, and what they watch for by themselves."""

from alembic import op

revision = "0006"
down_revision = "0005"

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE contact ADD COLUMN answered_at timestamptz, ADD COLUMN outbound bool,"
    # The event that brought the report, and when it was accepted: news that is old tells nobody.
    " ADD COLUMN event_id text, ADD COLUMN recorded_at timestamptz,"
    # What was decided about the contact itself, whatever its customer answers.
    " ADD COLUMN verdict text NOT NULL DEFAULT 'none', ADD COLUMN verdict_reason text,"
    " ADD COLUMN case_id uuid REFERENCES recovery_case",
    # ``words``: entries of our own word lists that stood in the comment; the comment itself is kept only as evidence.
    "ALTER TABLE assessment ADD COLUMN stance text, ADD COLUMN words text[]",
    "CREATE INDEX assessment_contact ON assessment (tenant, interaction_id) WHERE interaction_id IS NOT NULL",
    "CREATE INDEX assessment_csat ON assessment (occurred_at) WHERE instrument = 'csat' AND score IS NOT NULL",
    # A promise to be looked at when its time is over, by the database's clock.
    "CREATE TABLE watch (tenant text, interaction_id text, kind text, due_at timestamptz NOT NULL,"
    " PRIMARY KEY (tenant, interaction_id, kind))",
    "CREATE INDEX watch_due ON watch (due_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
