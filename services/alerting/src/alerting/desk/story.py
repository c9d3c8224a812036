"""The timeline of a case, as people read it."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerting.desk import words
from alerting.store.case_view import TimelineEntry
from alerting.store.timeline import What

SAID: dict[What, str] = {
    What.OPENED: "Case opened",
    What.ANSWER_ADDED: "Another bad answer joined this case",
    What.ANSWER_UPDATED: "The answer was sent again with changes",
    What.ANSWER_CORRECTED: "The answer changed",
    What.TOLD: "Notified through {}",
    What.NOT_TOLD: "Could not notify through {}",
    What.NOBODY_ON_CALL: "Nobody was on call: the fallback was told",
    What.EXHAUSTED: "Everybody was told, and nobody answered",
    What.CLAIMED: "Claimed",
    What.RELEASED: "Given back",
    What.LAPSED: "Nothing happened for too long: open again, it was with {}",
    What.HANDED_OVER: "Handed over {}",
    What.NOTED: "Note",
    What.ATTEMPTED: "Not reached: {}",
    What.APPOINTED: "To be called at {}",
    What.CALL_BACK_DUE: "Time for the call",
    What.BREACHED: "The first contact is overdue",
    What.CONTACTED: "Customer contacted",
    What.SETTLE_DUE: "Contacted, but not closed yet",
    What.RERATED: "The customer answered again: {}",
    What.CLOSED: "Closed: {}",
    What.REOPENED: "Open again",
}
"""Each entry in words; {} is the first part of its note, before a colon."""

_TALE = {What.HANDED_OVER, What.ATTEMPTED, What.APPOINTED}
"""Of these, what follows the first part of the note is somebody's own words."""
_WHOLE = {What.TOLD, What.NOT_TOLD, What.LAPSED, What.RERATED, What.CLOSED}
"""Of these the whole note is part of the sentence."""
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?:[+-]\d\d:\d\d|Z))(?:: (.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story; ``quote`` is what somebody wrote."""

    at: datetime
    who: str | None
    what: str
    text: str
    quote: str | None


def line(entry: TimelineEntry, zone: ZoneInfo, now: datetime) -> Line:
    text = SAID.get(entry.what) or words.known({}, entry.what).capitalize()  # type: ignore[call-overload]
    fact, quote = _parts(entry, zone, now)
    return Line(entry.at, entry.who, entry.what, text.format(fact or "") if "{}" in text else text, quote)


def _parts(entry: TimelineEntry, zone: ZoneInfo, now: datetime) -> tuple[str | None, str | None]:
    """The fact a sentence is made with, and the words beside it."""
    if entry.what == What.APPOINTED and (found := _MOMENT.fullmatch(entry.note or "")):
        return words.moment(datetime.fromisoformat(found[1]), zone, now), found[2]
    if entry.what == What.CLOSED:
        return words.known(words.SHORT_OUTCOMES, entry.note or "").lower(), None
    if entry.what in _WHOLE:
        return entry.note, None
    if entry.what in _TALE:
        fact, _, quote = (entry.note or "").partition(": ")
        return fact, quote or None
    return None, entry.note
