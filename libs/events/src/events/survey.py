"""``survey.answered``: one answer to one question about a contact."""

from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, model_validator

from events import scales
from events.envelope import Revised
from events.preference import Preference
from events.scales import Instrument, RawValue, ScaleId
from events.vocabulary import Channel, Identifier, Instant, Label

Status = Literal["completed", "partial", "dismissed", "preview"]
Scalar = bool | int | float | Annotated[str, Field(max_length=2000)] | None


class SurveyResponse(Revised):
    """One answer, as given now: the raw value with the id of its scale. Several questions are several responses.

    ``agent``, ``team``, ``channel``, ``reason``, ``customer_tier`` are used only where the interaction does not say.
    A response that turns out dismissed, partial or a preview is sent again with a newer version and that status.
    """

    TYPE: ClassVar[str] = "survey.answered"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "response_id": "resp-9001",
                "interaction_id": "call-1001",
                "customer_id": "cus-42",
                "instrument": "csat",
                "scale": "1-5",
                "value": 1,
                "comment": "Nobody could tell me when the parcel arrives.",
                "submitted_at": "2026-03-02T09:40:00Z",
                "preferences": [{"kind": "contact_channel", "value": "email"}],
            }
        }
    )

    response_id: Identifier
    interaction_id: Identifier | None = None
    customer_id: Identifier | None = None
    customer_tier: Label | None = Field(None, description="A customer group that rules may name, such as `gold`.")
    survey_id: Identifier | None = Field(None, description="The `survey.sent` this answers, where it was reported.")
    channel: Channel | None = None
    team: Label | None = None
    agent: Identifier | None = None
    reason: Label | None = None
    instrument: Instrument
    scale: ScaleId
    value: RawValue | None = Field(None, description="As answered, on `scale`. Required where completed.")
    status: Status = "completed"
    comment: Annotated[str, Field(max_length=8192)] | None = None
    answers: dict[Identifier, Scalar] = Field(default_factory=dict, max_length=100)
    preferences: Annotated[tuple[Preference, ...], Field(max_length=20, strict=False)] = ()
    submitted_at: Instant
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")] | None = None

    @model_validator(mode="after")
    def _value_on_scale(self) -> "SurveyResponse":
        if self.value is not None:
            scales.check(self.instrument, self.scale, self.value)
        elif self.status == "completed":
            raise ValueError("a completed response needs a value")
        return self

    def partition_key(self) -> str:
        return self.customer_id or self.interaction_id or self.response_id

    @property
    def counted(self) -> RawValue | None:
        """The value where it counts as an answer, else None."""
        return self.value if self.status == "completed" else None
