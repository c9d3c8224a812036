"""Contacts that come in pieces, what is still to be fetched, and API keys."""

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    # json, not jsonb: it is kept as written, so that a number that is read back is the number that was written.
    # COLLATE "C": rows are locked in the order in which Python sorts them.
    """
    CREATE TABLE contact (
        tenant text, source text, contact text COLLATE "C",
        facts json NOT NULL DEFAULT '{}',
        revision bigint NOT NULL DEFAULT 0,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, source, contact)
    )
    """,
    "CREATE INDEX contact_updated_at ON contact (updated_at)",
    # Rows that are done stay for a while, without their reference: an announcement that is repeated is known by them.
    """
    CREATE TABLE enrichment (
        tenant text, source text, id text,
        reference jsonb NOT NULL,
        seen_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        request_id text,
        traceparent text,
        tracestate text,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'parked', 'done')),
        reason text,
        pointers text[] NOT NULL DEFAULT '{}',
        attempts int NOT NULL DEFAULT 0,
        failing_since timestamptz,
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        lease uuid,
        leased_until timestamptz,
        done_at timestamptz,
        PRIMARY KEY (tenant, source, id)
    )
    """,
    "CREATE INDEX enrichment_waiting ON enrichment (tenant, source, next_attempt_at) WHERE state = 'waiting'",
    "CREATE INDEX enrichment_parked ON enrichment (tenant, source) WHERE state = 'parked'",
    "CREATE INDEX enrichment_done_at ON enrichment (done_at) WHERE state = 'done'",
    # One row for each source that ever announced something: its rate, shared by all workers, and its pause.
    """
    CREATE TABLE enrichment_source (
        tenant text, source text,
        free_at timestamptz NOT NULL DEFAULT now(),
        paused_until timestamptz,
        reason text,
        PRIMARY KEY (tenant, source)
    )
    """,
    """
    CREATE TABLE api_key (
        id text PRIMARY KEY,
        sha256 text NOT NULL,
        tenant text NOT NULL,
        source text NOT NULL,
        scopes text[] NOT NULL,
        note text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz
    )
    """,
    "CREATE INDEX api_key_source ON api_key (source)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
