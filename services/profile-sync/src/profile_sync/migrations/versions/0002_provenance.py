"""Provenance and doubt, people's decisions, habits, consent, erasure, what the topic is told, and sweeps of the CRM."""

import time

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "ALTER TABLE note RENAME COLUMN channel TO item",
    "ALTER TABLE note ALTER COLUMN value DROP NOT NULL",
    "ALTER TABLE note DROP CONSTRAINT note_pkey, DROP CONSTRAINT note_status_check",
    """
    ALTER TABLE note
        ADD COLUMN note_id text,
        ADD COLUMN confidence double precision NOT NULL DEFAULT 1,
        ADD COLUMN span_start int,
        ADD COLUMN span_end int,
        ADD COLUMN answer text,
        ADD COLUMN expires_at timestamptz,
        ADD COLUMN decision text CHECK (decision IN ('accepted', 'rejected', 'retracted')),
        ADD COLUMN decided_by text,
        ADD COLUMN decided_at timestamptz,
        ADD CONSTRAINT note_status_check
            CHECK (status IN ('active', 'proposed', 'superseded', 'retracted', 'expired'))
    """,
    # What a newer report of the same response says again is one note now.
    """
    DELETE FROM note AS older USING note AS newer
    WHERE (older.tenant, older.source, older.response_id, older.customer_id, older.kind, older.item, older.value)
        = (newer.tenant, newer.source, newer.response_id, newer.customer_id, newer.kind, newer.item, newer.value)
        AND (older.version, older.event_id) < (newer.version, newer.event_id)
    """,
    # As Note.id makes it.
    """
    UPDATE note SET note_id = left(encode(sha256(convert_to(
        concat_ws(E'\\n', tenant, source, response_id, customer_id, kind, item, value::text), 'UTF8')), 'hex'), 32)
    """,
    "ALTER TABLE note ALTER COLUMN note_id SET NOT NULL, ADD PRIMARY KEY (tenant, note_id)",
    "ALTER TABLE note ALTER COLUMN tenant SET NOT NULL, ALTER COLUMN source SET NOT NULL",
    "ALTER TABLE note ALTER COLUMN event_id SET NOT NULL, ALTER COLUMN kind SET NOT NULL",
    "ALTER TABLE note ALTER COLUMN item SET NOT NULL, ALTER COLUMN item SET DEFAULT ''",
    "DROP INDEX note_active",
    "CREATE INDEX note_active ON note (tenant, customer_id, kind, item) WHERE status = 'active'",
    "CREATE INDEX note_proposed ON note (tenant, recorded_at) WHERE status = 'proposed'",
    "CREATE INDEX note_expiring ON note (expires_at) WHERE status IN ('active', 'proposed')",
    # The words notes point into; only of responses that have such a note.
    "ALTER TABLE response ADD COLUMN comment text",
    "CREATE INDEX response_words ON response (tenant) WHERE comment IS NOT NULL",
    """
    ALTER TABLE crm_push
        ADD COLUMN agreed_at timestamptz,
        ADD COLUMN agreed_version bigint,
        ADD COLUMN erasing boolean NOT NULL DEFAULT false,
        ADD COLUMN sweep uuid,
        ADD COLUMN drifted_at timestamptz,
        ADD COLUMN drifted text[]
    """,
    # What customers say goes before what a sweep looks at.
    "DROP INDEX crm_push_due",
    """
    CREATE INDEX crm_push_due ON crm_push ((sweep IS NOT NULL AND pending_since IS NULL), due_at)
        WHERE state IN ('pending', 'yielded')
    """,
    # Which contacts a customer had, to see by what they come. Only inbound ones with a customer.
    """
    CREATE TABLE contact (
        tenant text, source text, interaction_id text,
        version bigint NOT NULL,
        customer_id text NOT NULL,
        channel text NOT NULL,
        at timestamptz NOT NULL,
        event_id text NOT NULL,
        PRIMARY KEY (tenant, source, interaction_id)
    )
    """,
    "CREATE INDEX contact_customer ON contact (tenant, customer_id, at)",
    "CREATE INDEX contact_at ON contact (at)",
    # Responses that do not say whose they are and whose contact was not reported yet.
    """
    CREATE TABLE unclaimed (
        tenant text, source text, response_id text,
        version bigint NOT NULL,
        event_id text NOT NULL,
        interaction_id text NOT NULL,
        time timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL,
        data text NOT NULL,
        kept_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, source, response_id)
    )
    """,
    "CREATE INDEX contact_interaction ON contact (tenant, interaction_id)",
    "CREATE INDEX unclaimed_kept ON unclaimed (kept_at)",
    "CREATE INDEX unclaimed_interaction ON unclaimed (tenant, interaction_id)",
    # Whether free text and habits may be read. customer_id '' speaks for the whole tenant.
    """
    CREATE TABLE consent (
        tenant text, customer_id text,
        allowed boolean NOT NULL,
        set_by text NOT NULL,
        set_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, customer_id)
    )
    """,
    # Who asked to be forgotten, by digest, for ever: what is replayed must not bring them back.
    """
    CREATE TABLE erased_customer (
        tenant text, customer bytea,
        erased_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant, customer)
    )
    """,
    # Whose contact it was is forgotten: an answer that names it alone is nobody's either.
    "CREATE TABLE erased_contact (tenant text, interaction_id text, PRIMARY KEY (tenant, interaction_id))",
    # What the topic customer-notes has yet to be told.
    # Numbers go on where an earlier life of these tables ended: whoever follows knows the newer by the greater one.
    f"""
    CREATE TABLE announcement (
        number bigint GENERATED ALWAYS AS IDENTITY (START WITH {int(time.time() * 1_000_000)}) PRIMARY KEY,
        tenant text NOT NULL,
        customer_id text NOT NULL,
        what text NOT NULL CHECK (what IN ('noted', 'retracted')),
        note_id text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX announcement_customer ON announcement (tenant, customer_id)",
    # What there is: nobody has heard of it yet.
    "INSERT INTO announcement (tenant, customer_id, what, note_id)"
    " SELECT tenant, customer_id, 'noted', note_id FROM note WHERE status = 'active' ORDER BY stated_at, note_id",
    # A walk over all customers of a tenant, at a polite rate.
    """
    CREATE TABLE sweep (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        tenant text NOT NULL,
        purpose text NOT NULL CHECK (purpose IN ('backfill', 'reconcile')),
        rate_per_second real NOT NULL CHECK (rate_per_second > 0),
        asked_by text NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT now(),
        total bigint,
        queued bigint NOT NULL DEFAULT 0,
        checked bigint NOT NULL DEFAULT 0,
        drifted bigint NOT NULL DEFAULT 0,
        after text NOT NULL DEFAULT '',
        queued_until timestamptz,
        finished_at timestamptz,
        cancelled_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX sweep_running ON sweep (tenant) WHERE finished_at IS NULL AND cancelled_at IS NULL",
    "CREATE INDEX crm_push_sweep ON crm_push (tenant, sweep) WHERE sweep IS NOT NULL",
    # Append-only: who decided what.
    """
    CREATE TABLE audit_entry (
        number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        detail text
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
