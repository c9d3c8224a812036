"""Who wants the same thing done at once goes together."""

import asyncio
from collections.abc import Sequence

import pytest

from profile_sync.batching import Together


class Doubling:
    """Keeps what it was given at once; it ends when it may."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may = asyncio.Event()
        self.together = Together(self)

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.may.wait()
        if 13 in items:
            raise ValueError(13)
        return [2 * item for item in items]


async def asked(doubling: Doubling, *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(doubling.together(item)) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_whoever_comes_while_it_is_done_for_others_waits_and_goes_with_the_next() -> None:
    doubling = Doubling()
    first = await asked(doubling, 1, 2)
    later = await asked(doubling, 3) + await asked(doubling, 4, 5)
    assert doubling.batches == [[1, 2]]
    doubling.may.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 6, 8, 10]
    assert doubling.batches == [[1, 2], [3, 4, 5]]


async def test_what_goes_wrong_is_told_to_all_who_went_together_and_to_nobody_else() -> None:
    doubling = Doubling()
    first, later = await asked(doubling, 1, 13), await asked(doubling, 2)
    doubling.may.set()
    for task in first:
        with pytest.raises(ValueError, match="13"):
            await task
    assert await later[0] == 4


async def test_one_who_gives_up_takes_nobody_with_them() -> None:
    doubling = Doubling()
    one, other = await asked(doubling, 1, 2)
    one.cancel()
    doubling.may.set()
    assert await other == 4
