"""``survey.sent``: a customer was asked. With it the share who answered is known."""

from typing import ClassVar

from pydantic import ConfigDict, Field

from events.envelope import Payload
from events.vocabulary import Channel, Identifier, Instant, Label


class SurveySent(Payload):
    """One survey that went out. Its answers name it by ``survey_id``; reported twice, it is the same survey."""

    TYPE: ClassVar[str] = "survey.sent"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "survey_id": "survey-3001",
                "interaction_id": "call-1001",
                "customer_id": "cus-42",
                "channel": "phone",
                "team": "billing",
                "agent": "a-17",
                "sent_at": "2026-03-02T09:36:00Z",
            }
        }
    )

    survey_id: Identifier
    interaction_id: Identifier | None = None
    customer_id: Identifier | None = None
    channel: Channel | None = Field(None, description="Of the contact asked about, not how the survey was sent.")
    team: Label | None = None
    agent: Identifier | None = None
    reason: Label | None = None
    sent_at: Instant

    def partition_key(self) -> str:
        return self.customer_id or self.interaction_id or self.survey_id
