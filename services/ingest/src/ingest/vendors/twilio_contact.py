"""What Twilio's calls, tasks and reservations make of one contact.

Facts: of the contact, ``channel``, ``direction``, ``team``, ``customer``, ``reason``; of its call, ``call/it``; of whom
it dialed, ``dial``; of its tasks, ``task``; of the reservations that were accepted, ``with``.
"""

from collections.abc import Mapping
from datetime import datetime

from events.interaction import Interaction
from ingest.core.source import Source
from ingest.vendors.legs import Call, Leg, before, between, earliest, snapshot
from ingest.vendors.outcome import Fact
from ingest.vendors.telling import Told, told, told_of

BEGUN = ("queued", "initiated", "ringing", "in-progress")
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    contact, tasks = told(facts), told_of(facts, "task")
    call = told_of(facts, "call").get("it", Told({}))
    reservations = told_of(facts, "with")
    legs = [leg for said in reservations.values() if (leg := _leg(said, tasks))] or _dialed(facts)
    offered_at = earliest(_offered(task) for task in tasks.values()) or _started(call)
    if offered_at is None:
        return None
    return snapshot(
        name,
        Call(
            offered_at=offered_at,
            channel=contact.text("channel") or source.channel or "other",
            legs=legs,
            direction="outbound" if contact.text("direction") == "outbound" else "inbound",
            team=contact.text("team"),
            customer_id=contact.text("customer"),
            reason=contact.text("reason"),
            ended_at=_ended(call) or (None if legs else _left(tasks)),
            left=not reservations and all("canceled" in task for task in tasks.values()) and bool(tasks),
            transfers=max(len(legs) - 1, 0),
        ),
        {"revision": revision},
    )


def _leg(said: Told, tasks: Mapping[str, Told]) -> Leg | None:
    accepted, completed = said.moment("accepted"), said.moment("completed")
    if accepted is None:
        return None
    ended = said.moment("wrapping") or completed or _closed(tasks.get(said.text("task") or "", Told({})))
    wrap = between(said.moment("wrapping"), completed)
    return Leg(accepted, said.text("agent"), said.text("team"), ended, between(accepted, ended), None, wrap)


def _dialed(facts: Mapping[str, Fact]) -> list[Leg]:
    """Whom ``<Dial>`` reached, where there is no TaskRouter: their agent is unknown, since only a number is told."""
    calls = told_of(facts, "dial").values()
    ended = [(said.moment("completed"), said.seconds("seconds")) for said in calls]
    return [Leg(before(end, talk), ended_at=end, talk=talk) for end, talk in ended if end and talk]


def _offered(task: Told) -> datetime | None:
    return task.moment("created") or task.moment("aged") or task.moment("queued")


def _closed(task: Told) -> datetime | None:
    return task.moment("completed") or task.moment("canceled")


def _left(tasks: Mapping[str, Told]) -> datetime | None:
    closed = [_closed(task) for task in tasks.values()]
    return max((moment for moment in closed if moment), default=None) if all(closed) else None


def _started(call: Told) -> datetime | None:
    ended = _ended(call)
    lasted = call.seconds("seconds") or 0
    return earliest(call.moment(status) for status in BEGUN) or (ended and before(ended, lasted))


def _ended(call: Told) -> datetime | None:
    return earliest(call.moment(status) for status in ENDED)
