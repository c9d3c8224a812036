"""What scoring tells other departments: ``scorecard.updated`` and ``recognition.awarded``."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from events.envelope import Payload
from events.vocabulary import Identifier, Instant, Label

MetricName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Key = Annotated[str, Field(max_length=260, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Figure(BaseModel):
    """A number and what it rests on. ``value`` is null where there is no data; ``low`` to ``high`` is 95 % sure."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    value: float | None = None
    n: Annotated[int, Field(ge=0)]
    low: float | None = None
    high: float | None = None
    definition_version: Annotated[int, Field(ge=1)]


class ScorecardUpdated(Payload):
    """The metrics of one team, channel, … over a window, as they stand at its end."""

    TYPE: ClassVar[str] = "scorecard.updated"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "dimension": "team",
                "key": "billing",
                "window": "24h",
                "start": "2026-03-01T10:00:00Z",
                "end": "2026-03-02T10:00:00Z",
                "figures": {"csat": {"value": 0.91, "n": 64, "low": 0.81, "high": 0.96, "definition_version": 1}},
            }
        }
    )

    dimension: Identifier
    key: Key = Field(description='Of the dimension; "" for all.')
    window: Identifier
    start: Instant
    end: Instant
    figures: dict[MetricName, Figure]

    def partition_key(self) -> str:
        return f"{self.dimension}/{self.key}"


class RecognitionAwarded(Payload):
    """Somebody earned it: the award, for which days, and the numbers it rests on."""

    TYPE: ClassVar[str] = "recognition.awarded"
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "award_id": "happiest-customers:2026-03-02:a-17",
                "rule": "happiest-customers",
                "title": "Happiest customers of the day",
                "period": "day",
                "start": "2026-03-02T00:00:00Z",
                "end": "2026-03-03T00:00:00Z",
                "dimension": "agent",
                "key": "a-17",
                "score": 0.81,
                "figures": {"csat": {"value": 0.95, "n": 21, "low": 0.77, "high": 0.99, "definition_version": 1}},
            }
        }
    )

    award_id: Annotated[str, Field(min_length=1, max_length=512)]
    rule: Identifier
    title: Label
    period: Literal["day", "week"]
    start: Instant
    end: Instant
    dimension: Literal["agent", "team"]
    key: Key
    score: float = Field(description="What was ranked by: the weighted lower bounds of the figures, 0 to 1.")
    figures: dict[MetricName, Figure]

    def partition_key(self) -> str:
        return f"{self.dimension}/{self.key}"
