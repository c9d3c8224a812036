"""Looking at passwords beside the event loop: a few at a time, for each takes half a second and 64 MiB."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alerting.core import passwords

AT_ONCE = 2
MOST_WAITING = 16


class Busy(Exception):
    """So many are signing in that one more would wait for long. Nothing was tried."""


class Hasher:
    """Raises Busy."""

    def __init__(self, cost: passwords.Cost = passwords.COST) -> None:
        self._cost = cost
        self._nobodys = passwords.nobodys(cost)
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def fits(self, password: str, kept: str | None) -> bool:
        """The same work whether there is anything kept or not."""
        async with self._turn():
            right = await asyncio.to_thread(passwords.fits, password, kept or self._nobodys)
        return right and kept is not None

    async def hashed(self, password: str) -> str:
        async with self._turn():
            return await asyncio.to_thread(
                passwords.hashed, password, secrets.token_bytes(passwords.SALT_BYTES), self._cost
            )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._free:
                yield
        finally:
            self._waiting -= 1
