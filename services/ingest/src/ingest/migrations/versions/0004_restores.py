"""How what was given up is found, and what makes contacts in pieces go on beyond a backup after a restore."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    # What was given up goes after a while. On a large table it is made before, by hand: see the changelog.
    "CREATE INDEX IF NOT EXISTS enrichment_given_up ON enrichment (received_at) WHERE state = 'parked'",
    # Events are named after the revision: one that comes again would be a repeat, and older than what is known. It goes
    # on by the clock: a step of some size would end where another restore of the same backup has already been.
    """
    CREATE FUNCTION restored() RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    DECLARE moved bigint; BEGIN
        UPDATE contact
        SET revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
        GET DIAGNOSTICS moved = ROW_COUNT; RETURN moved;
    END $$
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
