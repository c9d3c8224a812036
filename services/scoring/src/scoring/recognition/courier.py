"""Delivers messages: leases one, sends it outside any transaction, says what became of it.

At least once: a kill between the send and the mark repeats the send, once the lease has ended.
"""

import asyncio
import random

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from scoring.core.recognition.plan import Plan
from scoring.core.recognition.retry import delay
from scoring.recognition.messenger import AT_ONCE, AppriseMessenger, for_agent
from scoring.recognition.plans import Plans
from scoring.recognition.telemetry import Attempt, MessageTelemetry
from scoring.rounds import rounds
from scoring.store import messages
from scoring.store.messages import Leased

log = structlog.get_logger()

EVERY_SECONDS = 2.0
LEASE_SECONDS = 60.0


class Courier:
    """Sends what is queued, a few at once. Any number of replicas may do it."""

    def __init__(
        self, engine: AsyncEngine, plans: Plans, messenger: AppriseMessenger, telemetry: MessageTelemetry
    ) -> None:
        """``messenger`` is closed with the job."""
        self._engine = engine
        self._plans = plans
        self._messenger = messenger
        self._telemetry = telemetry

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; what is under way is finished, which every send bounds in time."""
        try:
            await rounds(stop, EVERY_SECONDS, lambda: self.once(stop), "no messages sent")
        finally:
            await self._messenger.close()

    async def once(self, stop: asyncio.Event) -> None:
        """Everything that is due. Raises Unavailable."""
        found = AT_ONCE
        while found == AT_ONCE and not stop.is_set():
            async with transaction(self._engine) as tx:
                due = await messages.claim(tx, AT_ONCE, LEASE_SECONDS)
            await asyncio.gather(*(self._deliver(message) for message in due))
            found = len(due)

    async def _deliver(self, message: Leased) -> None:
        url = _url(self._plans.get(message.tenant), message)
        try:
            if url is None:
                await self._park(message, "nobody is configured for it any more")
            elif (problem := await self._messenger.send(url, message.title, message.body)) is None:
                async with transaction(self._engine) as tx:
                    await messages.settle(tx, message, "sent")
                self._telemetry.attempted(message.kind, Attempt.SENT)
                log.info("message delivered", **_about(message))
            else:
                await self._failed(message, problem)
        except Unavailable as error:
            log.warning("a delivery could not be recorded and may be repeated", message=message.id, error=str(error))

    async def _failed(self, message: Leased, problem: str) -> None:
        wait = delay(message.attempts, age=message.age, share=random.random())  # noqa: S311  (jitter)
        if wait is None:
            await self._park(message, f"given up after a day: {problem}")
            return
        async with transaction(self._engine) as tx:
            await messages.later(tx, message, wait, problem)
        self._telemetry.attempted(message.kind, Attempt.RETRIED)
        say = log.warning if message.attempts == 1 else log.debug  # a service that is away fails often
        say("message not delivered; trying again", **_about(message), problem=problem)

    async def _park(self, message: Leased, problem: str) -> None:
        async with transaction(self._engine) as tx:
            await messages.settle(tx, message, "parked", problem)
        self._telemetry.attempted(message.kind, Attempt.PARKED)
        log.error("message given up", **_about(message), problem=problem)


def _url(plan: Plan | None, message: Leased) -> str | None:
    """Where it goes by the plan as it is now."""
    if plan is None:
        return None
    if message.route == "destination":
        found = plan.destinations.get(message.name)
    elif message.route == "agent":
        found = plan.praise.url_of(message.name, message.team)
    else:
        found = plan.praise.manager_of(message.team)
    return for_agent(found.get_secret_value(), message.name) if found is not None else None


def _about(message: Leased) -> dict[str, object]:
    """Nothing of what it says or to whom it goes."""
    return {"message": message.id, "kind": message.kind, "route": message.route, "attempts": message.attempts}
