"""How old rows are found, and what makes a restored database converge."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # When a response was last reported anew; of those there are, when this migration ran. On a large table columns and
    # indexes are made before, by hand: see the changelog.
    "ALTER TABLE response ADD COLUMN IF NOT EXISTS told_at timestamptz NOT NULL DEFAULT now()",
    "CREATE INDEX IF NOT EXISTS response_told_at ON response (told_at, hashtext(response_id))",
    "CREATE FUNCTION date_report() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.told_at := now(); RETURN NEW; END $$",
    "CREATE TRIGGER date_report BEFORE UPDATE OF version ON response FOR EACH ROW"
    " WHEN (NEW.version <> OLD.version OR NEW.event_id <> OLD.event_id) EXECUTE FUNCTION date_report()",
    # Since when a note has stood as it does.
    "ALTER TABLE note ADD COLUMN IF NOT EXISTS status_at timestamptz NOT NULL DEFAULT now()",
    "CREATE INDEX IF NOT EXISTS note_past ON note (status_at, hashtext(note_id))"
    " WHERE status IN ('superseded', 'retracted', 'expired')",
    "CREATE FUNCTION date_status() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.status_at := now(); RETURN NEW; END $$",
    "CREATE TRIGGER date_status BEFORE UPDATE OF status ON note FOR EACH ROW"
    " WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION date_status()",
    "ALTER TABLE erased_contact ADD COLUMN IF NOT EXISTS erased_at timestamptz NOT NULL DEFAULT now()",
    "CREATE INDEX IF NOT EXISTS erased_contact_at ON erased_contact (erased_at)",
    "CREATE INDEX IF NOT EXISTS audit_entry_at ON audit_entry (at)",
    # To be called once, before anything runs on a restored database. Numbers go on beyond those that were told since
    # the backup, and how every note stands is told anew: whoever follows may have heard otherwise.
    "CREATE FUNCTION restored() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$"
    " DECLARE told bigint; BEGIN"
    " PERFORM setval(pg_get_serial_sequence('announcement', 'number'),"
    " greatest(nextval(pg_get_serial_sequence('announcement', 'number')),"
    " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint));"
    " INSERT INTO announcement (tenant, customer_id, what, note_id)"
    " SELECT tenant, customer_id, CASE status WHEN 'active' THEN 'noted' ELSE 'retracted' END, note_id FROM note"
    " ORDER BY stated_at, note_id;"
    " GET DIAGNOSTICS told = ROW_COUNT; RETURN told; END $$",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
