"""What was suggested and chosen as the cause of each case, incidents that are told once, lost customers followed up."""

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    # The last choice for each case. ``team``, ``reason`` and ``channel`` are the contact's as they were then.
    "CREATE TABLE cause_choice (case_id uuid PRIMARY KEY REFERENCES recovery_case ON DELETE CASCADE,"
    " tenant text NOT NULL, at timestamptz NOT NULL DEFAULT now(), team text, reason text, channel text,"
    " suggested text, strength text, sources text[], chosen text NOT NULL,"
    " CHECK (num_nonnulls(suggested, strength, sources) IN (0, 3)))",
    "CREATE INDEX cause_choice_recent ON cause_choice (tenant, at)",
    "INSERT INTO cause_choice (case_id, tenant, at, team, reason, channel, chosen)"
    " SELECT c.id, c.tenant, c.closed_at, coalesce(contact.team, a.team), coalesce(contact.reason, a.contact_reason),"
    " coalesce(contact.channel, a.channel), c.cause FROM recovery_case c"
    " LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)"
    " LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id"
    " WHERE c.cause IS NOT NULL",
    # Incidents look at what came in the last minutes, whoever's it is.
    "CREATE INDEX case_newest ON recovery_case (opened_at)",
    "CREATE INDEX case_cause_newest ON recovery_case (closed_at) WHERE cause IS NOT NULL",
    "ALTER TABLE incident ADD COLUMN told_at timestamptz",
    "CREATE INDEX incident_untold ON incident (opened_at) WHERE told_at IS NULL AND state = 'open'",
    "CREATE INDEX incident_list ON incident (tenant, opened_at, id)",
    "CREATE INDEX incident_last ON incident (tenant, dimension, key, closed_at) WHERE state = 'closed'",
    "CREATE TRIGGER ring AFTER INSERT OR UPDATE ON incident FOR EACH ROW EXECUTE FUNCTION ring_desk()",
    # Somebody has seen to a lost customer.
    "CREATE TABLE lost_follow_up (case_id uuid PRIMARY KEY REFERENCES recovery_case ON DELETE CASCADE,"
    " at timestamptz NOT NULL DEFAULT now(), who text NOT NULL, note text)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
