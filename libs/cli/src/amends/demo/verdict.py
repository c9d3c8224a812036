"""Was every promise kept? From what was posted and what was found, to what is off; empty when nothing is. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amends.demo.sink import Arrival
from amends.simulation.expectations import Expectations
from events.catalog import POSTED
from events.topics import ALERTS

LISTED = 5
FROM_SENDERS = frozenset(entry.topic.name for entry in POSTED)
"""The topics of what is posted. On the others our services speak to each other."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of the run.

    Attributes:
        applied: topic → events scoring has applied since the start.
        others: events ingest took that were not ours: whoever watches may post some of their own.
        cases: case id → the event that opened it, for events of this run.
        arrivals: webhooks of events of this run.
        forged: webhooks that did not verify.
        profiles: customer → field → value in the CRM, for customers of this run.
    """

    applied: Mapping[str, int]
    others: int
    cases: Mapping[str, str]
    arrivals: Sequence[Arrival]
    forged: int
    profiles: Mapping[str, Mapping[str, Any]]


def since(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """How much each count has grown."""
    return {name: count - before.get(name, 0) for name, count in now.items()}


def findings(expected: Expectations, found: Found) -> list[str]:
    """One sentence for everything that is not as promised."""
    return [
        *_applied(expected, found.applied, found.others),
        *_told(len(found.cases), found.applied.get(ALERTS.name, 0)),
        *_once("case", expected.cases, Counter(found.cases.values())),
        *_once("notification", expected.cases, Counter(arrival.event_id for arrival in found.arrivals)),
        *([f"{found.forged} webhooks did not verify"] if found.forged else []),
        *_profiles(expected.profiles(), found.profiles),
    ]


def _applied(expected: Expectations, applied: Mapping[str, int], others: int) -> Iterable[str]:
    posted = expected.by_topic
    for topic in sorted(posted):
        if applied.get(topic, 0) < posted[topic]:
            yield f"{topic}: {posted[topic]} distinct events posted, {applied.get(topic, 0)} applied by scoring"
    surplus = sum(max(0, count - posted[topic]) for topic, count in applied.items() if topic in FROM_SENDERS)
    if surplus > others:
        yield f"scoring has applied {surplus - others} events more than were posted"


def _told(cases: int, applied: int) -> Iterable[str]:
    """Alerting reports a case when it opens, and whenever it moves."""
    if applied < cases:
        yield f"alerts: {cases} cases opened, {applied} reports of cases applied by scoring"


def _once(what: str, expected: Mapping[str, str], found: Mapping[str, int]) -> Iterable[str]:
    for title, ids in (
        (f"bad answers without a {what}", expected.keys() - found.keys()),
        (f"bad answers with more than one {what}", {id_ for id_, n in found.items() if n > 1}),
        (f"{what}s for answers that should have none", found.keys() - expected.keys()),
    ):
        if ids:
            yield f"{len(ids)} {title}: {_listed(ids)}"


def _profiles(expected: Mapping[str, Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    differ = {who for who in expected.keys() | found.keys() if expected.get(who, {}) != found.get(who, {})}
    if differ:
        yield f"{len(differ)} CRM profiles are not what the customers said: {_listed(differ)}"


def _listed(ids: Iterable[str]) -> str:
    names = sorted(ids)
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def delays(sent_at: Mapping[str, float], arrived_at: Mapping[str, float], events: Iterable[str]) -> list[float]:
    """Seconds from posting an answer to its notification, in ascending order."""
    return sorted(arrived_at[id_] - sent_at[id_] for id_ in events if id_ in arrived_at and id_ in sent_at)


def percentile(ascending: Sequence[float], share: float) -> float | None:
    """The smallest value that ``share`` of all do not exceed; None without any."""
    return ascending[max(0, math.ceil(len(ascending) * share) - 1)] if ascending else None
