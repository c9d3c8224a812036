"""One reason to think of a cause."""

from dataclasses import dataclass
from typing import Literal, get_args

from alerting.core.case.state import Cause

Source = Literal["comment", "contact", "history"]
"""What the customer said; what is on record of the contact; what was chosen before for contacts like it."""
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True, slots=True)
class Because:
    """Attributes:
    words: what a person reads, as half a sentence. It may quote the customer: personal, for the desk only.
    weight: 1 for a plain fact; what was so before weighs less, never more.
    """

    source: Source
    cause: Cause
    words: str
    weight: float = 1.0
