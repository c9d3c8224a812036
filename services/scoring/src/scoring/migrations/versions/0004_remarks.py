"""Customers' words, masked, and the digests that were due."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # ``words`` is NULL where the newest version has none. ``customer`` is a digest, as in ``fact``.
    "CREATE TABLE remark (tenant text, id text, version bigint NOT NULL, at timestamptz NOT NULL, words text,"
    " class text, team text, channel text, reason text, interaction text, customer text, PRIMARY KEY (tenant, id))",
    "CREATE INDEX remark_at ON remark (tenant, class, at) WHERE words IS NOT NULL",
    "CREATE INDEX remark_age ON remark USING brin (at)",
    "CREATE INDEX remark_customer ON remark (tenant, customer) WHERE customer IS NOT NULL",
    "CREATE INDEX remark_of_unknown ON remark (tenant, interaction) WHERE customer IS NULL AND interaction IS NOT NULL",
    "CREATE TABLE erased_customer (tenant text, customer text, PRIMARY KEY (tenant, customer))",
    # One row per digest, period and destination: what became of it.
    "CREATE TABLE digest_delivery (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL,"
    " digest text NOT NULL, destination text NOT NULL, first date NOT NULL, end_day date NOT NULL,"
    " state text NOT NULL DEFAULT 'due', created_at timestamptz NOT NULL DEFAULT now(),"
    " due_at timestamptz NOT NULL DEFAULT now(), attempts int NOT NULL DEFAULT 0, lease uuid,"
    " leased_until timestamptz, sent_at timestamptz, problem text, UNIQUE (tenant, digest, destination, end_day),"
    " CHECK (state IN ('due', 'sent', 'parked', 'skipped')))",
    "CREATE INDEX digest_delivery_due ON digest_delivery (due_at) WHERE state = 'due'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("scoring's tables are rebuilt from the topics; there is no way down")
