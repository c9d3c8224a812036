"""Many who want the same thing done at once: who comes while it is done for others waits, and they go together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Together(Generic[A, B]):
    """``work`` gets what has come so far, and returns as many results in that order; it runs once at a time."""

    def __init__(self, work: Callable[[Sequence[A]], Awaitable[Sequence[B]]]) -> None:
        self._work = work
        self._free = asyncio.Lock()
        self._coming: list[A] = []
        self._task: asyncio.Task[Sequence[B]] | None = None

    async def __call__(self, item: A) -> B:
        """Raises what ``work`` raises, for everybody who went together."""
        place = len(self._coming)
        self._coming.append(item)
        if self._task is None:
            self._task = asyncio.create_task(self._go())
        return (await asyncio.shield(self._task))[place]

    async def _go(self) -> Sequence[B]:
        async with self._free:
            items, self._coming, self._task = self._coming, [], None
            return await self._work(items)
