"""Scoring without its database: the pure core on dictionaries, so that thousands of histories can be tried."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from events.envelope import DEFAULT_TENANT, Event
from events.hours.business import Calendars
from scoring.core.batch import Batch, Key, missing
from scoring.core.facts import Fact, dump, load
from scoring.core.histogram import Histogram, by_name
from scoring.core.pane import Delta, Subject
from support.reference import Panes

GRAINS = ("minute", "hour", "day")


class Twin:
    """Facts and panes as they are stored, written by nothing but differences."""

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars
        self._facts: dict[Key, bytes] = {}
        self._homes: dict[Key, str] = {}
        self._seen: set[tuple[str, str, str]] = set()
        self._panes: dict[str, dict[tuple[Subject, int], Counter[str]]] = {grain: {} for grain in GRAINS}
        self._buckets: dict[Subject, Counter[int]] = {}

    def apply(self, events: Sequence[Event[Any]]) -> None:
        """One batch, as a consumer takes it: what the inbox knows is left out."""
        fresh: dict[tuple[str, str, str], Event[Any]] = {}
        for event in events:
            if event.identity not in self._seen:
                fresh.setdefault(event.identity, event)
        self._seen |= fresh.keys()
        batch = Batch(list(fresh.values()), self._calendars)
        homes = {key: self._homes.get(key) for key in batch.answers()}
        batch.report(self._load(batch.firsts(homes)))
        batch.link(self._load(batch.seconds()))
        batch.unlink(self._load(batch.forgotten()))
        self._homes |= batch.moved(homes)
        delta = Delta()
        for key, (before, after) in batch.changes().items():
            delta.add(key.tenant, before.contributions(), -1)
            delta.add(key.tenant, after.contributions())
            self._facts[key] = dump(after)
        self._write(delta)

    def panes(self, dimension: str, grain: str, tenant: str = DEFAULT_TENANT) -> Panes:
        """As ``Reference.panes``."""
        found = {
            (subject.key, datetime.fromtimestamp(start * 60, UTC)): {name: n for name, n in totals.items() if n}
            for (subject, start), totals in self._panes[grain].items()
            if (subject.tenant, subject.dimension) == (tenant, dimension)
        }
        return {place: totals for place, totals in found.items() if totals}

    def histograms(self, dimension: str, tenant: str = DEFAULT_TENANT) -> dict[str, dict[str, Histogram]]:
        """Of all times, by key and name."""
        found = {
            subject.key: by_name(codes)
            for subject, codes in self._buckets.items()
            if (subject.tenant, subject.dimension) == (tenant, dimension)
        }
        return {key: named for key, named in found.items() if named}

    def facts_with(self, text: str) -> list[Key]:
        """The facts in whose stored form it stands."""
        return [key for key, state in self._facts.items() if text.encode() in state]

    def _load(self, keys: Iterable[Key]) -> dict[Key, Fact]:
        wanted = set(keys)
        known = {key: load(key.id, self._facts[key]) for key in wanted if key in self._facts}
        return known | missing(wanted, known)

    def _write(self, delta: Delta) -> None:
        for grains in delta.panes().values():
            for grain, cells in zip(GRAINS, grains, strict=True):
                for place, changes in cells.items():
                    _add(self._panes[grain].setdefault(place, Counter()), changes)
        for (subject, _), codes in delta.histograms().items():
            _add(self._buckets.setdefault(subject, Counter()), codes)


def _add(totals: "Counter[Any]", changes: dict[Any, int]) -> None:
    """Not ``Counter.update``, which is slow on few items."""
    for name, amount in changes.items():
        totals[name] += amount
