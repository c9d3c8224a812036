"""From a form of the case page to an action."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerting.core.case import (
    Action,
    Appoint,
    Attempt,
    Claim,
    Close,
    Contact,
    HandOver,
    Note,
    Release,
    Reopen,
    State,
)
from events.hours.zones import instant

KINDS: Mapping[str, type[Action]] = {
    "claim": Claim,
    "release": Release,
    "hand-over": HandOver,
    "note": Note,
    "attempt": Attempt,
    "appoint": Appoint,
    "contacted": Contact,
    "close": Close,
    "reopen": Reopen,
}
"""The last part of a form's address, and what it does."""

OFFERED: Mapping[State, tuple[str, ...]] = {
    "open": ("claim", "close", "note"),
    "claimed": ("contacted", "attempt", "appoint", "close", "hand-over", "release", "note"),
    "contacted": ("close", "appoint", "hand-over", "note"),
    "closed": ("reopen", "note"),
}
"""The forms a case has in each state."""

THEIRS = "customer"
"""The choice of clock in the form of an appointment: the customer's, not the desk's."""

_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)


class Mistaken(Exception):
    """What was typed cannot be meant; the message says why, to a person."""


def version(form: Mapping[str, str]) -> int:
    """The version of the case that the form was made for; 0, which no case has, where that is not said."""
    said = form.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def values(kind: type[Action], form: Mapping[str, str], by: str, zones: Mapping[str, ZoneInfo]) -> dict[str, Any]:
    """The fields of an action. Raises Mistaken.

    Args:
        zones: by whose clocks an appointment may be meant: "" the desk's, "customer" theirs, where known.
    """
    found: dict[str, Any] = {name: text for name, text in form.items() if text and name in kind.model_fields}
    found |= {"by": by, "version": version(form)}
    if kind is Close:
        found |= _closing(form)
        if form.get("outcome") == "dismissed":
            found.pop("cause", None)
    if kind is Appoint and form.get("at"):
        found["at"] = local_time(form["at"], zones.get(form.get("clock", ""), zones[""]))
    return found


def _closing(form: Mapping[str, str]) -> dict[str, str]:
    """One text field serves both the remedy and the reason for dismissing."""
    if not form.get("words"):
        return {}
    return {"reason" if form.get("outcome") == "dismissed" else "remedy": form["words"]}


def local_time(said: str, place: ZoneInfo) -> datetime:
    """The instant at which the clocks of ``place`` show that; of one that comes twice, the first. Raises Mistaken."""
    try:
        local = datetime.fromisoformat(said) if _LOCAL.fullmatch(said) else None
        meant = instant(local, place) if local else None
    except (ValueError, OverflowError):
        local = meant = None
    if local is None or meant is None:
        raise Mistaken("The time must be a date and a time of day, such as 2026-03-01T09:30.")
    if meant.astimezone(place).replace(tzinfo=None) != local:
        raise Mistaken("There is no such time on that day: the clocks go forward then. Choose another.")
    return meant
