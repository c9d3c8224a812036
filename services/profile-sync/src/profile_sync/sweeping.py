"""Walking over all customers: the job that puts the next few of every sweep into the outbox, and starts those due."""

import asyncio
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from profile_sync.store import sweep_steps, sweeps

log = structlog.get_logger()

STEP_SECONDS = 0.25
IDLE_SECONDS = 2.0
DUE_EVERY_SECONDS = 60.0


class Sweeper:
    """Several may run: each step is taken by one of them. A kill loses nothing, since a step is one transaction."""

    def __init__(self, engine: AsyncEngine, *, reconcile_hours: float) -> None:
        """``reconcile_hours``: how often every tenant is reconciled by itself; 0: never."""
        self._engine = engine
        self._hours = reconcile_hours

    async def run(self, stop: asyncio.Event) -> None:
        looked = -DUE_EVERY_SECONDS
        while not stop.is_set():
            wait = IDLE_SECONDS
            try:
                if self._hours and monotonic() - looked >= DUE_EVERY_SECONDS:
                    looked = monotonic()
                    await self.start_due()
                if await self.step():
                    wait = STEP_SECONDS
            except Unavailable as error:
                log.warning("sweeps wait", error=str(error))
            await pause(stop, wait)

    async def start_due(self) -> None:
        """Begin what is to be reconciled by the clock. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            begun = await sweeps.start_due(tx, self._hours)
        for sweep in begun:
            log.info("reconciling", tenant=sweep.tenant, rate_per_second=round(sweep.rate_per_second, 2))

    async def step(self) -> int:
        """One step of every sweep under way. Returns how many there are. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            found = await sweeps.running(tx)
        for tenant, id_ in found:
            async with transaction(self._engine) as tx:
                await sweep_steps.step(tx, tenant, id_)
        return len(found)
