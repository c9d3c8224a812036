"""Where notifications arrive."""

from collections.abc import AsyncIterator

import pytest

from support.receiver import Receiver, receiver


@pytest.fixture
async def sink() -> AsyncIterator[Receiver]:
    async with receiver() as found:
        yield found
