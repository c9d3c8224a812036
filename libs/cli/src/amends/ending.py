"""How a command that has started things ends early: by an exception, so that all of them are stopped first."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from amends.errors import Interrupted


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise Interrupted out of the block."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(128 + signal.SIGINT) from None


def _terminate(number: int, _: FrameType | None) -> None:
    raise Interrupted(128 + number)
