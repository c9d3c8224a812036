"""Sending dead letters again, at a rate, and marking them so that none is sent twice by mistake."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from amends.letters.letter import Letter, mark
from events.runtime.stream import Publisher

MARK_EVERY = 100


async def resend(
    publisher: Publisher,
    letters: Sequence[Letter],
    *,
    origin: str,
    dead: str,
    rate: float,
    moved: Callable[[int], None],
) -> None:
    """Publish ``letters`` to the topic ``origin``, oldest first, ``rate`` a second.

    A crash between publishing and marking sends up to 100 of them once more next time; the same ids, so no harm.

    Raises:
        Unavailable: Kafka did not take one; all before it are marked.
    """
    began = time.monotonic()
    sent: list[int] = []
    try:
        for number, letter in enumerate(letters):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            await publisher.publish([letter.again(origin)])
            sent.append(letter.offset)
            moved(number + 1)
            if len(sent) == MARK_EVERY:
                await publisher.publish([mark(dead, sent, datetime.now(UTC))])
                sent.clear()
    finally:
        if sent:
            await publisher.publish([mark(dead, sent, datetime.now(UTC))])
