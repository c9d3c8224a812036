"""Delivers notifications: lease a row, send outside any transaction, say what became of it.

A kill between the send and the mark repeats the send, with the same key, once the lease has ended. Each destination has
a lane of its own, so a slow one holds up nobody else.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import structlog

from alerting.channels.port import Channel, Delivered, Failed, Refused, Result
from alerting.core.message import Facts, Notice
from alerting.core.retry import delay
from alerting.store.outbox import Due, Outbox
from alerting.store.wake import Bell
from alerting.telemetry import Delivery, DeliveryTelemetry
from events.runtime.errors import Unavailable

log = structlog.get_logger()

POLL_SECONDS = 1.0
"""How often a lane looks by itself: for retries that fall due, and should the bell be silent."""

Compose = Callable[[Facts], Notice]


class Lane:
    """The deliveries of one destination, a bounded number at once."""

    def __init__(
        self, outbox: Outbox, channel: Channel, compose: Compose, bell: Bell, telemetry: DeliveryTelemetry
    ) -> None:
        self._outbox = outbox
        self._channel = channel
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
        try:
            due = await self._outbox.claim(self._channel.name, free)
        except Unavailable as error:
            log.warning("waiting for a dependency", error=str(error))
            return
        for one in due:
            task = asyncio.create_task(self._deliver(one))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _pause(self, stopping: asyncio.Task[bool]) -> None:
        """Until the bell rings, a send ends, a second has passed or we are to stop."""
        rung = asyncio.create_task(self._rung.wait())
        ends: set[asyncio.Task[Any]] = {rung, stopping, *self._running}
        await asyncio.wait(ends, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        rung.cancel()

    async def _deliver(self, due: Due) -> None:
        try:
            result = await self._channel.send(self._compose(due.facts), due.dedup_key)
        except Exception:
            log.exception("a notification failed by a fault of ours", notification=due.id)
            result = Failed("failed by a fault in Amends; see its log")
        try:
            await self._mark(due, result)
        except Unavailable as error:
            log.warning("a delivery could not be recorded and may be repeated", notification=due.id, error=str(error))

    async def _mark(self, due: Due, result: Result) -> None:
        match result:
            case Delivered():
                await self._sent(due)
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

    async def _sent(self, due: Due) -> None:
        at = await self._outbox.sent(due)
        if at is not None:
            self._telemetry.delivered(self._channel.kind, (at - due.accepted_at).total_seconds())
            log.info("notification delivered", **self._about(due))

    async def _dead(self, due: Due, problem: str) -> None:
        await self._outbox.dead(due, problem)
        self._telemetry.attempted(self._channel.kind, Delivery.DEAD)
        log.error("notification given up", **self._about(due), problem=problem)

    def _about(self, due: Due) -> dict[str, str | int]:
        return {"case": str(due.facts.case_id), "channel": self._channel.name, "attempts": due.attempts}
