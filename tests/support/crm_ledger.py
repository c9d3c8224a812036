"""What must hold of everything a CRM was asked, whatever went wrong: judged from the CRM's own record."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from support.faulty_crm import Seen
from support.memory_crm import Applied, MemoryCrm

UNDER_WAY_SECONDS = 0.5
"""So long after a "not now" a call may still come in that began before it was known everywhere."""


class Life(NamedTuple):
    """A process of a pusher: from when to when it ran, in monotonic seconds; ``end`` is its kill."""

    start: float
    end: float


class Quiet(NamedTuple):
    """The CRM said "not now" to a tenant: when, for how long, and to which client."""

    tenant: str
    at: float
    seconds: float
    client: str | None


def quiets(seen: Iterable[Seen], crm: MemoryCrm) -> list[Quiet]:
    """By the name of the fault, ``429 for 2``."""
    return [
        Quiet(_tenant(each), each.answered, float(each.fault.rsplit(" ", 1)[1]), crm.client_of(each.token))
        for each in seen
        if each.fault is not None and " for " in each.fault and each.answered is not None
    ]


def calls_inside(seen: Sequence[Seen], asked: Iterable[Quiet], lives: Mapping[str, Life]) -> list[str]:
    """Calls while the CRM had asked for quiet. What a process is told just before it is killed, nobody knows."""
    found = []
    for quiet in asked:
        life = lives.get(quiet.client or "")
        if life is not None and 0 <= life.end - quiet.at < UNDER_WAY_SECONDS:
            continue
        start, end = quiet.at + UNDER_WAY_SECONDS, quiet.at + quiet.seconds - 0.05
        inside = [each for each in seen if start < each.at < end and _tenant(each) == quiet.tenant]
        found += [f"{each.method} {each.path} {each.at - quiet.at:.2f} s into {quiet.seconds} s" for each in inside]
    return found


def keys_differing(seen: Iterable[Seen]) -> list[set[str | None]]:
    """The keys of changes that were identical, where there was more than one."""
    keys = defaultdict(set)
    for each in seen:
        if each.method == "PATCH":
            keys[each.path, each.held, each.body].add(each.key)
    return [found for found in keys.values() if len(found) > 1]


def keys_shared(seen: Iterable[Seen]) -> list[str | None]:
    """Keys under which different changes came."""
    changes = defaultdict(set)
    for each in seen:
        if each.method == "PATCH":
            changes[each.key].add((each.path, each.body))
    return [key for key, found in changes.items() if len(found) > 1]


def steps_back(applied: Iterable[Applied]) -> list[str]:
    """Where something older was written after something newer."""
    stated = defaultdict(list)
    for each in applied:
        for name, held in each.fields.items():
            if held is not None:
                stated[each.path, name].append(held["stated_at"])
    return [
        f"{place}: {later} after {earlier}"
        for place, times in stated.items()
        for earlier, later in pairwise(times)
        if later < earlier
    ]


def needless_tokens(crm: MemoryCrm, lives: Mapping[str, Life]) -> dict[str, tuple[int, int]]:
    """Processes that got more tokens than one, and one for each expiry in their life: (got, due)."""
    due = {client: 1 + sum(life.start <= at <= life.end for at in crm.expiries) for client, life in lives.items()}
    return {client: (got, due[client]) for client, got in crm.issued.items() if got > due[client]}


def _tenant(seen: Seen) -> str:
    return seen.path.split("/")[1]
