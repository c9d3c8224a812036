"""The boards of a running service: from an event posted to ingest to a stream, and how streams end."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx
import pytest

from support.happened import stamp
from support.services import House, house
from support.until import until

PASSPHRASE = "open sesame"
WITHIN_SECONDS = 2.0

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        await asyncio.gather(found.add("ingest"), found.add("scoring", SCORING_BOARD_PASSPHRASE=PASSPHRASE))
        yield found


@asynccontextmanager
async def signed_in(rooms: House) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=rooms["scoring"].url, timeout=30, limits=limits) as client:
        fields = {"passphrase": PASSPHRASE}
        answer = await client.post("/wallboard/sign-in", data=fields, headers={"origin": rooms["scoring"].url})
        assert answer.status_code == 303, answer.text
        yield client


class Screen:
    """Reads a stream as a browser does, and remembers what it shows and when it came."""

    def __init__(self, response: httpx.Response) -> None:
        self.shown = ""
        self.came_at = 0.0
        self.events: list[str] = []
        self.reading = asyncio.create_task(self._read(response))

    async def _read(self, response: httpx.Response) -> None:
        lines: list[str] = []
        async for line in response.aiter_lines():
            if line:
                lines.append(line)
                continue
            kind = next((each.removeprefix("event: ") for each in lines if each.startswith("event: ")), "")
            self.events.append(kind)
            if kind == "board":
                self.shown = " ".join(re.sub(r"<[^>]+>|\bdata: ", " ", " ".join(lines[1:])).split())
                self.came_at = time.monotonic()
            lines = []


@asynccontextmanager
async def watching(client: httpx.AsyncClient, path: str) -> AsyncIterator[Screen]:
    async with client.stream("GET", path) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        screen = Screen(response)
        try:
            yield screen
        finally:
            screen.reading.cancel()
            await asyncio.gather(screen.reading, return_exceptions=True)


async def an_answer(rooms: House, number: int) -> None:
    body = {
        "response_id": f"r-{number}",
        "instrument": "csat",
        "scale": "1-5",
        "value": 5,
        "team": "billing",
        "submitted_at": stamp(datetime.now(UTC)),
    }
    answer = await rooms.post("/v1/survey-responses", body)
    assert answer.status_code == 202, answer.text


async def test_an_answer_posted_to_ingest_is_on_every_screen_within_two_seconds(rooms: House) -> None:
    async with signed_in(rooms) as client, AsyncExitStack() as stack:
        screens = [await stack.enter_async_context(watching(client, "/wallboard/live?window=1h")) for _ in range(5)]
        await until(lambda: all("Approval rate No data" in screen.shown for screen in screens), "the first rendering")
        for number in range(1, 6):
            await an_answer(rooms, number)
        delays = []
        for number in range(6, 13):
            posted = time.monotonic()
            await an_answer(rooms, number)
            await until(
                lambda number=number: all(f"n = {number} " in screen.shown for screen in screens),
                f"answer {number} is shown",
            )
            delays.append(max(screen.came_at for screen in screens) - posted)
        assert median(delays) < WITHIN_SECONDS, delays


async def test_a_stop_ends_open_streams_and_the_process_leaves_at_once(rooms: House) -> None:
    scoring = rooms["scoring"]
    async with signed_in(rooms) as client, AsyncExitStack() as stack:
        paths = ["/wallboard/live", "/wallboard/live?window=1h", "/recognition/live"] * 5
        screens = [await stack.enter_async_context(watching(client, path)) for path in paths]
        await until(lambda: all(screen.shown for screen in screens), "every screen shows something")
        asked = time.monotonic()
        scoring.signal(signal.SIGTERM)
        assert scoring.process is not None
        assert await asyncio.to_thread(scoring.process.wait, 30) == 0
        assert time.monotonic() - asked < 10
        for screen in screens:
            await asyncio.wait_for(screen.reading, 5)  # ended as a response does, not torn off
    assert '"level": "error"' not in scoring.log.read_text()


async def test_a_screen_that_comes_back_sees_the_newest_at_once(rooms: House) -> None:
    async with signed_in(rooms) as client:
        async with watching(client, "/wallboard/live?window=1h") as screen:
            await until(lambda: "No data" in screen.shown, "the first rendering")
        for number in range(5):
            await an_answer(rooms, number)
        await rooms.caught_up("scoring")
        async with watching(client, "/wallboard/live?window=1h") as screen:
            await until(lambda: screen.shown, "a rendering")
            assert "n = 5 " in screen.shown
