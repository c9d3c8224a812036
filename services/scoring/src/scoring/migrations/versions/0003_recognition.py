"""Awards, praise, what is sent to people about them, and what other services are told."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    # Each day or week of each rule is awarded once, also where nobody qualified.
    "CREATE TABLE award_round (tenant text, rule text, starts timestamptz, PRIMARY KEY (tenant, rule, starts))",
    "CREATE TABLE award (tenant text, award_id text, rule text NOT NULL, title text NOT NULL, period text NOT NULL,"
    " starts timestamptz NOT NULL, ends timestamptz NOT NULL, dimension text NOT NULL, key text NOT NULL,"
    " score float8 NOT NULL, shared boolean NOT NULL, parts jsonb NOT NULL, figures jsonb NOT NULL,"
    " awarded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, award_id))",
    "CREATE INDEX award_ends ON award (tenant, ends)",
    # One row: when a batch of old events was last applied. While that goes on, nothing is awarded.
    "CREATE TABLE catching_up (seen_at timestamptz NOT NULL)",
    "INSERT INTO catching_up VALUES ('-infinity')",
    # How the period under way stands, written anew each time.
    "CREATE TABLE leader (tenant text, rule text, place int, title text NOT NULL, period text NOT NULL,"
    " dimension text NOT NULL, key text NOT NULL, rank int NOT NULL, score float8 NOT NULL, figures jsonb NOT NULL,"
    " PRIMARY KEY (tenant, rule, place))",
    # Records for Kafka that wait to be acknowledged; then they are gone.
    "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL,"
    " event_id text NOT NULL, topic text NOT NULL, key bytea NOT NULL, headers jsonb NOT NULL, value bytea NOT NULL,"
    " created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (tenant, event_id))",
    "CREATE INDEX outbox_key ON outbox (key, id)",
    # What was last told of each scorecard, to tell of changes alone.
    "CREATE TABLE scorecard (tenant text, dimension text, key text, span text, digest bytea NOT NULL,"
    " told_at timestamptz NOT NULL, PRIMARY KEY (tenant, dimension, key, span))",
    # Top scores with a comment. The comment is masked, and here only until it is passed on. Withdrawn is also a newer
    # version of an answer that is no praise (any more): an older one must not come back.
    "CREATE TABLE praise (tenant text, response_id text, version bigint NOT NULL, said_at timestamptz NOT NULL,"
    " interaction text, customer text, agent text, team text, comment text, state text NOT NULL CHECK"
    " (state IN ('waiting', 'recorded', 'passed_on', 'kept', 'unattributed', 'withdrawn')),"
    " due_at timestamptz NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, response_id))",
    "CREATE INDEX praise_due ON praise (due_at) WHERE state = 'waiting'",
    "CREATE INDEX praise_said ON praise (tenant, said_at)",
    "CREATE INDEX praise_customer ON praise (tenant, customer) WHERE customer IS NOT NULL",
    "CREATE INDEX praise_of_unknown ON praise (tenant, interaction) WHERE customer IS NULL AND state = 'waiting'",
    # Messages to people. What they said is blanked once it is settled.
    "CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL,"
    " kind text NOT NULL CHECK (kind IN ('award', 'praise')), subject text NOT NULL,"
    " route text NOT NULL CHECK (route IN ('destination', 'agent', 'manager')), name text NOT NULL, team text,"
    " title text NOT NULL, body text, state text NOT NULL DEFAULT 'queued' CHECK"
    " (state IN ('queued', 'sent', 'parked', 'withdrawn')), attempts int NOT NULL DEFAULT 0, problem text,"
    " due_at timestamptz NOT NULL DEFAULT now(), lease uuid, leased_until timestamptz,"
    " created_at timestamptz NOT NULL DEFAULT now(), settled_at timestamptz,"
    " UNIQUE (tenant, kind, subject, route, name))",
    "CREATE INDEX message_due ON message (due_at) WHERE state = 'queued'",
    "CREATE TABLE coaching (tenant text PRIMARY KEY, computed_at timestamptz NOT NULL, starts timestamptz NOT NULL,"
    " ends timestamptz NOT NULL, advice jsonb NOT NULL)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("awards are never taken back; there is no way down")
