"""Partitions raised as docs/scaling.md says: drained, stopped, raised from 6 to 12, started.

Real processes on one Kafka and one PostgreSQL. Half of the keys live elsewhere afterwards, and what comes then is about
what came before: later revisions, answers, older wishes, much of it told twice. Every number, case, notification and
preference is as if nothing had moved.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from amends.main import run
from events import codec
from events.envelope import Event
from events.runtime.database import create_engine
from events.runtime.kafka.partitioning import partition_of
from events.topics import TOPICS, read_by
from scoring.app import SCHEMA
from scoring.core.attribution import DIMENSIONS
from support import broker
from support.happened import stamp
from support.metrics import recomputed, stored
from support.receiver import SECRET, Receiver
from support.services import BY_NAME, House, house
from support.until import until

TOKEN = "the token of the crm"
READERS = ("scoring", "alerting", "profile-sync")
SERVICES = ("ingest", *READERS)
CUSTOMERS = 24
BAD, WORSE = range(4), range(4, 8)
"""Who rates badly before, and who by a correction after."""

pytestmark = pytest.mark.timeout(300)

Told = tuple[str, dict[str, Any]]
"""Path and body of a report."""


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str, sink: Receiver) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        crm = await found.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        profiles = {"PROFILE_SYNC_CRM_URL": f"{crm.url}/profiles/{{customer_id}}", "PROFILE_SYNC_CRM_TOKEN": TOKEN}
        await asyncio.gather(
            found.add("ingest"),
            found.add("scoring"),
            found.add("alerting", ALERTING_WEBHOOK_URL=sink.url, ALERTING_WEBHOOK_SECRET=SECRET),
            found.add("profile-sync", **profiles),
        )
        yield found


class Story:
    """What each customer did, and what was told of it when."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def contact(self, name: str, revision: int, **said: Any) -> Told:
        began = self.now - timedelta(minutes=10)
        times = {"offered_at": began, "answered_at": began + timedelta(seconds=20), "ended_at": self.now}
        body = {"interaction_id": f"i-{name}", "customer_id": f"c-{name}", "channel": "phone", "revision": revision}
        return "/v1/interactions", {**body, **{each: stamp(at) for each, at in times.items()}, **said}

    def answer(self, name: str, value: int, revision: int, *, of: str = "r", wish: str = "", age: int = 5) -> Told:
        at = stamp(self.now - timedelta(minutes=age))
        wishes = {"preferences": [{"kind": "contact_channel", "value": wish}]} if wish else {}
        body = {
            "response_id": f"{of}-{name}",
            "interaction_id": f"i-{name}",
            "customer_id": f"c-{name}",
            "value": value,
        }
        said = {"instrument": "csat", "scale": "1-5", "submitted_at": at, "revision": revision}
        return "/v1/survey-responses", {**body, **said, **wishes}

    def before(self) -> list[Told]:
        told = []
        for n in range(CUSTOMERS):
            told.append(self.contact(f"{n}", 1, team="x", agent=f"a-{n % 3}", talk_seconds=60 + n))
            if n % 2 == 0 or n < CUSTOMERS // 2:  # the others answer later
                told.append(self.answer(f"{n}", 1 if n in BAD else 5, 1, wish="sms"))
        return told

    def after(self) -> list[Told]:
        told = []
        for n in range(CUSTOMERS):
            told.append(self.contact(f"{n}", 2, team="y", agent=f"a-{n % 5}", talk_seconds=90 + n, resolved=True))
            told.append(self.answer(f"{n}", 1 if n in WORSE else 4, 2))
            told.append(self.answer(f"{n}", 3, 1, of="later", wish="email", age=1))
            told.append(self.answer(f"{n}", 3, 1, of="older", wish="phone", age=9))
            told += [self.contact(f"new-{n}", 1, team="y"), self.answer(f"new-{n}", 5, 1, wish="email")]
        return told


async def tell(rooms: House, told: list[Told]) -> None:
    async with httpx.AsyncClient(base_url=rooms["ingest"].url, headers=rooms.headers, timeout=30) as client:
        for path, body in told:
            said = await client.post(path, json=body)
            assert said.status_code == 202, said.text


async def raising(bootstrap: str, *arguments: str) -> int:
    return await asyncio.to_thread(run, ["topics", "--kafka", bootstrap, "--partitions", "12", "--raise", *arguments])


async def test_raised_as_the_page_says_nothing_is_lost_and_nothing_counts_twice(
    rooms: House, sink: Receiver, topics: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def drained() -> bool:
        assert await raising(topics, "--dry-run") == 1, "readers are still there"
        return "are unread" not in capsys.readouterr().err

    async def raised() -> bool:
        await until(drained, "nothing is unread")
        await asyncio.gather(*(rooms[name].stop() for name in READERS))
        if await raising(topics) == 0:
            return True
        await asyncio.gather(*(rooms[name].start() for name in READERS))  # one told another something as it stopped
        return False

    story = Story()
    await tell(rooms, story.before())
    for name in READERS:
        await rooms.caught_up(name)
    (case, *_) = (await rooms.get("alerting", "/v1/cases"))["cases"]
    await claim(rooms, case)
    await rooms["ingest"].stop()
    await until(raised, "twelve of each", seconds=90)
    await asyncio.gather(*(rooms[name].start() for name in SERVICES), rooms.add("scoring", as_="second scoring"))
    for name in READERS:
        await until(lambda name=name: shared(rooms, name), f"{name} reads twelve of each", seconds=30)  # type: ignore[misc]
    await tell(rooms, story.after())
    await tell(rooms, story.before() + story.after()[::5])  # not all, which would mend what was lost
    for name in READERS:
        await rooms.caught_up(name)
    await everything_happened_once(rooms, sink, case["id"])
    await rooms.caught_up("scoring")  # what alerting has said of cases meanwhile
    await numbers_are_exact(topics, database_url)
    await keys_have_moved(topics)
    letters = [topic.dead_letters(reader).name for topic in TOPICS for reader in topic.readers]
    assert [name for name in letters if await broker.read_all(topics, name)] == []


async def claim(rooms: House, case: dict[str, Any]) -> None:
    url = f"{rooms['alerting'].url}/v1/cases/{case['id']}/claim"
    async with httpx.AsyncClient(headers=rooms.headers) as client:
        done = await client.post(url, json={"by": "Dana", "version": case["version"]})
    assert done.status_code == 200, done.text


async def shared(rooms: House, name: str) -> bool:
    """Whether its processes, of which each has some, hold all twelve partitions of each topic it reads."""
    members = [member for member in rooms.members if rooms[member].service is BY_NAME[name]]
    held = [await rooms.counted(member, "amends_consumer_partitions") for member in members]
    return all(held) and sum(held) == 12 * len(read_by(name))


async def everything_happened_once(rooms: House, sink: Receiver, claimed: str) -> None:
    (volume,) = (await rooms.get("scoring", "/v1/metrics", metric="contact_volume", window="24h"))["values"]
    assert volume["n"] == 2 * CUSTOMERS
    cases = (await rooms.get("alerting", "/v1/cases", limit="200"))["cases"]
    assert Counter(case["interaction_id"] for case in cases) == Counter(f"i-{n}" for n in (*BAD, *WORSE))
    wanted = Counter({("case.opened", case["id"]): 1 for case in cases}) + Counter({("case.claimed", claimed): 1})
    await until(lambda: len(sink.got) >= wanted.total(), "everybody is told", seconds=60)
    told = [sink.verified(number) for number in range(len(sink.got))]
    assert Counter((each["type"], each["data"]["case_id"]) for each in told) == wanted
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        async def kept(name: str) -> bool:
            found = await client.get(f"{rooms['demo-crm'].url}/profiles/c-{name}")
            return found.status_code == 200 and '"email"' in found.text and '"phone"' not in found.text

        for name in (f"{prefix}{n}" for n in range(CUSTOMERS) for prefix in ("", "new-")):
            await until(lambda name=name: kept(name), f"the newest wish of {name} is in the CRM")  # type: ignore[misc]


async def numbers_are_exact(bootstrap: str, database_url: str) -> None:
    """As the reference model has them of all that is in the topics."""
    records = [record for topic in read_by("scoring") for record in await broker.read_all(bootstrap, topic.name)]
    records.sort(key=lambda record: record.timestamp)
    events: list[Event[Any]] = [codec.decode(tuple(record.headers), record.value) for record in records]
    engine = create_engine(database_url, SCHEMA)
    try:
        for dimension in DIMENSIONS:
            assert await stored(engine, dimension) == recomputed(events, dimension), dimension
    finally:
        await engine.dispose()


async def keys_have_moved(bootstrap: str) -> None:
    places = defaultdict(list)
    for record in await broker.read_all(bootstrap, "interactions"):
        places[record.key].append(record.partition)
    both = {key: set(found) for key, found in places.items() if len(set(found)) > 1}
    assert both == {key: {partition_of(key, 6), partition_of(key, 12)} for key in both}
    assert len(both) > CUSTOMERS / 6, "about half of them"
