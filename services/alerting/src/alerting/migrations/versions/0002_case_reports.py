"""What is still to be said of the cases on the topic ``alerts``.

Triggers, so that no change of a case can be made, now or in years, without its report: both are one transaction.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    # Grows with every change of the row, also those that leave ``version`` as it is: that one is for people who act.
    "ALTER TABLE recovery_case ADD COLUMN revision bigint NOT NULL DEFAULT 1",
    "CREATE TABLE case_report (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " case_id uuid NOT NULL REFERENCES recovery_case ON DELETE CASCADE,"
    " changed_at timestamptz NOT NULL DEFAULT now())",
    "CREATE INDEX case_by_interaction ON recovery_case (tenant, interaction_id) WHERE interaction_id IS NOT NULL",
    "CREATE INDEX case_by_answer ON recovery_case (tenant, answer_kind, answer_id)",
    "CREATE FUNCTION revise_case() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN NEW.revision := OLD.revision + 1; RETURN NEW; END $$",
    "CREATE FUNCTION report_case() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS"
    " $$ BEGIN INSERT INTO case_report (case_id) VALUES (NEW.id); RETURN NULL; END $$",
    "CREATE TRIGGER revise BEFORE UPDATE ON recovery_case FOR EACH ROW EXECUTE FUNCTION revise_case()",
    "CREATE TRIGGER report AFTER INSERT OR UPDATE ON recovery_case FOR EACH ROW EXECUTE FUNCTION report_case()",
    # The cases there are: nobody has heard of them yet.
    "INSERT INTO case_report (case_id) SELECT id FROM recovery_case ORDER BY opened_at, id",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
