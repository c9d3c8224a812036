"""``interaction.reported``: one contact of a customer with us, as known now."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, model_validator

from events.envelope import Revised
from events.vocabulary import Channel, Direction, Identifier, Instant, Label, Seconds

Count = Annotated[int, Field(ge=0, le=10_000)]


class Interaction(Revised):
    """A full snapshot of one contact, not a change to it: what is left out is unknown, not unchanged.

    All durations are seconds. ``agent`` is who handled the contact, as known at its end.
    """

    TYPE: ClassVar[str] = "interaction.reported"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "interaction_id": "call-1001",
                "revision": 1,
                "channel": "phone",
                "team": "billing",
                "agent": "a-17",
                "customer_id": "cus-42",
                "reason": "invoice",
                "offered_at": "2026-03-02T09:30:00Z",
                "answered_at": "2026-03-02T09:30:18Z",
                "ended_at": "2026-03-02T09:34:40Z",
                "talk_seconds": 250,
                "hold_seconds": 12,
                "wrap_seconds": 30,
                "resolved": True,
            }
        }
    )

    interaction_id: Identifier
    channel: Channel
    direction: Direction = "inbound"
    team: Label | None = Field(None, description="Team or queue.")
    agent: Identifier | None = None
    customer_id: Identifier | None = Field(None, description="The CRM's id of the customer; not a phone number.")
    customer_tier: Label | None = Field(None, description="A customer group that rules may name, such as `gold`.")
    reason: Label | None = Field(None, description="Why the customer made contact.")
    offered_at: Instant = Field(description="When the contact started or joined the queue.")
    answered_at: Instant | None = Field(None, description="When an agent was connected.")
    first_response_at: Instant | None = Field(None, description="First human public reply, on written channels.")
    first_response_by: Identifier | None = Field(None, description="Who replied first, where not `agent`.")
    first_message_at: Instant | None = Field(None, description="First message of the customer, on written channels.")
    bot_handoff_at: Instant | None = Field(None, description="When a bot last handed over to people.")
    reopened_at: Instant | None = Field(None, description="When it was last opened again.")
    ended_at: Instant | None = None
    queue_wait_seconds: Seconds | None = Field(None, description="Left out: answered_at - offered_at.")
    talk_seconds: Seconds | None = None
    hold_seconds: Seconds | None = None
    wrap_seconds: Seconds | None = Field(None, description="After-contact work; may come in a later revision.")
    abandoned: bool | None = Field(None, description="The customer left the queue before an answer.")
    callback_queued: bool = Field(False, description="Left the queue to be called back: not an abandonment.")
    resolved: bool | None = None
    transfers: Count = 0
    reopened: Count = 0

    @model_validator(mode="after")
    def _consistent(self) -> "Interaction":
        if self.abandoned and self.answered_at is not None:
            raise ValueError("cannot be both answered and abandoned: an abandoned contact has no answered_at")
        if self.answered_at is not None and self.answered_at < self.offered_at:
            raise ValueError("cannot be answered before it was offered")
        if self.ended_at is not None and self.ended_at < (self.answered_at or self.offered_at):
            raise ValueError("cannot end before it was offered or answered")
        return self

    def partition_key(self) -> str:
        return self.customer_id or self.interaction_id

    @property
    def wait_seconds(self) -> float | None:
        """Seconds in the queue before an agent was connected; None where unknown."""
        if self.queue_wait_seconds is not None:
            return self.queue_wait_seconds
        return (self.answered_at - self.offered_at).total_seconds() if self.answered_at else None

    @property
    def handle_seconds(self) -> float:
        """Talk + hold + wrap as far as reported, in seconds."""
        return (self.talk_seconds or 0.0) + (self.hold_seconds or 0.0) + (self.wrap_seconds or 0.0)
