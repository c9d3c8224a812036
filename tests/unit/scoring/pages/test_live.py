"""One reader for each board, however many look on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from events.runtime.errors import Unavailable
from scoring.pages.live import Full, Hub, Seat
from scoring.pages.stream import Stream
from support.until import until


class World:
    """Something that is counted, and how often it was rendered."""

    def __init__(self) -> None:
        self.counted = 0
        self.looked = 0
        self.rendered = 0
        self.away = False

    async def look(self) -> object:
        self.looked += 1
        if self.away:
            raise Unavailable("the database is away")
        return self.counted

    async def render(self) -> str:
        self.rendered += 1
        return f"counted {self.counted}"


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    job = asyncio.create_task(hub.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(job, 10)


async def html(seat: Seat) -> str:
    """The next rendering, whatever signs of life come first."""
    async with asyncio.timeout(10):
        while True:
            frame = await seat.next()
            assert frame is not None
            if frame.html is not None:
                return frame.html


async def test_a_change_reaches_every_viewer_by_one_rendering() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        seats = [hub.join("board", world.render) for _ in range(200)]
        assert {await html(seat) for seat in seats} == {"counted 0"}
        world.counted = 7
        assert {await html(seat) for seat in seats} == {"counted 7"}
        assert world.rendered == 2


async def test_while_nothing_changes_nothing_is_rendered() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        seat = hub.join("board", world.render, beat=0.01)
        await html(seat)
        seen = world.looked
        await until(lambda: world.looked > seen + 20, "looked often")
        assert world.rendered == 1
        frame = await seat.next()
        assert frame is not None
        assert frame.html is None


async def test_while_nobody_looks_nothing_is_asked() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        seat = hub.join("board", world.render)
        await html(seat)
        seat.leave()
        await asyncio.sleep(0.05)
        seen = world.looked
        await asyncio.sleep(0.1)
        assert world.looked == seen
        assert hub.viewers == 0


async def test_who_is_slow_skips_what_is_past() -> None:
    world = World()
    hub = Hub(world.look, every=0.005)
    async with running(hub):
        slow = hub.join("board", world.render)
        for number in range(20):
            world.counted = number
            await until(lambda number=number: world.rendered > number, "rendered")
        assert await html(slow) == "counted 19"


async def test_a_second_viewer_sees_the_newest_at_once() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        await html(hub.join("board", world.render))
        late = await asyncio.wait_for(hub.join("board", world.render).next(), 0.5)
        assert late is not None
        assert late.html == "counted 0"
        assert world.rendered == 1


async def test_boards_and_viewers_are_bounded_and_a_seat_left_is_free_again() -> None:
    world = World()
    hub = Hub(world.look, most_boards=2, most_viewers=3)
    seats = [hub.join("a", world.render), hub.join("b", world.render), hub.join("a", world.render)]
    with pytest.raises(Full):
        hub.join("a", world.render)
    seats[0].leave()
    seats[0].leave()
    with pytest.raises(Full):
        hub.join("c", world.render)
    assert hub.viewers == 2
    seats[1].leave()
    hub.join("c", world.render)


async def test_a_stop_ends_every_stream_and_takes_no_more() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub) as stop:
        seats = [hub.join("board", world.render) for _ in range(5)]
        for seat in seats:
            await html(seat)
        waiting = [asyncio.create_task(seat.next()) for seat in seats]
        stop.set()
        assert await asyncio.wait_for(asyncio.gather(*waiting), 2) == [None] * 5
        with pytest.raises(Full):
            hub.join("board", world.render)


async def test_while_the_database_is_away_what_is_shown_grows_old_and_then_goes_on() -> None:
    world = World()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        seat = hub.join("board", world.render, beat=0.02)
        await html(seat)
        world.away, world.counted = True, 5
        ages = [frame.age for _ in range(3) if (frame := await seat.next()) is not None and frame.html is None]
        assert ages == sorted(ages)
        assert ages[-1] > 0.04
        world.away = False
        assert await html(seat) == "counted 5"


class Wire:
    """What a browser gets; ``blocked`` stops it from taking more."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        await self.free.wait()
        self.sent.append(message)

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()


async def test_a_stream_carries_renderings_and_ends_when_the_hub_stops() -> None:
    world, wire = World(), Wire()
    hub = Hub(world.look, every=0.01)
    async with running(hub) as stop:
        task = asyncio.create_task(
            Stream(hub.join("board", world.render, beat=0.05), "e1")({}, wire.receive, wire.send)
        )
        await until(lambda: '"edition": "e1"' in wire.text, "a sign of life")
        stop.set()
        await asyncio.wait_for(task, 2)
    assert dict(wire.sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert "event: board\ndata: counted 0\n\n" in wire.text
    assert wire.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_who_vanishes_leaves_the_seat_at_once() -> None:
    world, wire = World(), Wire()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        task = asyncio.create_task(Stream(hub.join("board", world.render), "e1")({}, wire.receive, wire.send))
        await until(lambda: "counted 0" in wire.text, "the first rendering")
        wire.gone.set()
        await asyncio.wait_for(task, 2)
        assert hub.viewers == 0


async def test_who_takes_nothing_is_dropped() -> None:
    world, wire = World(), Wire()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        stream = Stream(hub.join("board", world.render), "e1", patience=0.1)
        task = asyncio.create_task(stream({}, wire.receive, wire.send))
        await until(lambda: "counted 0" in wire.text, "the first rendering")
        wire.free.clear()
        world.counted = 1
        await asyncio.wait_for(task, 5)
        assert hub.viewers == 0


async def test_a_stream_ends_after_its_longest_time() -> None:
    world, wire = World(), Wire()
    hub = Hub(world.look, every=0.01)
    async with running(hub):
        stream = Stream(hub.join("board", world.render, beat=0.05), "e1", longest=0.2)
        await asyncio.wait_for(stream({}, wire.receive, wire.send), 5)
        assert wire.sent[-1]["more_body"] is False
        assert hub.viewers == 0
