"""What the desk calls things, and how it says times."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerting.core.case import Case, Cause, Outcome, Play, Result, State
from alerting.core.rules.decision import Reason
from alerting.desk.standing import Next, Urgency
from events.problems import Problem

STATES: dict[State, str] = {
    "open": "Nobody has it yet",
    "claimed": "Claimed",
    "contacted": "Customer contacted",
    "closed": "Closed",
}
OUTCOMES: dict[Outcome, str] = {
    "recovered": "Recovered: the customer is content now",
    "not_recovered": "Not recovered: we spoke, they stay unhappy",
    "unreachable": "Unreachable: we tried and got no answer",
    "dismissed": "Dismissed: there is nothing to recover",
}
SHORT_OUTCOMES: dict[Outcome, str] = {
    "recovered": "Recovered",
    "not_recovered": "Not recovered",
    "unreachable": "Unreachable",
    "dismissed": "Dismissed",
}
CAUSES: dict[Cause, str] = {
    "training": "Training",
    "knowledge": "Knowledge: no answer to be found",
    "workflow": "Workflow",
    "information_system": "Information system",
    "staffing": "Staffing, waiting time",
    "ivr": "Phone menu (IVR)",
    "routing": "Routing: wrong team, passed around",
    "self_service": "Self-service",
    "product_policy": "Product or policy",
    "agent": "The agent, after all of the above",
}
PLAYS: dict[Play, str] = {
    "recover": "Win back",
    "reply": "Answer in public",
    "thank": "Thank",
    "call_back": "Call as promised",
}
RESULTS: dict[Result, str] = {
    "no_answer": "No answer",
    "busy": "Busy",
    "voicemail": "Voicemail",
    "wrong_number": "Wrong number",
    "declined": "Did not want to talk",
}
REASONS: dict[str, str] = {
    Reason.LOW_SCORE: "Low score",
    Reason.NEGATIVE_MENTION: "Negative public mention",
    Reason.SCORE_FELL: "Was content before",
    Reason.REPEAT_UNRESOLVED: "Had to come back",
    Reason.COMPLAINT_WORDS: "Complaint",
    Reason.LEGAL_THREAT: "Legal threat",
    Reason.PUBLIC_PRAISE: "Public praise",
    Reason.LONG_WAIT: "Long wait",
    Reason.ABANDONED: "Gave up waiting",
    Reason.CALL_BACK_MISSED: "Promised call missed",
    Reason.TEAM_CSAT_DROP: "Team's satisfaction fell",
}
"""Why a case was opened; every one of OPENING_REASONS."""

URGENCIES: dict[Urgency, str] = {
    "overdue": "Overdue",
    "predicted": "Likely to be late",
    "soon": "Due within 30 min",
    "paused": "Clock paused",
    "running": "In time",
}
NEXT: dict[Next, str] = {
    "claim": "to claim",
    "contact": "first contact",
    "call_back": "call back",
    "close": "to close",
}
NOTIFICATION_STATES: dict[str, str] = {
    "queued": "being delivered",
    "sent": "delivered",
    "dead": "not delivered",
    "cancelled": "not needed any more",
    "bundled": "delivered with others",
}
NOTIFICATIONS: dict[str, str] = {
    "page": "somebody is needed",
    "reminder": "reminder",
    "claimed": "claimed",
    "contacted": "contacted",
    "closed": "closed",
    "reopened": "open again",
    "incident": "incident",
    "bundle": "several cases",
}
_FIELDS: Mapping[str, str] = {"at": "time", "to": "colleague", "words": "text"}
"""What a form calls a field, where that is not its name."""


def known(names: Mapping[Any, str], word: str) -> str:
    """The word as people say it; one that is newer than this page is said as it is."""
    return names.get(word) or word.replace("_", " ")


def complaint(problems: Iterable[Problem]) -> str:
    """Why a form did nothing. A complaint without a field is about the case."""
    said = (f"{f'the {_field(p.pointer)}' if p.pointer else 'it'} {p.message}" for p in problems)
    return f"Not done yet: {'; '.join(said)}."


def _field(pointer: str) -> str:
    name = pointer.removeprefix("/")
    return _FIELDS.get(name, name)


def too_late(case: Case) -> str:
    """Who was first, where somebody else changed the case."""
    if case.state == "closed":
        return f"{case.closed_by} has closed it. Nothing was changed."
    if case.state in ("claimed", "contacted") and case.claimed_by:
        return f"{case.claimed_by} has it. Nothing was changed."
    return "Nothing was changed."


def span(seconds: float) -> str:
    """A length of time in at most two units, such as "1 h 5 min". ``desk.js`` says it alike."""
    left = int(abs(seconds))
    if left < 60:
        return f"{left} s"
    days, left = divmod(left, 86400)
    hours, left = divmod(left, 3600)
    named = ((days, "d"), (hours, "h"), (left // 60, "min"))
    return " ".join([f"{number} {unit}" for number, unit in named if number][:2])


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """A moment on the clocks of ``zone``: the day is left out where it is today, the year where it is this one."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    if here.date() == today.date():
        return f"{here:%H:%M}"
    return f"{here.day} {here:%b %H:%M}" if here.year == today.year else f"{here.day} {here:%b %Y}"
