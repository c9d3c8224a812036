"""Cases that are escalated, leased, paused, handed over and opened again; notifications for persons; timers."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE contact ADD COLUMN transfers int, ADD COLUMN abandoned bool, ADD COLUMN resolved bool,"
    " ADD COLUMN offered_at timestamptz, ADD COLUMN ended_at timestamptz, ADD COLUMN callback_queued bool,"
    " ADD COLUMN customer_tier text",
    "CREATE INDEX contact_customer ON contact (tenant, customer_id, offered_at) WHERE customer_id IS NOT NULL",
    "ALTER TABLE assessment ADD COLUMN customer_tier text",
    "CREATE INDEX assessment_customer ON assessment (tenant, customer_id, occurred_at) WHERE customer_id IS NOT NULL",
    "ALTER TABLE recovery_case"
    " ADD COLUMN play text NOT NULL DEFAULT 'recover' CHECK (play IN ('recover', 'reply', 'thank', 'call_back')),"
    " ADD COLUMN customer_tier text,"
    # What the case is worked under, frozen when it opened: {"policy": …, "clocks": …}; later changes of files do
    # not move a clock that runs.
    " ADD COLUMN terms jsonb NOT NULL DEFAULT '{}',"
    " ADD COLUMN episode int NOT NULL DEFAULT 1,"
    " ADD COLUMN claim_due_at timestamptz,"
    " ADD COLUMN leased_until timestamptz,"
    " ADD COLUMN callback_at timestamptz,"
    " ADD COLUMN contact_paused_until timestamptz,"
    " ADD COLUMN reopened int NOT NULL DEFAULT 0,"
    # What the customer said when asked again after the contact, 0 to 100.
    " ADD COLUMN rerated_percent float8, ADD COLUMN rerated_at timestamptz",
    "UPDATE recovery_case SET claim_due_at = opened_at + interval '15 minutes'",
    "ALTER TABLE recovery_case ALTER COLUMN claim_due_at SET NOT NULL",
    # A case that nobody's answer opened: a promised call that was missed, a long wait. Then its contact is the subject.
    "ALTER TABLE recovery_case ALTER COLUMN answer_kind DROP NOT NULL, ALTER COLUMN answer_id DROP NOT NULL",
    "CREATE INDEX case_customer ON recovery_case (tenant, customer_id, opened_at) WHERE customer_id IS NOT NULL",
    "CREATE INDEX case_claimed_by ON recovery_case (tenant, claimed_by) WHERE state <> 'closed'",
    "CREATE TABLE call_attempt (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " case_id uuid NOT NULL REFERENCES recovery_case ON DELETE CASCADE, at timestamptz NOT NULL DEFAULT now(),"
    " who text NOT NULL, channel text NOT NULL, result text NOT NULL, note text)",
    "CREATE INDEX call_attempt_case ON call_attempt (case_id, id)",
    # What is to happen to a case by itself. Whoever writes here holds the lock on the case's row.
    "CREATE TABLE timer (case_id uuid NOT NULL REFERENCES recovery_case ON DELETE CASCADE, kind text NOT NULL,"
    " due_at timestamptz NOT NULL, not_before timestamptz, data jsonb NOT NULL DEFAULT '{}',"
    " PRIMARY KEY (case_id, kind))",
    "CREATE INDEX timer_due ON timer (due_at)",
    # The cases there are: whoever was told of an open one is told again, and what is in somebody's hands goes on.
    "INSERT INTO timer (case_id, kind, due_at, data) SELECT id,"
    " CASE state WHEN 'open' THEN 'escalation' WHEN 'claimed' THEN 'lease' ELSE 'settle' END,"
    " now() + CASE state WHEN 'open' THEN interval '0' WHEN 'claimed' THEN interval '1 hour' ELSE interval '1 day' END,"
    " CASE state WHEN 'open' THEN '{\"round\": 0, \"number\": 0}'::jsonb ELSE '{}' END"
    " FROM recovery_case WHERE state <> 'closed'",
    "INSERT INTO timer (case_id, kind, due_at) SELECT id, 'contact_due', contact_due_at FROM recovery_case"
    " WHERE state IN ('open', 'claimed') AND contact_due_at > now()",
    "UPDATE notification SET state = 'cancelled' WHERE state = 'queued'",
    "UPDATE recovery_case SET leased_until = now() + interval '1 hour' WHERE state = 'claimed'",
    # Customers to be asked again, once a contact is recorded; told on the topic ``alerts``, then forgotten.
    "CREATE TABLE resurvey_request (case_id uuid NOT NULL REFERENCES recovery_case ON DELETE CASCADE,"
    " episode int NOT NULL, requested_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (case_id, episode))",
    "CREATE TABLE incident (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant text NOT NULL,"
    " dimension text NOT NULL, key text NOT NULL,"
    " state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),"
    " version int NOT NULL DEFAULT 1, owner text, title text NOT NULL, opened_at timestamptz NOT NULL DEFAULT now(),"
    " last_case_at timestamptz NOT NULL DEFAULT now(), closed_at timestamptz, closed_by text, finding text)",
    "CREATE UNIQUE INDEX one_open_incident ON incident (tenant, dimension, key) WHERE state = 'open'",
    "CREATE TABLE incident_case (incident_id uuid NOT NULL REFERENCES incident ON DELETE CASCADE,"
    " case_id uuid NOT NULL REFERENCES recovery_case ON DELETE CASCADE, at timestamptz NOT NULL DEFAULT now(),"
    " PRIMARY KEY (incident_id, case_id))",
    "CREATE INDEX incident_of_case ON incident_case (case_id)",
    # ``person`` is an id of the on-call file; the address is looked up when it is sent. ``what`` says what is told.
    "ALTER TABLE notification ALTER COLUMN case_id DROP NOT NULL,"
    " ADD COLUMN incident_id uuid REFERENCES incident,"
    " ADD COLUMN person text, ADD COLUMN what text NOT NULL DEFAULT 'page',"
    " ADD COLUMN urgent bool NOT NULL DEFAULT false,"
    " ADD COLUMN episode int NOT NULL DEFAULT 1,"
    " ADD COLUMN bundled_into bigint REFERENCES notification,"
    " ADD CHECK (num_nonnulls(case_id, incident_id) = 1)",
    "ALTER TABLE notification DROP CONSTRAINT notification_state_check,"
    " ADD CONSTRAINT notification_state_check CHECK (state IN ('queued', 'sent', 'dead', 'cancelled', 'bundled'))",
    # What a destination answered to the first message of a thread, to update or end it later (Slack's ts and the like).
    "CREATE TABLE thread (tenant text NOT NULL, subject uuid NOT NULL, channel text NOT NULL,"
    " person text NOT NULL DEFAULT '', ref jsonb NOT NULL, PRIMARY KEY (subject, channel, person))",
    # The desk hears of every change at once.
    "CREATE FUNCTION ring_desk() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_notify('amends_alerting_desk', ''); RETURN NULL; END $$",
    "CREATE TRIGGER ring AFTER INSERT OR UPDATE ON recovery_case FOR EACH STATEMENT EXECUTE FUNCTION ring_desk()",
    "CREATE TRIGGER ring AFTER INSERT ON timeline FOR EACH STATEMENT EXECUTE FUNCTION ring_desk()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
