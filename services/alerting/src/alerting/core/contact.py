"""What alerting keeps of an interaction: to judge it, and to show on a case."""

from dataclasses import dataclass
from datetime import datetime

from events.envelope import Event
from events.interaction import Interaction


@dataclass(frozen=True, slots=True)
class Contact:
    """The newest report of one interaction; nothing but its key where only an answer about it is known yet.

    Attributes:
        version: of the report; -1 without one.
        event_id, recorded_at: of the event that brought it, and when Amends accepted that.
        tier: the customer group.
        wait_seconds: in the queue until an agent was connected, or, of one who gave up, until then.
        outbound: we called them.
    """

    tenant: str
    interaction_id: str
    version: int = -1
    customer_id: str | None = None
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None
    tier: str | None = None
    wait_seconds: float | None = None
    handle_seconds: float | None = None
    transfers: int | None = None
    abandoned: bool | None = None
    resolved: bool | None = None
    callback_queued: bool | None = None
    outbound: bool | None = None
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    event_id: str | None = None
    recorded_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.tenant, self.interaction_id)

    @property
    def happened_at(self) -> datetime | None:
        """The last moment that the report tells of: it cannot have been told before. By the sender's clock."""
        return self.ended_at or self.answered_at or self.offered_at


def contact_of(event: Event[Interaction]) -> Contact:
    said = event.data
    gave_up = said.abandoned and said.ended_at is not None and said.queue_wait_seconds is None
    return Contact(
        tenant=event.tenant,
        interaction_id=said.interaction_id,
        version=said.version,
        customer_id=said.customer_id,
        channel=said.channel,
        team=said.team,
        agent=said.agent,
        reason=said.reason,
        tier=said.customer_tier,
        wait_seconds=(said.ended_at - said.offered_at).total_seconds()
        if gave_up and said.ended_at
        else said.wait_seconds,
        handle_seconds=said.handle_seconds,
        transfers=said.transfers,
        abandoned=said.abandoned,
        resolved=said.resolved,
        callback_queued=said.callback_queued,
        outbound=said.direction == "outbound",
        offered_at=said.offered_at,
        answered_at=said.answered_at,
        ended_at=said.ended_at,
        event_id=event.id,
        recorded_at=event.recorded_at,
    )
