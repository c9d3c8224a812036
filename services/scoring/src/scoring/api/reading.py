"""What every route reads with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.api_keys import ApiKey
from events.runtime.database import transaction
from scoring.core.retention import Retention
from scoring.store.panes import Panes

Caller = Callable[..., Awaitable[ApiKey]]
"""A dependency that yields the key of who asks."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The database, the clock, and what is kept how long."""

    engine: AsyncEngine
    panes: Panes
    retention: Retention
    now: Callable[[], datetime]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Raises Unavailable."""
        async with transaction(self.engine) as tx:
            yield tx
