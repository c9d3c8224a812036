"""Rows that were kept long enough go, in small steps: none holds locks for long or runs into the statement timeout.

Rows that somebody else holds are passed over, so any number of replicas may do it at once; whoever is stopped in the
middle goes on another time. How rows are found: ``old_rows``. What is kept how long, table by table: docs/retention.md.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from time import monotonic
from typing import Annotated, Any, NamedTuple

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
ROUNDS = 24
"""To one that looks again at what was old before and stayed: what kept it may be gone."""
LEAST_DAYS = 100
"""Longer than a record can be read again: dead letters, the last of them, stay for 90 days. What tells a repeat must
outlive that."""

Place = tuple[Any, ...]
"""Where a round stands in a table: the last row it looked at; empty before the first."""


class Step(NamedTuple):
    """What a step did.

    Attributes:
        gone: how many rows went.
        place: where the next one goes on; None: the round is at its end.
        seen: at its end: what comes before, and is as it was, need not be looked at again in the next round.
    """

    gone: int
    place: Place | None
    seen: Place = ()


Delete = Callable[[AsyncConnection, timedelta, int, Place], Awaitable[Step]]
"""Removes of the rows that are older than that at most so many, going on from that place; joins the caller's
transaction."""


def _at_least(least: int) -> AfterValidator:
    def check(days: int) -> int:
        if 0 < days < least:
            raise ValueError(f"must be 0, for ever, or at least {least}")
        return days

    return AfterValidator(check)


KeptDays = Annotated[int, Field(ge=0, le=36_500), _at_least(LEAST_DAYS)]
"""0: for ever."""
AuditDays = Annotated[int, Field(ge=0, le=36_500), _at_least(365)]
"""0: for ever. Alerting's database itself refuses to delete what is younger than a year."""


def kept(days: int) -> timedelta | None:
    return timedelta(days=days) if days else None


class Rule(NamedTuple):
    """What goes, and when.

    Attributes:
        table: the label of the metric.
        age: None: never.
        at_once: rows a step looks at or removes at most.
    """

    table: str
    age: timedelta | None
    delete: Delete
    at_once: int = 5_000


class Pruner:
    """The job: follows the rules, round by round."""

    def __init__(self, engine: AsyncEngine, rules: Sequence[Rule], registry: CollectorRegistry) -> None:
        self._engine = engine
        self._rules = tuple(rules)
        self._rounds = 0
        self._seen: dict[Rule, Place] = {}
        self._deleted = Counter(
            "amends_retention_deleted_total", "Rows deleted as kept long enough.", ["table"], registry=registry
        )
        self._done = Gauge(
            "amends_retention_done_timestamp_seconds", "When a round last came to its end.", registry=registry
        )
        self._done.set_to_current_time()  # or a first round that takes hours would look like one that never ends
        for rule in rules:
            self._deleted.labels(rule.table)

    async def run(self, stop: asyncio.Event) -> None:
        """A round an hour, until ``stop``."""
        while not stop.is_set():
            await pause(stop, await self.look(stop))

    async def look(self, stop: asyncio.Event) -> float:
        """One round; what is gone by its end stays gone. A rule that cannot be followed keeps no other from its work.

        Returns:
            When to look again, in seconds.
        """
        if self._rounds % ROUNDS == 0:
            self._seen.clear()
        self._rounds += 1
        wait, whole = EVERY_SECONDS, True
        for rule in self._rules:
            try:
                await self._follow(rule, stop)
            except Unavailable as error:
                log.warning("retention waits", table=rule.table, error=str(error))
                wait, whole = AGAIN_SECONDS, False
            except Exception as error:  # noqa: BLE001  (housekeeping ends no service; messages have customers' values)
                log.error("retention failed", table=rule.table, error=type(error).__name__)
                whole = False
        if whole and not stop.is_set():
            self._done.set_to_current_time()
        return wait

    async def _follow(self, rule: Rule, stop: asyncio.Event) -> None:
        place: Place | None = self._seen.get(rule, ())
        while place is not None and rule.age is not None and not stop.is_set():
            began = monotonic()
            async with transaction(self._engine) as tx:
                gone, place, seen = await rule.delete(tx, rule.age, rule.at_once, place)
            if place is None:
                self._seen[rule] = seen
            self._deleted.labels(rule.table).inc(gone)
            await pause(stop, monotonic() - began)  # the other half of the time belongs to the others
