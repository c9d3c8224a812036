"""Facts as last reported, and sums per pane."""

from alembic import op

from events.runtime.database import ledger_tables

revision = "0001"
down_revision = None

STATEMENTS = (
    # One row per contact (or answer without one, or mention): what is known of it, as a document.
    "CREATE TABLE subject (tenant text, id text, state jsonb NOT NULL DEFAULT '{}', PRIMARY KEY (tenant, id))",
    # Which contact an answer hangs on, so that one that moves can be taken from where it was.
    "CREATE TABLE response (tenant text, id text, subject text, PRIMARY KEY (tenant, id))",
    "CREATE TABLE dimension (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL, kind text NOT NULL,"
    " key text NOT NULL, UNIQUE (tenant, kind, key))",
    # Each writing process has a shard of its own, so that two never wait for each other's total; readers sum them.
    "CREATE TABLE pane (dimension int REFERENCES dimension, grain text, start timestamptz, shard smallint,"
    " sums bigint[] NOT NULL, PRIMARY KEY (dimension, grain, start, shard))",
    "CREATE FUNCTION add_sums(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " 'SELECT array_agg(coalesce(x, 0) + coalesce(y, 0) ORDER BY n)"
    " FROM unnest(a, b) WITH ORDINALITY AS both_rows(x, y, n)'",
    "CREATE AGGREGATE total_sums(bigint[]) (SFUNC = add_sums, STYPE = bigint[])",
)


def upgrade() -> None:
    for statement in (*ledger_tables(), *STATEMENTS):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("scoring's tables are rebuilt from the topics; there is no way down")
