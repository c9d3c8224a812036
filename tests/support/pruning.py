"""A round of scoring's retention."""

import asyncio
from datetime import timedelta

from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.retention import Pruner
from scoring.core.retention import Retention
from scoring.store import retention


async def pruned(
    engine: AsyncEngine, *, remarks: timedelta = timedelta(days=90), agents: timedelta | None = None
) -> None:
    """What is too old by the database's clock is gone."""
    rules = retention.rules(Retention(), remarks, agents)
    await Pruner(engine, rules, CollectorRegistry()).look(asyncio.Event())
