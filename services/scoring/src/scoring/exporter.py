"""Computes the gauges, on one replica at a time, so that a sum over replicas never doubles."""

import asyncio
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.window import Window
from scoring.store import Store
from scoring.telemetry import Labels, MetricGauges, Snapshot

log = structlog.get_logger()

WINDOWS = ("5m", "1h", "24h")
MAX_KEYS = 100


class Exporter:
    def __init__(
        self, engine: AsyncEngine, store: Store, gauges: MetricGauges, *, every: float, dimensions: tuple[str, ...]
    ) -> None:
        self._engine = engine
        self._store = store
        self._gauges = gauges
        self._every = every
        self._dimensions = dimensions

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``: wait for the lock that only one replica holds, then compute again and again."""
        while not stop.is_set():
            try:
                async with self._engine.connect() as connection:
                    await self._lead(await connection.execution_options(isolation_level="AUTOCOMMIT"), stop)
            except (Unavailable, SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("gauges not computed", error=type(error).__name__)
            self._gauges.show(None)
            await self._rest(stop)

    async def _lead(self, connection: AsyncConnection, stop: asyncio.Event) -> None:
        """The lock lives and dies with its connection, so each round asks that connection first."""
        if not await connection.scalar(text("SELECT pg_try_advisory_lock(hashtext('amends scoring gauges'))")):
            return
        try:
            while not stop.is_set():
                await connection.scalar(text("SELECT 1"))
                self._gauges.show(await self.snapshot(datetime.now(UTC)))
                await self._rest(stop)
        finally:
            await connection.invalidate()  # given back to the pool it would keep the lock, and nobody would lead

    async def _rest(self, stop: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(stop.wait(), self._every)
        except TimeoutError:
            return

    async def snapshot(self, now: datetime) -> Snapshot:
        """Every metric, window and exported dimension at ``now``. Raises Unavailable."""
        values: dict[str, dict[Labels, Value]] = {name: {} for name in METRICS}
        left_out = 0
        async with transaction(self._engine) as tx:
            for tenant in await self._store.tenants(tx):
                for window, dimension in itertools.product(WINDOWS, self._dimensions):
                    found = await self._store.sums(tx, tenant, dimension, Window.rolling(window, now))
                    shown = _largest(found)
                    left_out += len(found) - len(shown)
                    for key, sums in shown.items():
                        for name, metric in METRICS.items():
                            values[name][tenant, window, dimension, key] = metric.compute(sums)
        return Snapshot(now, left_out, values)


def _largest(found: Mapping[str, Sums]) -> Mapping[str, Sums]:
    ranked = sorted(found.items(), key=lambda item: -item[1]["contacts"])
    return dict(ranked[:MAX_KEYS])
