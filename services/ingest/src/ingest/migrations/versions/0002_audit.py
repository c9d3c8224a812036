"""Who changed which key, and when; and which keys are live."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "CREATE VIEW live_api_key AS SELECT * FROM api_key"
    " WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
    """
    CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        tenant text NOT NULL,
        source text NOT NULL,
        key_id text
    )
    """,
    "CREATE INDEX audit_source ON audit (tenant, source, at)",
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''the audit table is only appended to''; END'
    """,
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("an audit is not dropped")
