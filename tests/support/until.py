"""Waiting for a condition, with a deadline and a message, instead of sleeping for luck."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def until(condition: Callable[[], T | Awaitable[T]], what: str, *, seconds: float = 30.0) -> T:
    """Poll ``condition`` until it is truthy and return that. AssertionError naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if inspect.isawaitable(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}; last seen: {found!r}"
        await asyncio.sleep(0.05)
