"""Sends digests when they are due: plan the rows, lease one, read, send outside any transaction, say what became of it.

A kill between the send and the mark repeats the send once the lease has ended: a digest comes at least once.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import structlog
from prometheus_client import CollectorRegistry, Counter

from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from scoring.core.digest.period import Period
from scoring.core.digest.plan import Plan, Plans
from scoring.core.digest.retry import delay
from scoring.digests.deliveries import Deliveries, Due, Target
from scoring.digests.post import AT_ONCE, Post
from scoring.digests.reading import Reader

log = structlog.get_logger()

EVERY_SECONDS = 30.0


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    RETRIED = "retried"
    PARKED = "parked"


class DigestTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "amends_scoring_digests_total", "Attempts to send a digest, by result.", ["result"], registry=registry
        )
        for outcome in Outcome:
            self._attempts.labels(outcome)

    def attempted(self, outcome: Outcome) -> None:
        self._attempts.labels(outcome).inc()


class Digests:
    """The job. Any number of replicas may run it."""

    def __init__(
        self,
        plans: Plans,
        reader: Reader,
        deliveries: Deliveries,
        post: Post,
        telemetry: DigestTelemetry,
        now: Callable[[], datetime],
    ) -> None:
        self._plans = {Target(p.tenant, p.name, to): p for p in plans.digests for to in p.send_to}
        self._urls = plans.destinations
        self._reader = reader
        self._deliveries = deliveries
        self._post = post
        self._telemetry = telemetry
        self._now = now

    async def run(self, stop: asyncio.Event, *, every: float = EVERY_SECONDS) -> None:
        """Until ``stop``; what is under way by then is finished, which every send bounds in time."""
        try:
            while not stop.is_set():
                try:
                    while self._plans and await self.round() and not stop.is_set():
                        pass
                except Unavailable as error:
                    log.warning("digests wait for a dependency", error=str(error))
                await pause(stop, every)
        finally:
            await self._post.close()

    async def round(self) -> int:
        """Send what is due, some at once. Returns how many were tried. Raises Unavailable."""
        now = self._now()
        await self._deliveries.plan([(target, plan.schedule.due(now)) for target, plan in self._plans.items()])
        due = await self._deliveries.claim(tuple(self._plans), AT_ONCE)
        await asyncio.gather(*(self._deliver(one, self._plans[one.target]) for one in due))
        return len(due)

    async def _deliver(self, due: Due, plan: Plan) -> None:
        period = Period(plan.every, due.first, due.end_day, plan.schedule.zone)
        try:
            report = await self._reader.report(plan, period, self._now())
            problem = await self._post.send(self._urls[due.target.destination].get_secret_value(), report)
        except Unavailable as error:
            problem = str(error)
        except Exception:
            log.exception("a digest failed by a fault of ours", **_about(due))
            problem = "failed by a fault in Amends; see its log"
        try:
            await self._mark(due, problem)
        except Unavailable as error:
            log.warning("a digest could not be marked and may be repeated", **_about(due), error=str(error))

    async def _mark(self, due: Due, problem: str | None) -> None:
        if problem is None:
            await self._deliveries.sent(due)
            self._telemetry.attempted(Outcome.SENT)
            log.info("digest sent", **_about(due))
            return
        wait = delay(due.attempts, age=due.age, share=random.random())  # noqa: S311  (jitter)
        if wait is None:
            await self._deliveries.park(due, f"given up after a day: {problem}")
            self._telemetry.attempted(Outcome.PARKED)
            log.error("digest given up", **_about(due), problem=problem)
        else:
            await self._deliveries.later(due, wait, problem)
            self._telemetry.attempted(Outcome.RETRIED)
            log.warning("digest not sent; trying again", **_about(due), problem=problem)


def _about(due: Due) -> dict[str, str | int]:
    return {"tenant": due.target.tenant, "digest": due.target.digest, "destination": due.target.destination,
            "until": due.end_day.isoformat(), "attempts": due.attempts}  # fmt: skip
