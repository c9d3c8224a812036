"""Overrides of the on-call schedules, the last good copy of each calendar that is read, and links to ours."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # What was done by whose hand is kept: an override that was ended keeps its row, and who ended it.
    "CREATE TABLE oncall_override (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant text NOT NULL,"
    " number bigint GENERATED ALWAYS AS IDENTITY, schedule text NOT NULL, layer int, person text NOT NULL,"
    " effect text NOT NULL CHECK (effect IN ('on', 'off')),"
    " starts timestamptz NOT NULL, ends timestamptz NOT NULL, note text,"
    " made_by text NOT NULL, made_at timestamptz NOT NULL DEFAULT now(), ended_by text, ended_at timestamptz,"
    " CHECK (starts < ends), CHECK (effect = 'off' OR layer IS NOT NULL),"
    " CHECK ((ended_by IS NULL) = (ended_at IS NULL)))",
    "CREATE INDEX oncall_override_span ON oncall_override (tenant, schedule, ends)",
    # Calendars belong to the on-call file, which is the service's and no tenant's. ``source`` is a digest of the
    # address ``content`` came from; ``reading`` one of everything it was last read by: address, zone and people.
    "CREATE TABLE oncall_calendar (schedule text, layer int, source text, reading text NOT NULL,"
    " content bytea, etag text, last_modified text, fetched_at timestamptz, tried_at timestamptz NOT NULL,"
    " problem text, unmatched jsonb NOT NULL DEFAULT '[]', PRIMARY KEY (schedule, layer))",
    "CREATE TABLE oncall_shift (schedule text NOT NULL, layer int NOT NULL, person text NOT NULL,"
    " starts timestamptz NOT NULL, ends timestamptz NOT NULL, mark text NOT NULL,"
    " FOREIGN KEY (schedule, layer) REFERENCES oncall_calendar ON DELETE CASCADE, CHECK (starts < ends))",
    "CREATE INDEX oncall_shift_span ON oncall_shift (schedule, layer, ends)",
    # Calendars cannot send headers: whoever knows the link's secret may read this one calendar, until it is revoked.
    "CREATE TABLE oncall_link (id text PRIMARY KEY, tenant text NOT NULL, sha256 text NOT NULL,"
    " schedule text, person text, made_by text NOT NULL, made_at timestamptz NOT NULL DEFAULT now(),"
    " revoked_by text, revoked_at timestamptz, used_at timestamptz,"
    " CHECK (num_nonnulls(schedule, person) = 1), CHECK ((revoked_by IS NULL) = (revoked_at IS NULL)))",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
