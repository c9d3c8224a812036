"""What may stand in the databases of the services, and make `amends doctor` say something: a statement each."""

CASE = (
    "INSERT INTO alerting.recovery_case (id, tenant, customer_id, reason, event_id, accepted_at, contact_due_at,"
    " claim_due_at) VALUES ('00000000-0000-0000-0000-000000000001', 't', 'Sam', 'low_score', 'e', now(),"
    " now() + interval '1 h', now() + interval '{claim}');"
)
STEP = (
    "INSERT INTO alerting.timer (case_id, kind, due_at) SELECT id, 'escalation', now() + interval '{due}'"
    " FROM alerting.recovery_case;"
)
WELL = CASE.format(claim="1 h") + STEP.format(due="1 h")
TOLD = "DELETE FROM alerting.case_report;"
MESSAGE = (
    "INSERT INTO alerting.notification (tenant, case_id, step, channel, dedup_key, state, created_at, due_at, problem)"
    " SELECT 't', id, 'p1', 'mail', 'd', '{state}', now() - interval '1 h', now() - interval '1 h', 'refused'"
    " FROM alerting.recovery_case;"
)
PUSH = (
    "INSERT INTO profile_sync.crm_push (tenant, customer_id, state, pending_since, erasing)"
    " VALUES ('t', 'Sam', '{state}', now() - interval '5 h', {erasing})"
)
KEY = (
    "INSERT INTO ingest.api_key (id, sha256, tenant, source, scopes, expires_at)"
    " VALUES ('{id}', 'x', 't', '/crm', '{{events:write}}', now() + interval '{ends}');"
)
NEWEST = "UPDATE scoring.alembic_version SET version_num = '9999';"
LATER = (
    "INSERT INTO alerting.notification (tenant, case_id, step, channel, dedup_key, created_at, due_at, attempts)"
    " SELECT 't', id, 'p1', 'mail', 'd', now() - interval '1 h', now() + interval '6 h', {attempts}"
    " FROM alerting.recovery_case;"
)
ENTRY = "INSERT INTO alerting.timeline (case_id, what) SELECT id, '{what}' FROM alerting.recovery_case;"
INCIDENT = (
    "INSERT INTO alerting.incident (tenant, dimension, key, title, opened_at, told_at)"
    " VALUES ('t', 'team', 'k', 'x', now() - interval '1 h', {told});"
)
CALENDAR = (
    "INSERT INTO alerting.oncall_calendar (schedule, layer, reading, tried_at, fetched_at)"
    " VALUES ('recovery', 2, 'r', now(), {fetched});"
)
FETCH = (
    "INSERT INTO ingest.enrichment (tenant, source, id, reference, seen_at, received_at, state)"
    " VALUES ('t', 'shop', '{state}', '{{}}', now(), now() - interval '{age}', '{state}');"
)
PAUSE = "INSERT INTO ingest.enrichment_source VALUES ('t', 'shop', now(), now() + interval '1 h', '{reason}');"
PRAISE = (
    "INSERT INTO scoring.message (tenant, kind, subject, route, name, title, state, created_at, settled_at)"
    " VALUES ('t', 'praise', 's', 'agent', 'Sam', 'x', '{state}', now() - interval '{created}', {settled});"
)
DIGEST = (
    "INSERT INTO scoring.digest_delivery (tenant, digest, destination, first, end_day, state, created_at, due_at)"
    " VALUES ('t', 'd', 'mail', '2026-03-01', '2026-03-02', '{state}', now() - interval '{created}',"
    " now() - interval '{due}');"
)
NOTE = (
    "INSERT INTO profile_sync.note (tenant, source, event_id, kind, customer_id, response_id, version, extractor,"
    " stated_at, recorded_at, status, note_id) VALUES ('t', '{source}', 'e', 'k', 'Sam', 'r', 1, 'x', now(),"
    " now() - interval '{age}', 'proposed', 'n');"
)
WALK = (
    "INSERT INTO profile_sync.sweep (tenant, purpose, rate_per_second, asked_by, asked_at, queued_until)"
    " VALUES ('t', 'reconcile', 1, 'ravi', now() - interval '3 h', now() - interval '2 h');"
)
CRM_PAUSE = "INSERT INTO profile_sync.crm_pause VALUES ('t', now() + interval '1 h', '{reason}');"
DRIFT = (
    "INSERT INTO profile_sync.crm_push (tenant, customer_id, drifted_at)"
    " SELECT 't', 'Sam' || n, now() - interval '5 min' FROM generate_series(1, {customers}) AS n;"
)

MEND = """
    DELETE FROM alerting.notification; DELETE FROM alerting.timeline; DELETE FROM alerting.recovery_case;
    DELETE FROM alerting.case_report; DELETE FROM alerting.watch; DELETE FROM alerting.incident;
    DELETE FROM alerting.oncall_calendar; DELETE FROM ingest.enrichment; DELETE FROM ingest.enrichment_source;
    DELETE FROM profile_sync.crm_push; DELETE FROM profile_sync.crm_pause; DELETE FROM profile_sync.announcement;
    DELETE FROM profile_sync.note; DELETE FROM profile_sync.sweep; DELETE FROM ingest.api_key;
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
    IF to_regnamespace('gone') IS NOT NULL THEN ALTER SCHEMA gone RENAME TO scoring; END IF; END $$;
    DELETE FROM scoring.outbox; DELETE FROM scoring.message; DELETE FROM scoring.digest_delivery;
    UPDATE alerting.alembic_version SET version_num = '{alerting}';
    UPDATE scoring.alembic_version SET version_num = '{scoring}';
    INSERT INTO scoring.works_with VALUES ('{scoring}') ON CONFLICT DO NOTHING
"""
"""Undoes all of it; ``alerting`` and ``scoring`` are the revisions of their schemas."""
