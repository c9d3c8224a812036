"""What an organisation may set about its rules. The defaults: every answer and mention of the dissatisfied class."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events.scales import SCALES, Instrument, ScaleId


class Policy(BaseModel):
    """The rules file.

    Attributes:
        alert_at_or_below: per scale, the highest value that opens a case, on the scale's own numbers (two-way scales
            are 0 and 1); a scale not named uses its dissatisfied class.
        instruments_off: instruments whose answers never open a case.
        mentions: whether negative mentions open cases.
        fresh_minutes: what is older opens no case. See ``freshness``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alert_at_or_below: dict[ScaleId, float] = Field(default_factory=dict)
    instruments_off: frozenset[Instrument] = frozenset()
    mentions: bool = True
    fresh_minutes: Annotated[int, Field(ge=1, le=7 * 24 * 60)] = 60

    @field_validator("alert_at_or_below")
    @classmethod
    def _on_the_scale(cls, limits: dict[ScaleId, float]) -> dict[ScaleId, float]:
        wrong = [id_ for id_, limit in limits.items() if not SCALES[id_].low <= limit < SCALES[id_].high]
        if wrong:
            raise ValueError(f"must lie on the scale and below its best value: {', '.join(sorted(wrong))}")
        return limits

    @property
    def fresh_for(self) -> timedelta:
        return timedelta(minutes=self.fresh_minutes)

    def limit(self, scale: str) -> float:
        """The highest value on ``scale`` that opens a case."""
        for id_, limit in self.alert_at_or_below.items():
            if id_ == scale:
                return limit
        return SCALES[scale].dissatisfied_to
