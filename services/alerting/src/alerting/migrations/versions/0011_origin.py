"""Which request a case came of, so that whoever is told of it hours later can be found by it."""

from alembic import op

from events.runtime.table_locks import lock_tables

revision = "0011"
down_revision = "0010"

# Null in cases that were opened before, or by the version before.
STATEMENTS = (
    # With those of migration 0012, which is run in the same transaction.
    lock_tables("contact", "assessment", "recovery_case", "noted_preference", "audit_log"),
    "ALTER TABLE recovery_case ADD COLUMN origin jsonb",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
