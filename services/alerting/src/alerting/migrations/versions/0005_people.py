"""Accounts of the desk, and the audit log."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    # With a login: signs in here, once there is a password. With an issuer: somebody else's word (OpenID Connect).
    # The name stands on cases, so no two people share one.
    "CREATE TABLE account (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant text NOT NULL, name text NOT NULL,"
    " role text NOT NULL CHECK (role IN ('specialist', 'supervisor', 'admin')),"
    " login text, password text, must_change bool NOT NULL DEFAULT false,"
    " invitation bytea UNIQUE, invited_until timestamptz, issuer text, subject text,"
    " created_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now(),"
    " signed_in_at timestamptz, disabled_at timestamptz,"
    " CHECK (num_nonnulls(login, issuer) = 1), CHECK ((issuer IS NULL) = (subject IS NULL)),"
    " CHECK (issuer IS NULL OR (password IS NULL AND invitation IS NULL)),"
    " CHECK ((invitation IS NULL) = (invited_until IS NULL)))",
    "CREATE UNIQUE INDEX account_login ON account (tenant, login)",
    "CREATE UNIQUE INDEX account_name ON account (tenant, lower(name))",
    "CREATE UNIQUE INDEX account_subject ON account (tenant, issuer, subject)",
    # ``digest`` is of the cookie's token, which is kept nowhere. ``stamp`` binds a session begun with the passphrase
    # to that passphrase; ``name`` is what its owner said. ``id_token`` is shown to the provider at signing out.
    "CREATE TABLE session (digest bytea PRIMARY KEY, tenant text NOT NULL,"
    " account_id uuid REFERENCES account ON DELETE CASCADE, name text, stamp bytea, id_token text,"
    " began_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now(),"
    " ends_at timestamptz NOT NULL,"
    " CHECK (num_nonnulls(account_id, stamp) = 1), CHECK ((name IS NULL) = (stamp IS NULL)))",
    "CREATE INDEX session_account ON session (account_id) WHERE account_id IS NOT NULL",
    "CREATE INDEX session_ends ON session (ends_at)",
    # Who tries too often. ``subject`` is the digest of a login, a network, or both.
    "CREATE TABLE sign_in_failure (subject bytea PRIMARY KEY, failures int NOT NULL, last_at timestamptz NOT NULL)",
    "CREATE INDEX sign_in_failure_last ON sign_in_failure (last_at)",
    # Somebody is on the way to the provider and back; a row is used once.
    "CREATE TABLE oidc_flow (digest bytea PRIMARY KEY, target text NOT NULL, ends_at timestamptz NOT NULL)",
    "CREATE INDEX oidc_flow_ends ON oidc_flow (ends_at)",
    # ``network``: where from, never more exact than /24 (/48).
    "CREATE TABLE audit_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL,"
    " at timestamptz NOT NULL DEFAULT now(), who text, what text NOT NULL CHECK (what ~ '^[a-z_]+[.][a-z_]+$'),"
    " object text, network cidr, detail jsonb NOT NULL DEFAULT '{}')",
    "CREATE INDEX audit_log_page ON audit_log (tenant, id)",
    "CREATE INDEX audit_log_object ON audit_log (tenant, object, id) WHERE object IS NOT NULL",
    "CREATE FUNCTION keep_audit_log() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION keep_audit_log()",
    "CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log()",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
