"""What an extractor gives for one response."""

from dataclasses import dataclass

from events.preference import Preference
from profile_sync.core.preferences import Span

__all__ = ["Found", "Span"]


@dataclass(frozen=True, slots=True)
class Found:
    """One preference as found.

    Attributes:
        confidence: how often a find like this is right, from 0 to 1; 1 where nothing was interpreted.
        span: the words it was found in, where it was found in free text.
        answer: the key of the structured answer, where it was found in one.
        taken_back: the customer no longer holds it (``value`` then says what was taken back).
    """

    preference: Preference
    confidence: float = 1.0
    span: Span | None = None
    answer: str | None = None
    taken_back: bool = False
