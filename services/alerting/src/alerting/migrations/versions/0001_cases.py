"""Contacts, what was decided about each answer, cases with their timeline, notifications."""

from alembic import op

from events.runtime.database import ledger_tables

revision = "0001"
down_revision = None

STATEMENTS = (
    # The newest report of each interaction; version -1 while only an answer about it has been seen.
    "CREATE TABLE contact (tenant text, interaction_id text, version bigint NOT NULL DEFAULT -1, customer_id text,"
    " channel text, team text, agent text, reason text, wait_seconds float8, handle_seconds float8,"
    " PRIMARY KEY (tenant, interaction_id))",
    "CREATE TABLE recovery_case (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant text NOT NULL,"
    " customer_id text, interaction_id text, subject text, state text NOT NULL DEFAULT 'open',"
    " version int NOT NULL DEFAULT 1, reason text NOT NULL, event_id text NOT NULL,"
    " answer_kind text NOT NULL, answer_id text NOT NULL, accepted_at timestamptz NOT NULL,"
    " opened_at timestamptz NOT NULL DEFAULT now(), contact_due_at timestamptz NOT NULL,"
    " claimed_by text, claimed_at timestamptz, contacted_at timestamptz, closed_by text, closed_at timestamptz,"
    " outcome text, cause text, remedy text, dismissal text,"
    " CHECK (state IN ('open', 'claimed', 'contacted', 'closed')),"
    " CHECK ((state = 'closed') = (outcome IS NOT NULL)), CHECK ((state = 'closed') = (closed_at IS NOT NULL)),"
    " CHECK (state = 'open' OR claimed_by IS NOT NULL OR outcome = 'dismissed'),"
    " CHECK (outcome IS NULL OR outcome = 'dismissed' OR (cause IS NOT NULL AND remedy IS NOT NULL)))",
    # The promise "one open case per (tenant, customer, interaction)"; no identifier is ever the empty string.
    "CREATE UNIQUE INDEX one_open_case ON recovery_case (tenant, coalesce(interaction_id, ''),"
    " coalesce(customer_id, ''), coalesce(subject, '')) WHERE state <> 'closed'",
    "CREATE INDEX case_by_opening ON recovery_case (tenant, opened_at, id)",
    "CREATE INDEX case_unsettled ON recovery_case (tenant, contact_due_at) WHERE state <> 'closed'",
    "CREATE INDEX case_closed ON recovery_case (tenant, closed_at) WHERE state = 'closed'",
    # What was decided about each answer, by its newest version. The words are kept only where they are evidence.
    "CREATE TABLE assessment (tenant text, kind text, answer_id text, version bigint NOT NULL DEFAULT -1,"
    " verdict text NOT NULL DEFAULT 'none', reason text, case_id uuid REFERENCES recovery_case,"
    " event_id text, event_source text, occurred_at timestamptz, recorded_at timestamptz,"
    " assessed_at timestamptz NOT NULL DEFAULT now(), customer_id text, interaction_id text,"
    " instrument text, scale text, score jsonb, comment text, language text, network text, author text, url text,"
    " channel text, team text, agent text, contact_reason text, PRIMARY KEY (tenant, kind, answer_id))",
    "CREATE INDEX assessment_case ON assessment (case_id) WHERE case_id IS NOT NULL",
    # ``who`` is NULL where Amends itself acted.
    "CREATE TABLE timeline (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " case_id uuid NOT NULL REFERENCES recovery_case, at timestamptz NOT NULL DEFAULT now(), who text,"
    " what text NOT NULL, note text)",
    "CREATE INDEX timeline_case ON timeline (case_id, id)",
    "CREATE TABLE notification (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL,"
    " case_id uuid NOT NULL REFERENCES recovery_case, step text NOT NULL, channel text NOT NULL,"
    " dedup_key text NOT NULL UNIQUE, state text NOT NULL DEFAULT 'queued',"
    " created_at timestamptz NOT NULL DEFAULT now(), due_at timestamptz NOT NULL DEFAULT now(),"
    " attempts int NOT NULL DEFAULT 0, lease uuid, leased_until timestamptz, sent_at timestamptz, problem text,"
    " CHECK (state IN ('queued', 'sent', 'dead', 'cancelled')))",
    "CREATE INDEX notification_due ON notification (channel, due_at) WHERE state = 'queued'",
    "CREATE INDEX notification_case ON notification (case_id)",
)


def upgrade() -> None:
    for statement in (*ledger_tables(), *STATEMENTS):
        op.execute(statement)
