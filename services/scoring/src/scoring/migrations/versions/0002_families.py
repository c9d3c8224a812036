"""Facts as compact documents, and a table of panes for each family of measures.

What 0001 kept is dropped: offsets and inbox start anew, so that everything is read from the topics again.
"""

from alembic import op

from scoring.core.measures import TABLES

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "DROP TABLE pane, dimension, subject, response",
    "DROP AGGREGATE total_sums(bigint[])",
    "DROP FUNCTION add_sums(bigint[], bigint[])",
    "TRUNCATE stream_offset, inbox",
    # What is known of each contact, mention, case, survey and customer, as scoring.core.facts writes it.
    "CREATE TABLE fact (tenant text, id text, state bytea NOT NULL, first_at timestamptz, last_at timestamptz,"
    " generation smallint NOT NULL, changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (tenant, id))"
    " WITH (fillfactor = 80)",
    "CREATE INDEX fact_newest ON fact (tenant, last_at DESC, id DESC)",
    "CREATE INDEX fact_changed_at ON fact USING brin (changed_at)",
    # Which contact an answer hangs on, so that one that moves can be taken from where it was.
    "CREATE TABLE answer (tenant text, id text, contact text NOT NULL, PRIMARY KEY (tenant, id))",
    "CREATE TABLE dimension (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL, kind text NOT NULL,"
    " key text NOT NULL, UNIQUE (tenant, kind, key))",
    # One row: the generation facts are counted in, and the one that a rebuild is making, if any.
    "CREATE TABLE generation (current smallint NOT NULL, next smallint)",
    "INSERT INTO generation VALUES (0, NULL)",
)


def tables(suffix: str = "") -> tuple[str, ...]:
    """The tables of sums. Grain 0 is minutes, 1 hours, 2 days; ``start`` counts minutes since 1970."""
    panes = (
        f"CREATE TABLE {table}_pane{suffix} (dimension int, grain smallint, start int, shard smallint, "
        + ", ".join(f"{measure} bigint NOT NULL DEFAULT 0" for measure in measures)
        + ", PRIMARY KEY (dimension, grain, start, shard)) WITH (fillfactor = 80)"
        for table, measures in TABLES.items()
    )
    ages = (f"CREATE INDEX {table}_pane{suffix}_start ON {table}_pane{suffix} USING brin (start)" for table in TABLES)
    return (
        *panes,
        *ages,
        f"CREATE TABLE histogram{suffix} (dimension int NOT NULL, grain smallint NOT NULL, start int NOT NULL,"
        " buckets int[] NOT NULL, counts int[] NOT NULL)",
        f"CREATE INDEX histogram{suffix}_place ON histogram{suffix} (dimension, grain, start)",
    )


def upgrade() -> None:
    for statement in (*STATEMENTS, *tables()):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("scoring's tables are rebuilt from the topics; there is no way down")
