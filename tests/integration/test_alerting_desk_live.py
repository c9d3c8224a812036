"""Hearing of changes at once: one connection for all who look on, what each of them is told, and when they are not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Claim, Note
from alerting.desk.live import Full, Hub
from alerting.desk.stream import Stream
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_cases import a_case
from support.desk_server import PASSPHRASE, DeskServer, cases_of, desk_server, people
from support.until import until


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[DeskServer]:
    async with desk_server(engine, beat=0.2) as server:
        yield server


@asynccontextmanager
async def running(engine: AsyncEngine, **options: Any) -> AsyncIterator[Hub]:
    hub, stop = Hub(engine, every=0.01, **options), asyncio.Event()
    job = asyncio.create_task(hub.run(stop))
    yield hub
    stop.set()
    await job


async def settled(seat: Any) -> None:
    """Everything it has to be told so far is told."""
    while await seat.next():
        pass


async def test_a_change_rings_for_its_own_case_and_for_those_who_watch_all(engine: AsyncEngine) -> None:
    one, other = await a_case(engine, 1), await a_case(engine, 2)
    async with running(engine, beat=0.7) as hub:
        seats = [hub.join(one), hub.join(other), hub.join()]
        for seat in seats:
            await settled(seat)
        await cases_of(engine, people()).act("default", one, Note(by="Dana", version=1, note="Only a note."))
        assert await asyncio.gather(*(seat.next() for seat in seats)) == [True, False, True]


async def test_many_changes_at_once_are_one_ring(engine: AsyncEngine) -> None:
    async with running(engine, beat=0.7) as hub:
        seat = hub.join()
        await settled(seat)
        for number in range(20):
            await a_case(engine, number)
        rings = 0
        while await seat.next():
            rings += 1
        assert 1 <= rings < 20


async def test_a_new_seat_begins_as_changed_for_the_page_may_be_older_than_it(engine: AsyncEngine) -> None:
    async with running(engine) as hub:
        assert await hub.join().next() is True


async def test_a_lost_connection_is_made_again_and_rings_for_what_was_missed(engine: AsyncEngine) -> None:
    async with running(engine, beat=0.7) as hub:
        seat = hub.join()
        await settled(seat)
        async with transaction(engine) as tx:
            ended = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
            assert list((await tx.execute(text(ended))).scalars()) == [True]
        await until(seat.next, "it rings again", seconds=20)
        await settled(seat)
        await a_case(engine)
        await until(seat.next, "it hears again", seconds=20)


async def test_only_so_many_can_look_on(engine: AsyncEngine) -> None:
    async with running(engine, most_viewers=2) as hub:
        first, _ = hub.join(), hub.join()
        with pytest.raises(Full):
            hub.join()
        first.leave()
        first.leave()
        hub.join()
        assert hub.viewers == 2


async def test_at_the_end_every_seat_is_told_and_nobody_new_comes_in(engine: AsyncEngine) -> None:
    async with running(engine) as hub:
        seat = hub.join()
        await seat.next()
    assert await seat.next() is None
    with pytest.raises(Full):
        hub.join()


class Viewer:
    """The other end of a stream. ``slow``: after that many messages it takes no more."""

    def __init__(self, slow: int | None = None) -> None:
        self.got: list[bytes] = []
        self.slow = slow
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, str]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.slow is not None and len(self.got) >= self.slow:
            await asyncio.Event().wait()
        self.got.append(message.get("body", b""))

    @property
    def said(self) -> str:
        return b"".join(self.got).decode()


def allowed(*answers: bool) -> Callable[[], Awaitable[bool]]:
    left = list(answers)

    async def still() -> bool:
        return left.pop(0) if left else True

    return still


async def test_a_viewer_who_takes_nothing_is_dropped(engine: AsyncEngine) -> None:
    async with running(engine, beat=0.01) as hub:
        viewer = Viewer(slow=3)
        await Stream(hub.join(), "e1", allowed(), patience=0.05)({}, viewer.receive, viewer.send)
        assert hub.viewers == 0


async def test_a_viewer_who_goes_leaves_the_seat_at_once(engine: AsyncEngine) -> None:
    async with running(engine, beat=60) as hub:
        viewer = Viewer()
        stream = asyncio.create_task(Stream(hub.join(), "e1", allowed())({}, viewer.receive, viewer.send))
        await until(lambda: "changed" in viewer.said, "it streams")
        viewer.gone.set()
        await stream
        assert hub.viewers == 0


async def test_whoever_is_signed_out_is_told_so_and_hears_no_more(engine: AsyncEngine) -> None:
    async with running(engine, beat=0.01) as hub:
        viewer = Viewer()
        stream = Stream(hub.join(), "e1", allowed(True, True, False), again=0.0)
        await asyncio.wait_for(stream({}, viewer.receive, viewer.send), 10)
        assert viewer.said.endswith("event: over\ndata: \n\n")
        assert viewer.said.count("event: beat") + viewer.said.count("event: changed") == 2


async def test_over_http_only_for_who_is_signed_in_and_never_kept(desk: DeskServer, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    async with httpx.AsyncClient(base_url=desk.url, headers={"origin": desk.url}) as http:
        for path in ("/desk/live", f"/desk/cases/{case_id}/live"):
            assert (await http.get(path)).headers["location"].startswith("/desk/sign-in")
        page = await http.get("/desk/sign-in")
        csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": csrf, "name": "Dana", "passphrase": PASSPHRASE, "to": "/desk/"}
        assert (await http.post("/desk/sign-in", data=form)).status_code == 303
        async with http.stream("GET", f"/desk/cases/{case_id}/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["cache-control"] == "no-store"
            assert "default-src 'none'" in stream.headers["content-security-policy"]
            lines = stream.aiter_lines()
            await _next(lines, "event: beat")
            await desk.cases.act("default", case_id, Claim(by="Dana", version=1))
            await _next(lines, "event: changed")


async def _next(lines: AsyncIterator[str], wanted: str) -> None:
    async with asyncio.timeout(20):
        async for line in lines:
            if line == wanted:
                return
    raise AssertionError(f"the stream ended without {wanted}")
