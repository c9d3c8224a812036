"""What the desk calls things, and how it says times."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerting.core.case import Cause, Outcome, State
from alerting.store.timeline import What
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
TIMELINE: dict[What, str] = {
    What.OPENED: "Case opened",
    What.ANSWER_ADDED: "Another bad answer joined this case",
    What.ANSWER_UPDATED: "The answer was sent again with changes",
    What.ANSWER_CORRECTED: "The answer changed",
    What.TOLD: "Notified through",
    What.NOT_TOLD: "Could not notify through",
    What.CLAIMED: "Claimed",
    What.CONTACTED: "Customer contacted",
    What.CLOSED: "Closed",
}


def complaint(problems: Iterable[Problem]) -> str:
    """Why a form did nothing. A complaint without a field is about the case."""
    said = (f"{'the ' + p.pointer.removeprefix('/') if p.pointer else 'it'} {p.message}" for p in problems)
    return f"Not done yet: {'; '.join(said)}."


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
    """A moment on the desk's clock: the day is left out where it is today."""
    here = at.astimezone(zone)
    same_day = here.date() == now.astimezone(zone).date()
    return f"{here:%H:%M}" if same_day else f"{here.day} {here:%b %H:%M}"


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
