"""``case.reported``: how the recovery of one customer stands."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from events.envelope import Revised
from events.scales import Instrument
from events.vocabulary import Channel, Identifier, Instant, Label

CaseState = Literal["open", "claimed", "contacted", "closed"]
Outcome = Literal["recovered", "not_recovered", "unreachable", "dismissed"]


class CaseReported(Revised):
    """A full snapshot of one case of the recovery desk; the newest revision counts.

    ``response_id`` and ``score_percent`` (0-100) are of the answer that opened it.
    """

    TYPE: ClassVar[str] = "case.reported"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "case_id": "case-12",
                "revision": 4,
                "state": "closed",
                "customer_id": "cus-42",
                "interaction_id": "call-1001",
                "response_id": "resp-9001",
                "instrument": "csat",
                "score_percent": 0,
                "team": "billing",
                "channel": "phone",
                "opened_at": "2026-03-02T09:40:01Z",
                "claimed_at": "2026-03-02T09:44:00Z",
                "contacted_at": "2026-03-02T10:20:00Z",
                "contact_due_at": "2026-03-02T11:40:01Z",
                "closed_at": "2026-03-02T10:45:00Z",
                "outcome": "recovered",
                "cause": "information",
            }
        }
    )

    case_id: Identifier
    state: CaseState
    customer_id: Identifier | None = None
    interaction_id: Identifier | None = None
    response_id: Identifier | None = None
    instrument: Instrument | None = None
    score_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    channel: Channel | None = None
    team: Label | None = None
    agent: Identifier | None = Field(None, description="Who handled the contact, not who recovers the customer.")
    reason: Label | None = None
    opened_at: Instant
    claimed_at: Instant | None = None
    contacted_at: Instant | None = Field(None, description="First contact with the customer.")
    contact_due_at: Instant | None = Field(None, description="By when the customer should have been contacted.")
    closed_at: Instant | None = None
    outcome: Outcome | None = None
    cause: Label | None = None

    def partition_key(self) -> str:
        return self.customer_id or self.case_id
