"""Indexes of the delivery log: what was told within the last minute, what goes wrong, what a bundle is made of."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    # First pages go ahead of whatever has piled up.
    "CREATE INDEX notification_first ON notification (channel, due_at)"
    " WHERE state = 'queued' AND what = 'page' AND step LIKE '%p1'",
    "CREATE INDEX notification_sent ON notification (channel, sent_at) WHERE sent_at IS NOT NULL",
    "CREATE INDEX notification_troubled ON notification (tenant, id) WHERE problem IS NOT NULL",
    "CREATE INDEX notification_bundle ON notification (bundled_into) WHERE bundled_into IS NOT NULL",
    "CREATE INDEX notification_incident ON notification (incident_id) WHERE incident_id IS NOT NULL",
    "CREATE INDEX notification_of_channel ON notification (tenant, channel, id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
