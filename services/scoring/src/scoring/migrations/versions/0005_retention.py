"""How old rows are found: by indexes that hold what may go, and nothing that stays."""

from alembic import op

from events.runtime.table_locks import lock_tables

revision = "0005"
down_revision = "0004"

# On a large table indexes are made before, by hand: see the changelog. Those by which the version before finds old rows
# stay until nobody runs it.
STATEMENTS = (
    lock_tables("fact", "praise", "message", "remark"),
    # Dated by day, so that a change on the day of the one before leaves it as it is: no index is written for it.
    "ALTER TABLE fact ALTER COLUMN changed_at SET DEFAULT date_trunc('day', now())",
    "CREATE INDEX IF NOT EXISTS fact_spare ON fact (changed_at) WHERE last_at IS NOT NULL OR id NOT LIKE 'customer/%'",
    "CREATE INDEX IF NOT EXISTS remark_old ON remark (at)",
    "CREATE INDEX IF NOT EXISTS praise_old ON praise (said_at)",
    "CREATE INDEX IF NOT EXISTS message_settled ON message (settled_at) WHERE settled_at IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
