"""Which request a push to the CRM, news for the topic, and a response that waits for its customer, came of."""

from alembic import op

from events.runtime.table_locks import lock_tables

revision = "0003"
down_revision = "0002"

# Null in what was noted before, or by the version before, and in what nobody's request led to.
STATEMENTS = (
    # With those of migration 0004, which is run in the same transaction.
    lock_tables("response", "crm_push", "note", "unclaimed", "announcement", "erased_contact", "audit_entry"),
    "ALTER TABLE crm_push ADD COLUMN origin jsonb",
    "ALTER TABLE unclaimed ADD COLUMN origin jsonb",
    "ALTER TABLE announcement ADD COLUMN origin jsonb",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
