"""Which answers are praise, and what to do with it once it is time."""

from datetime import datetime, timedelta
from enum import Enum, auto

from events.scales import SCALES
from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.facts.contact import Contact
from scoring.core.masking import mask

FRESH = timedelta(hours=24)
"""Older praise is history, told late or read again from the topic: kept, and sent to nobody."""

LONGEST = 2_000
"""Characters of a comment that are passed on."""


class Fate(Enum):
    """What else may become of praise than being passed on."""

    WITHDRAWN = auto()  # the answer has been corrected and is no longer the top
    UNKNOWN = auto()  # nobody can be named for it yet
    UNATTRIBUTED = auto()  # and nobody will


def praise_in(response: SurveyResponse) -> str | None:
    """The comment, masked, where the answer is a counted one at the top of its scale and says something; else None."""
    said = (response.comment or "").strip()
    if not said or response.counted is None or not _is_top(response.scale, response.counted):
        return None
    masked = mask(said)
    return masked if len(masked) <= LONGEST else masked[: LONGEST - 1] + "…"


def whose(contact: Contact | None, response_id: str, said_at: datetime, now: datetime) -> Attribution | Fate:
    """Whom praise is for: who handled the contact, else whom the survey names.

    Args:
        contact: the contact that the answer hangs on now.
    """
    answer = contact.answers.get(response_id) if contact else None
    if contact is None or answer is None or answer.value is None or not _is_top(answer.scale, answer.value):
        return Fate.WITHDRAWN
    handled_by = contact.facts.attribution if contact.facts else Attribution()
    found = handled_by.filled_from(answer.attribution)
    if found.agent is not None:
        return found
    return Fate.UNKNOWN if now - said_at < FRESH else Fate.UNATTRIBUTED


def _is_top(scale: str, value: bool | int | float | str) -> bool:
    return SCALES[scale].percent(value) == 100
