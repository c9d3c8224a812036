"""``resurvey.requested``: a customer has been contacted about a bad answer and should be asked again."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from events.envelope import Payload
from events.scales import Instrument
from events.vocabulary import Channel, Identifier, Instant


class ResurveyRequested(Payload):
    """For whatever sends surveys: ask this customer the same question once more.

    The new answer should name the same ``interaction_id`` or ``customer_id``; then it is laid beside the first one.
    """

    TYPE: ClassVar[str] = "resurvey.requested"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "case_id": "case-12",
                "customer_id": "cus-42",
                "interaction_id": "call-1001",
                "response_id": "resp-9001",
                "instrument": "csat",
                "channel": "phone",
                "contacted_at": "2026-03-02T10:20:00Z",
            }
        }
    )

    case_id: Identifier
    customer_id: Identifier | None = None
    interaction_id: Identifier | None = None
    response_id: Identifier | None = Field(None, description="The answer that opened the case.")
    instrument: Instrument | None = None
    channel: Channel | None = Field(None, description="Of the contact that was judged.")
    contacted_at: Instant

    def partition_key(self) -> str:
        return self.customer_id or self.case_id
