"""What a rule answers: the verdict and the reason for it. Both are closed sets: they are stored and are labels."""

from dataclasses import dataclass
from enum import StrEnum

from alerting.core.case.state import Play


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
    SCORE_FELL = "score_fell"
    """A low score of a customer who scored well before."""
    REPEAT_UNRESOLVED = "repeat_unresolved"
    COMPLAINT_WORDS = "complaint_words"
    LEGAL_THREAT = "legal_threat"
    PUBLIC_PRAISE = "public_praise"
    LONG_WAIT = "long_wait"
    ABANDONED = "abandoned"
    CALL_BACK_MISSED = "call_back_missed"
    TEAM_CSAT_DROP = "team_csat_drop"

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
    play: Play = "recover"

    @property
    def opens(self) -> bool:
        return self.verdict is Verdict.OPEN


OPENING_REASONS: tuple[Reason, ...] = (
    Reason.LOW_SCORE,
    Reason.NEGATIVE_MENTION,
    Reason.SCORE_FELL,
    Reason.REPEAT_UNRESOLVED,
    Reason.COMPLAINT_WORDS,
    Reason.LEGAL_THREAT,
    Reason.PUBLIC_PRAISE,
    Reason.LONG_WAIT,
    Reason.ABANDONED,
    Reason.CALL_BACK_MISSED,
    Reason.TEAM_CSAT_DROP,
)
