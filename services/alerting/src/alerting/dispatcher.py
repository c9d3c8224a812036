"""Delivers notifications: lease a row, send outside any transaction, say what became of it.

A kill between the send and the mark repeats the send, with the same key, once the lease has ended. Each destination has
a lane of its own, so a slow one holds up nobody else.

No page leaves more than a second after somebody's claim of its case was acknowledged. A claim cancels what is queued in
its own transaction. So when a row is leased, its case was open at the moment the lease was asked for; a claim
acknowledged later than that is what can be missed. A send begins within ``FRESH_SECONDS`` of that moment, or the
database is asked again first; and while it lasts, it is asked again every ``LOOK_AGAIN_SECONDS``, so that a connection
that is slow to open does not carry the page away late: the send is broken off, ``LAST_SECONDS`` later, because mostly
only the answer is still to come, with what updates the message afterwards. What has been handed over entirely cannot be
called back; its recipient is told of the claim (``outbox.follow_up``).
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.channels.port import Channel, Delivered, Envelope, Failed, Refused, Result
from alerting.core.bulletin import AnyFacts, BundleFacts, compose
from alerting.core.message import Notice, What
from alerting.core.people import Person
from alerting.core.retry import delay
from alerting.store.due import Due
from alerting.store.leasing import Outbox
from alerting.store.wake import Bell
from alerting.telemetry import Delivery, DeliveryTelemetry
from events.runtime import tracing
from events.runtime.errors import Unavailable
from events.runtime.tracing import CLIENT, Span

log = structlog.get_logger()

POLL_SECONDS = 1.0
"""How often a lane looks by itself: for retries that fall due, and should the bell be silent."""
FRESH_SECONDS = 0.2
LOOK_AGAIN_SECONDS = 0.35
LAST_SECONDS = 0.25
MOST_CASES = 20
"""Of a bundle are named in its log line."""

Compose = Callable[[What, AnyFacts], Notice]


class Lane:
    """The deliveries of one destination, a bounded number at once.

    Args:
        people: of the on-call file, by id; whoever is gone from it is told nothing.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        people: Mapping[str, Person],
        compose: Compose,
        bell: Bell,
        telemetry: DeliveryTelemetry,
    ) -> None:
        self._outbox = outbox
        self._channel = channel
        self._people = people
        self._compose = compose
        self._telemetry = telemetry
        self._rung = bell.waiter()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop``; then finish what is under way, which every send bounds in time."""
        stopping: asyncio.Task[bool] = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._rung.clear()
                await self._start_due()
                await self._pause(stopping)
            if self._running:
                await asyncio.wait(self._running)
        finally:
            stopping.cancel()
            for task in self._running:
                task.cancel()
            await self._channel.close()

    async def _start_due(self) -> None:
        free = self._channel.at_once - len(self._running)
        if not free:
            return
        asked = _now()
        try:
            due = await self._outbox.claim(self._channel.name, free, self._channel.per_minute)
        except Unavailable as error:
            log.warning("waiting for a dependency", error=str(error))
            return
        for one in due:
            task = asyncio.create_task(self._deliver(one, asked))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _pause(self, stopping: asyncio.Task[bool]) -> None:
        """Until the bell rings, a send ends, a second has passed or we are to stop."""
        rung = asyncio.create_task(self._rung.wait())
        ends: set[asyncio.Task[Any]] = {rung, stopping, *self._running}
        await asyncio.wait(ends, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        rung.cancel()

    async def _deliver(self, due: Due, asked: float) -> None:
        said: tracing.Attributes = {
            "amends.channel": self._channel.kind,
            "amends.what": due.what,
            "amends.attempt": due.attempts,
        }
        with tracing.following(f"notify {self._channel.kind}", due.origin, said, kind=CLIENT) as span:
            await self._delivered(due, asked, span)

    async def _delivered(self, due: Due, asked: float, span: Span) -> None:
        try:
            result = await self._send(due, asked)
            if result is None:
                span.say({"amends.result": "not wanted"})
                await self._outbox.let_go(due)
            else:
                if not isinstance(result, Delivered):
                    span.fail(type(result).__name__.lower())
                await self._mark(due, result)
        except Unavailable as error:
            span.fail("unavailable")
            log.warning("a delivery could not be looked up or recorded and may be repeated", error=str(error))

    async def _send(self, due: Due, asked: float) -> Result | None:
        """None where it is not ours to send any more."""
        if isinstance(due.facts, BundleFacts) and not due.facts.case_ids:
            return None
        to = self._address(due)
        if isinstance(to, Refused):
            return to
        if _now() - asked > FRESH_SECONDS and not await self._outbox.held(due):
            return None
        try:
            notice, envelope = self._compose(due.what, due.facts), Envelope(due.dedup_key, due.thread, to, due.ref)
            return await self._while_held(due, notice, envelope)
        except Exception:
            log.exception("a notification failed by a fault of ours", notification=due.id)
            return Failed("failed by a fault in Amends; see its log")

    def _address(self, due: Due) -> str | Refused | None:
        if due.person is None:
            return Refused("every message needs a person here, and none was named") if self._channel.personal else None
        person = self._people.get(due.person)
        if person is None:
            return Refused("the person is not in the on-call file any more")
        return person.reach.get(self._channel.name) or Refused("the person has no address here any more")

    async def _while_held(self, due: Due, notice: Notice, envelope: Envelope) -> Result | None:
        sending = asyncio.create_task(self._channel.send(notice, envelope))
        try:
            while not await _ended(sending, LOOK_AGAIN_SECONDS):
                if not await self._still_held(due) and not await _ended(sending, LAST_SECONDS):
                    log.info("a send was broken off: it is not wanted any more", **self._about(due))
                    return None
            return sending.result()
        finally:
            sending.cancel()

    async def _still_held(self, due: Due) -> bool:
        try:
            return await self._outbox.held(due)
        except Unavailable:  # then nobody's claim is acknowledged either
            return True

    async def _mark(self, due: Due, result: Result) -> None:
        match result:
            case Delivered(ref):
                await self._sent(due, ref)
            case Refused(problem):
                await self._dead(due, problem)
            case Failed(problem, asked):
                wait = delay(due.attempts, age=due.age, share=random.random(), asked=asked)  # noqa: S311  (jitter)
                if wait is None:
                    await self._dead(due, f"given up after a day: {problem}")
                else:
                    await self._outbox.later(due, wait, problem)
                    self._telemetry.attempted(self._channel.kind, Delivery.RETRIED)
                    say = log.warning if due.attempts == 1 else log.debug  # a destination that is away fails often
                    say("notification not delivered; trying again", **self._about(due), problem=problem)

    async def _sent(self, due: Due, ref: Mapping[str, Any] | None) -> None:
        at = await self._outbox.sent(due, ref)
        if at is None:
            return
        if due.is_opening and due.accepted_at is not None:
            self._telemetry.delivered(self._channel.kind, (at - due.accepted_at).total_seconds())
        else:
            self._telemetry.attempted(self._channel.kind, Delivery.SENT)
        log.info("notification delivered", **self._about(due))

    async def _dead(self, due: Due, problem: str) -> None:
        await self._outbox.dead(due, problem)
        self._telemetry.attempted(self._channel.kind, Delivery.DEAD)
        log.error("notification given up", **self._about(due), problem=problem)

    def _about(self, due: Due) -> dict[str, Any]:
        told = {"about": due.thread, "what": due.what, "channel": self._channel.name, "attempts": due.attempts}
        if isinstance(due.facts, BundleFacts):  # of many requests; each case's own lines name its
            return {**told, "cases": [str(each) for each in due.facts.case_ids[:MOST_CASES]]}
        return {**told, **due.origin.said}


def lanes(
    engine: AsyncEngine,
    destinations: Sequence[Channel],
    people: Mapping[str, Person],
    public_url: str,
    bell: Bell,
    telemetry: DeliveryTelemetry,
) -> list[Lane]:
    """One for each destination. ``public_url``: where people reach the desk."""
    outbox, composing = Outbox(engine), partial(compose, public_url=public_url)
    return [Lane(outbox, channel, people, composing, bell, telemetry) for channel in destinations]


async def _ended(task: asyncio.Task[Result], seconds: float) -> bool:
    """Whether it has, within so many seconds. Raises nothing of the task's."""
    return bool((await asyncio.wait({task}, timeout=seconds))[0])


def _now() -> float:
    """Seconds, for how long something took here; when something is due is the database's to say."""
    return asyncio.get_running_loop().time()
