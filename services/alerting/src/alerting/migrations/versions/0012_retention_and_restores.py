"""How old rows are found, what may be deleted of the audit log, and what makes a restored database converge."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    # When a contact was first heard of; of those there are, when this migration ran. On a large table columns and
    # indexes are made before, by hand: see the changelog.
    "ALTER TABLE contact ADD COLUMN IF NOT EXISTS first_at timestamptz NOT NULL DEFAULT now()",
    "CREATE INDEX IF NOT EXISTS contact_spare ON contact (first_at, hashtext(interaction_id)) WHERE case_id IS NULL",
    "CREATE INDEX IF NOT EXISTS contact_case ON contact (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS assessment_spare ON assessment (assessed_at) WHERE case_id IS NULL",
    "CREATE INDEX IF NOT EXISTS case_oldest ON recovery_case (closed_at) WHERE state = 'closed'",
    # Of a note that holds it means nothing.
    "ALTER TABLE noted_preference ADD COLUMN IF NOT EXISTS retracted_at timestamptz NOT NULL DEFAULT now()",
    "CREATE INDEX IF NOT EXISTS noted_preference_retracted ON noted_preference (retracted_at) WHERE preference IS NULL",
    "CREATE FUNCTION date_retraction() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.retracted_at := now(); RETURN NEW; END $$",
    "CREATE TRIGGER date_retraction BEFORE INSERT OR UPDATE ON noted_preference FOR EACH ROW"
    " WHEN (NEW.preference IS NULL) EXECUTE FUNCTION date_retraction()",
    # Nobody deletes what is younger than a year, whatever a setting says.
    "CREATE INDEX IF NOT EXISTS audit_log_at ON audit_log (at)",
    "CREATE OR REPLACE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN IF TG_OP = 'DELETE' THEN IF OLD.at < now() - interval '365 days' THEN RETURN OLD; END IF; END IF;"
    " RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'restrict_violation'; END $$",
    # After a restore what was told of a case since the backup must be older news than what is told of it from now on.
    "CREATE TABLE life (least_revision bigint NOT NULL)",
    "INSERT INTO life VALUES (1)",
    "CREATE OR REPLACE FUNCTION revise_case() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS"
    " $$ BEGIN NEW.revision := greatest(OLD.revision + 1, (SELECT least_revision FROM life)); RETURN NEW; END $$",
    # The same answer, or the same fault of a contact, opens the same case, in whatever life of the database: who was
    # told of it is told again under the same key, and scoring counts one case. Opened once more it is another case.
    "CREATE FUNCTION begin_case() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$"
    " DECLARE own uuid := encode(substr(sha256(convert_to(concat_ws(E'\\n', NEW.tenant,"
    " coalesce(NEW.answer_kind, 'contact'), coalesce(NEW.answer_id, NEW.interaction_id),"
    " CASE WHEN NEW.answer_id IS NULL THEN NEW.reason END), 'UTF8')), 1, 16), 'hex')::uuid;"
    " BEGIN IF NEW.id IS NULL THEN"
    " NEW.id := CASE WHEN EXISTS (SELECT FROM recovery_case WHERE id = own) THEN gen_random_uuid() ELSE own END;"
    " END IF;"
    " NEW.revision := (SELECT least_revision FROM life); RETURN NEW; END $$",
    "ALTER TABLE recovery_case ALTER COLUMN id DROP DEFAULT",
    "CREATE TRIGGER begin BEFORE INSERT ON recovery_case FOR EACH ROW EXECUTE FUNCTION begin_case()",
    # To be called once, before anything runs on a restored database. Whatever waits is told to the topic anew, and what
    # was closed lately: it may have been opened again since the backup, and told so.
    "CREATE FUNCTION restored() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$"
    " DECLARE told bigint; BEGIN"
    " UPDATE life SET least_revision = (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;"
    " UPDATE recovery_case SET state = state WHERE state <> 'closed' OR closed_at > now() - interval '31 days';"
    " GET DIAGNOSTICS told = ROW_COUNT; RETURN told; END $$",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
