"""Looks, a few times a day, for who would gain from coaching: over the last 30 days, by team, agent and reason."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from scoring.core.recognition.coaching import Advice, Where, advise
from scoring.core.window import Window
from scoring.rounds import rounds
from scoring.store import coaching, turn
from scoring.store.coaching import Kept
from scoring.store.panes import Panes

EVERY_SECONDS = 60.0
WINDOW = "30d"
AT_ONCE = 5_000
ADVICE = TypeAdapter(Advice)


class Coach:
    """One replica at a time. It reads every answer of the window, so it does so seldom and advice is kept."""

    def __init__(self, engine: AsyncEngine, panes: Panes, *, every: float, now: Callable[[], datetime]) -> None:
        """``every``: seconds after which advice is computed anew."""
        self._engine = engine
        self._panes = panes
        self._every = timedelta(seconds=every)
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        await rounds(stop, EVERY_SECONDS, lambda: self.once(stop), "no coaching computed")

    async def once(self, stop: asyncio.Event) -> None:
        """For every tenant whose advice is old, unless ``stop`` comes first. Raises Unavailable."""
        async with transaction(self._engine) as lock:
            await lock.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if await turn.mine(lock, "coaching"):
                for tenant in await self._panes.tenants(lock):
                    kept = await coaching.find(lock, tenant)
                    if kept is None or self._now() - kept.computed_at >= self._every:
                        await self._look_at(tenant, stop)

    async def _look_at(self, tenant: str, stop: asyncio.Event) -> None:
        now = self._now()
        window = Window.rolling(WINDOW, now)
        cells: dict[Where, Counter[str]] = {}
        after, found = "", AT_ONCE
        while found == AT_ONCE and not stop.is_set():
            async with transaction(self._engine) as tx:
                rows = await coaching.rows_after(tx, tenant, window, after, AT_ONCE)
            await asyncio.to_thread(coaching.answers, rows, window, cells)
            after, found = (rows[-1][0] if rows else after), len(rows)
        if stop.is_set() or not after:
            return
        advice = await asyncio.to_thread(advise, cells)
        kept = Kept(now, window.start, window.end, ADVICE.dump_json(advice).decode())
        async with transaction(self._engine) as tx:
            await coaching.keep(tx, tenant, kept)
