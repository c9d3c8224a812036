"""The reference model: every sum recomputed from the latest facts, with no pane, no delta and no code of scoring's.

It is what "exact" means: after any history the stored sums must equal these, for every key of every dimension.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from events.envelope import DEFAULT_TENANT, Event
from support import reference_counts as counts
from support import reference_customers as customers
from support.reference_counts import Counted, OpenMs, Whom
from support.reference_facts import latest

K = TypeVar("K")

CROWD = 500
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
LATER = datetime(2099, 1, 1, tzinfo=UTC)
"""A time of reading by which every repeat window has closed."""

Panes = dict[tuple[str, datetime], dict[str, int]]
"""(key, start of the pane) to measure to total, zeros left out."""


class Reference:
    """What must be stored of one tenant after a history (as accepted, oldest first)."""

    def __init__(
        self,
        history: Iterable[Event[Any]],
        tenant: str = DEFAULT_TENANT,
        *,
        open_ms: OpenMs = counts.wall,
        crowd: int = CROWD,
    ) -> None:
        facts = latest(history, tenant)
        self._counted: list[Counted] = [
            *counts.contacts(facts, open_ms),
            *counts.answers(facts),
            *counts.mentions(facts),
            *counts.surveys(facts),
            *customers.repeats(facts, crowd),
            *customers.recovery(facts, crowd),
        ]

    def sums(
        self, dimension: str, window: tuple[datetime, datetime] = ALWAYS, *, now: datetime = LATER
    ) -> dict[str, dict[str, int]]:
        """Key to measure to total, zeros left out, over the window (whole minutes; its end excluded)."""
        totals: dict[str, Counter[str]] = {}
        for counted in self._within(window):
            read = _as_read(counted, now)
            totals.setdefault(key_of(counted.whom, dimension), Counter()).update(read)
        return _without_zeros(totals)

    def panes(self, dimension: str, grain: str) -> Panes:
        """What each minute, hour or day (UTC) of each key must hold; repeats as if every window had closed."""
        totals: dict[tuple[str, datetime], Counter[str]] = {}
        for counted in self._counted:
            place = (key_of(counted.whom, dimension), start_of(counted.at, grain))
            totals.setdefault(place, Counter()).update(counted.sums)
        return _without_zeros(totals)

    def durations(self, dimension: str, window: tuple[datetime, datetime] = ALWAYS) -> dict[str, dict[str, list[int]]]:
        """Key to histogram name to every duration in milliseconds, sorted."""
        found: dict[str, dict[str, list[int]]] = {}
        for counted in self._within(window):
            for name, took in counted.durations.items():
                found.setdefault(key_of(counted.whom, dimension), {}).setdefault(name, []).append(took)
        return {key: {name: sorted(all_) for name, all_ in named.items()} for key, named in found.items()}

    def _within(self, window: tuple[datetime, datetime]) -> Iterator[Counted]:
        start, end = window
        return (counted for counted in self._counted if start <= counted.at < end)


def _as_read(counted: Counted, now: datetime) -> dict[str, int]:
    """A resolved contact whose repeat window may not have closed yet is only pending."""
    closed = start_of(now - customers.REPEAT_WINDOW, "minute")
    if "settled" not in counted.sums or start_of(counted.at, "minute") < closed:
        return counted.sums
    return {"pending": counted.sums["settled"]}


def _without_zeros(totals: Mapping[K, Mapping[str, int]]) -> dict[K, dict[str, int]]:
    found = {key: {name: n for name, n in total.items() if n} for key, total in totals.items()}
    return {key: total for key, total in found.items() if total}


def start_of(instant: datetime, grain: str) -> datetime:
    """The first moment of the minute, hour or day (UTC) it is in."""
    finer = {"minute": {}, "hour": {"minute": 0}, "day": {"minute": 0, "hour": 0}}[grain]
    return instant.replace(second=0, microsecond=0, **finer)


def key_of(whom: Whom, dimension: str) -> str:
    if dimension == "all":
        return ""
    named = {name: getattr(whom, name) or "unattributed" for name in ("channel", "team", "agent", "reason")}
    return f"{named['channel']}/{named['team']}" if dimension == "channel_team" else named[dimension]


def differences(found: Mapping[K, Mapping[str, int]], expected: Mapping[K, Mapping[str, int]]) -> list[str]:
    """Where two sets of sums do not agree: what an assertion shows instead of both sets."""
    complaints = []
    for key in found.keys() | expected.keys():
        is_, should = found.get(key, {}), expected.get(key, {})
        for name in is_.keys() | should.keys():
            if is_.get(name, 0) != should.get(name, 0):
                complaints.append(f"{key} {name}: is {is_.get(name, 0)}, should be {should.get(name, 0)}")
    return sorted(complaints)
