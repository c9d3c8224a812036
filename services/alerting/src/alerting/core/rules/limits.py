"""Which score is low: settings that several rules share."""

from typing import Any

from pydantic import Field, field_validator

from alerting.core.answer import Answer
from alerting.core.rules.rule import RuleSettings
from events.scales import ALLOWED, SCALES, Instrument, ScaleId


class LimitSettings(RuleSettings):
    """Attributes:
    at_or_below: per scale, the highest value that is low, on the scale's own numbers (two-way scales are 0 and 1); a
        scale not named uses its dissatisfied class.
    instruments: whose answers are looked at.
    """

    at_or_below: dict[ScaleId, float] = Field(default_factory=dict)
    instruments: frozenset[Instrument] = frozenset(ALLOWED)

    @field_validator("at_or_below")
    @classmethod
    def _on_the_scale(cls, limits: dict[ScaleId, float]) -> dict[ScaleId, float]:
        wrong = [id_ for id_, limit in limits.items() if not SCALES[id_].low <= limit < SCALES[id_].high]
        if wrong:
            raise ValueError(f"must lie on the scale and below its best value: {', '.join(sorted(wrong))}")
        return limits

    def low(self, answer: Answer) -> bool:
        """Whether a counted answer is low; ``answer`` has a score and a scale."""
        limits: dict[Any, float] = dict(self.at_or_below)
        scale = SCALES[answer.scale or ""]
        return scale.measure(answer.score or 0) <= limits.get(scale.id, scale.dissatisfied_to)
