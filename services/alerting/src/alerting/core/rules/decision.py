"""What a rule answers: the verdict and the reason for it. Both are closed sets: they are stored and are labels."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OPEN = "open"
    """A person should care: open a case, or join one."""
    NONE = "none"
    """Nothing to do."""
    SUPPRESSED_STALE = "suppressed_stale"
    """It would have opened a case, but it is old news: recorded, and nobody is told."""


class Reason(StrEnum):
    LOW_SCORE = "low_score"
    NEGATIVE_MENTION = "negative_mention"

    SCORE_NOT_LOW = "score_not_low"
    MENTION_NOT_NEGATIVE = "mention_not_negative"
    NOT_AN_ANSWER = "not_an_answer"
    """Partial, dismissed, a preview, or a mention that takes no stance."""
    TURNED_OFF = "turned_off"

    ARRIVED_LATE = "arrived_late"
    """Said long before Amends was told."""
    REPLAYED = "replayed"
    """Amends was told long before now."""


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    reason: Reason

    @property
    def opens(self) -> bool:
        return self.verdict is Verdict.OPEN


OPENING_REASONS: tuple[Reason, ...] = (Reason.LOW_SCORE, Reason.NEGATIVE_MENTION)
