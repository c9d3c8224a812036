"""Notes, the newest report of each response, and the outbox towards the CRM."""

from alembic import op

from events.runtime.database import ledger_tables

revision = "0001"
down_revision = None

STATEMENTS = (
    # Which report of a response speaks. No content: also a report that says nothing must silence the older ones.
    """
    CREATE TABLE response (
        tenant text, source text, response_id text,
        version bigint NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        PRIMARY KEY (tenant, source, response_id)
    )
    """,
    """
    CREATE TABLE note (
        tenant text, source text, event_id text COLLATE "C", kind text, channel text,
        customer_id text NOT NULL,
        response_id text NOT NULL,
        version bigint NOT NULL,
        value jsonb NOT NULL,
        extractor text NOT NULL,
        stated_at timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        status text NOT NULL CHECK (status IN ('active', 'superseded', 'retracted')),
        PRIMARY KEY (tenant, source, event_id, kind, channel)
    )
    """,
    "CREATE INDEX note_customer ON note (tenant, customer_id)",
    "CREATE INDEX note_response ON note (tenant, source, response_id)",
    # The merge has one winner per slot; should it ever not, fail loudly rather than tell the CRM either.
    "CREATE INDEX note_active ON note (tenant, customer_id, kind, channel) WHERE status = 'active'",
    # One row per customer, for ever: what is to be sent is not in it but read when it is sent, so only the newest is.
    """
    CREATE TABLE crm_push (
        tenant text, customer_id text,
        version bigint NOT NULL DEFAULT 0,
        state text NOT NULL DEFAULT 'done' CHECK (state IN ('pending', 'done', 'yielded', 'parked')),
        reason text,
        attempts int NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT now(),
        lease uuid,
        leased_until timestamptz,
        pending_since timestamptz,
        noted_at timestamptz,
        failing_since timestamptz,
        PRIMARY KEY (tenant, customer_id)
    )
    """,
    "CREATE INDEX crm_push_due ON crm_push (due_at) WHERE state IN ('pending', 'yielded')",
    "CREATE INDEX crm_push_parked ON crm_push (tenant) WHERE state = 'parked'",
    """
    CREATE TABLE crm_field (
        tenant text, customer_id text, field text,
        written jsonb,
        written_at timestamptz,
        attempted jsonb NOT NULL DEFAULT '[]',
        yielded_since timestamptz,
        PRIMARY KEY (tenant, customer_id, field)
    )
    """,
    "CREATE TABLE crm_pause (tenant text PRIMARY KEY, until timestamptz NOT NULL, reason text NOT NULL)",
)


def upgrade() -> None:
    for statement in (*ledger_tables(), *STATEMENTS):
        op.execute(statement)
