"""What a call's visits to queues, connections and records make of one contact.

Facts: ``joined`` and ``left`` a queue, by time; ``with`` an agent, by the agent's channel; ``done`` with one, by time,
from the queue log; ``record``, of calls outside queues; and of the call, ``customer`` and ``reason``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from events.interaction import Interaction
from ingest.core.source import Source
from ingest.vendors.legs import Call, Leg, before, earliest, snapshot, total
from ingest.vendors.node import Node
from ingest.vendors.outcome import Fact
from ingest.vendors.telling import Told, told, told_of

SAME_AGENT, SAME_MOMENT = timedelta(minutes=1), timedelta(seconds=5)
"""How far apart two accounts of one connection may put it: agents may hear an announcement first, and two logs may
call them differently."""
AGENT = re.compile(r"(?:[A-Za-z0-9]+/)?(?P<name>[^/@;]+?)(?:-[0-9a-f]{8})?(?:[@;/].*)?")


class Options(BaseModel):
    """Attributes:
    callback_keys: keys by which callers leave a queue to be called back.
    outbound_contexts: dialplan contexts of calls that go out, in call records.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    callback_keys: frozenset[str] = frozenset()
    outbound_contexts: frozenset[str] = frozenset()


def agent_of(interface: Node) -> str | None:
    """The agent, of a member or channel: ``PJSIP/7140-0000002a``, ``Local/7140@from-queue/n`` and ``7140`` are one."""
    text = interface.text()
    found = AGENT.fullmatch(text) if text and text != "NONE" else None
    return Node(found["name"] if found else text if text != "NONE" else None, interface.at).identifier()


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    joined, left = list(told_of(facts, "joined").values()), list(told_of(facts, "left").values())
    legs = _legs(facts)
    call = _queued(joined, left, legs) if joined or left or legs else _unqueued(told_of(facts, "record"))
    if call is None:
        return None
    said = told(facts)
    moved = sum("moved" in done for done in told_of(facts, "done").values())
    call = replace(
        call,
        channel=source.channel or call.channel,
        customer_id=said.text("customer"),
        reason=said.text("reason"),
        transfers=max(moved, len(call.legs) - 1, 0),
    )
    return snapshot(name, call, {"revision": revision})


def _queued(joined: Sequence[Told], left: Sequence[Told], legs: Sequence[tuple[Leg, float | None]]) -> Call | None:
    """A call that met a queue. It is abandoned when it has left as often as it joined, and nobody answered."""
    first = min((leg.answered_at for leg, _ in legs), default=None)
    gone = [(at, visit.seconds("waited")) for visit in left if (at := visit.moment("at"))]
    since = [before(at, waited or 0) for at, waited in (*gone, *((leg.answered_at, wait) for leg, wait in legs))]
    offered_at = earliest(visit.moment("at") for visit in joined) or earliest(since)
    if offered_at is None:
        return None
    waits = [waited for at, waited in gone if first is None or at <= first]
    last = max(joined or left, key=lambda visit: (visit.text("at") or "", visit.text("team") or ""), default=Told({}))
    over = bool(left) and len(left) >= len(joined)
    return Call(
        offered_at=offered_at,
        channel="phone",
        legs=[leg for leg, _ in legs],
        team=last.text("team"),
        ended_at=max(at for at, _ in gone) if over and gone and not legs else None,
        wait=total([*waits, *(wait for leg, wait in legs if leg.answered_at == first)]),
        left=over,
        callback_queued=any("callback" in visit for visit in left),
    )


def _legs(facts: Mapping[str, Fact]) -> list[tuple[Leg, float | None]]:
    """The legs, each with the wait before it: the connections, and what the queue log says of their ends."""
    legs = [(leg, said.seconds("waited")) for said in told_of(facts, "with").values() if (leg := _connected(said))]
    legs.sort(key=lambda leg: (leg[0].answered_at, leg[0].agent or ""))
    open_ones = list(range(len(legs)))
    done = [(leg, said.seconds("waited")) for said in told_of(facts, "done").values() if (leg := _done(said))]
    for ended, waited in sorted(done, key=lambda leg: (leg[0].answered_at, leg[0].agent or "")):
        fitting = [n for n in open_ones if _same(legs[n][0], ended)]
        number = min(fitting, key=lambda n: abs(legs[n][0].answered_at - ended.answered_at), default=None)
        if number is None:
            legs.append((ended, waited))
            continue
        open_ones.remove(number)
        leg, wait = legs[number]
        legs[number] = (replace(leg, ended_at=ended.ended_at, talk=ended.talk), wait)
    return legs


def _same(one: Leg, other: Leg) -> bool:
    return abs(one.answered_at - other.answered_at) <= (SAME_AGENT if one.agent == other.agent else SAME_MOMENT)


def _connected(said: Told) -> Leg | None:
    completed, talk = said.moment("completed"), said.seconds("talk")
    answered_at = said.moment("answered") or (before(completed, talk or 0) if completed else None)
    if answered_at is None:
        return None
    return Leg(answered_at, said.text("agent"), said.text("team"), completed, talk)


def _done(said: Told) -> Leg | None:
    ended, talk = said.moment("at"), said.seconds("talk")
    if ended is None or talk is None:
        return None
    return Leg(before(ended, talk), said.text("agent"), said.text("team"), ended, talk)


def _unqueued(records: Mapping[str, Told]) -> Call | None:
    """A call that met no queue. It can't be abandoned: that means to leave one."""
    starts = [(started, said.text("direction")) for said in records.values() if (started := said.moment("started"))]
    if not starts:
        return None
    started, direction = min(starts, key=lambda start: (start[0], start[1] or ""))
    legs = [
        Leg(answered_at, said.text("agent"), ended_at=said.moment("ended"), talk=said.seconds("talk"))
        for said in records.values()
        if (answered_at := said.moment("answered"))
    ]
    return Call(
        offered_at=started,
        channel="phone",
        legs=legs,
        direction="outbound" if direction == "outbound" else "inbound",
        ended_at=max((ended for said in records.values() if (ended := said.moment("ended"))), default=None),
    )
