"""An upgrade as it is rolled out: migrate first, then old and new replicas side by side, back again, and on.

Real processes of both versions on one Kafka and one PostgreSQL. Everything that was accepted counts once, everybody is
told once, every wish is in the CRM, whichever version took it, read it or sent it.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.topics import TOPICS
from support import broker
from support.happened import stamp
from support.previous import unpack
from support.receiver import SECRET, Receiver
from support.services import House, Running, house
from support.until import until

TOKEN = "the token of the crm"
CONSUMERS = ("scoring", "alerting", "profile-sync")
CUSTOMERS, TERRIBLE = 12, 3
"""A round: so many customers rate, the first so many of them badly; each says which channel is theirs."""

pytestmark = pytest.mark.timeout(300)


@dataclass
class Traffic:
    """What was posted and accepted."""

    rooms: House
    rounds: list[str] = field(default_factory=list)

    async def round(self, name: str, *doors: str) -> None:
        """One round, its requests spread over the named replicas of ingest."""
        self.rounds.append(name)
        now = datetime.now(UTC)
        async with httpx.AsyncClient(headers=self.rooms.headers, timeout=30) as client:
            for number in range(CUSTOMERS):
                url = self.rooms[doors[number % len(doors)]].url
                for path, body in (
                    ("/v1/interactions", _contact(f"{name}-{number}", now)),
                    ("/v1/survey-responses", _answer(f"{name}-{number}", 1 if number < TERRIBLE else 5, now)),
                ):
                    said = await client.post(url + path, json=body)
                    assert said.status_code == 202, said.text

    def ids(self, count: int) -> list[str]:
        return [f"{name}-{number}" for name in self.rounds for number in range(count)]


def _contact(name: str, now: datetime) -> dict[str, Any]:
    times = {"offered_at": stamp(now - timedelta(minutes=5)), "ended_at": stamp(now - timedelta(minutes=2))}
    return {"interaction_id": name, "channel": "phone", "team": "billing", "customer_id": f"cus-{name}", **times}


def _answer(name: str, value: int, now: datetime) -> dict[str, Any]:
    said = {"response_id": f"r-{name}", "interaction_id": name, "customer_id": f"cus-{name}", "value": value}
    wish = {"preferences": [{"kind": "contact_channel", "value": "email"}]}
    return {**said, **wish, "instrument": "csat", "scale": "1-5", "submitted_at": stamp(now)}


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        found.environ |= {"KAFKA_SESSION_SECONDS": "6"}
        await found.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        yield found


async def test_both_versions_work_side_by_side_and_back_again(
    rooms: House, sink: Receiver, tmp_path: Path, topics: str
) -> None:
    own = {
        "ingest": {},
        "scoring": {},
        "alerting": {"ALERTING_WEBHOOK_URL": sink.url, "ALERTING_WEBHOOK_SECRET": SECRET},
        "profile-sync": {
            "PROFILE_SYNC_CRM_URL": f"{rooms['demo-crm'].url}/profiles/{{customer_id}}",
            "PROFILE_SYNC_CRM_TOKEN": TOKEN,
        },
    }
    before = {"PYTHONPATH": unpack(tmp_path / "before")}
    await _is_the_version_before(before, tmp_path / "before")
    traffic = Traffic(rooms)
    for name, environ in own.items():
        await rooms.add(name, **environ, **before)
    await traffic.round("old", "ingest")
    await _caught_up(rooms)

    # The new version migrates while the old one works; then the old one must be able to start again.
    for name, environ in own.items():
        posting = asyncio.create_task(traffic.round(f"while-{name}-migrates", "ingest"))
        await rooms.add(name, as_=f"new {name}", **environ)
        await posting
    for name in own:
        await rooms[name].stop()
        await rooms[name].start()
    for name in CONSUMERS:
        await _share(rooms, name, f"new {name}")
    await traffic.round("both", "ingest", "new ingest")
    await _caught_up(rooms)

    # Rolled back: nobody is left but the old one, on the new schema.
    await _stop(rooms, *(f"new {name}" for name in own))
    await traffic.round("back", "ingest")
    await _caught_up(rooms)

    # And on: the new one takes over for good.
    for name in own:
        await rooms[f"new {name}"].start()
    await _stop(rooms, *own)
    await traffic.round("new", "new ingest")
    await _caught_up(rooms)
    await _everything_happened_once(rooms, sink, traffic)
    letters = [topic.dead_letters(reader).name for topic in TOPICS for reader in topic.readers]
    assert [name for name in letters if await broker.read_all(topics, name)] == []


async def _is_the_version_before(environ: dict[str, str], folder: Path) -> None:
    modules = ("events", "ingest", "scoring", "alerting", "profile_sync")
    ask = f"import {', '.join(modules)}; print({', '.join(f'{module}.__file__' for module in modules)})"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ask, env=environ, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert all(path.startswith(str(folder)) for path in said.decode().split()), said


async def _share(rooms: House, *members: str) -> None:
    """Wait until each of the members has partitions of its own."""

    async def each() -> bool:
        return all([await rooms.counted(member, "amends_consumer_partitions") > 0 for member in members])

    await until(each, f"{members} share the partitions", seconds=60)


async def _stop(rooms: House, *names: str) -> None:
    members: list[Running] = [rooms[name] for name in names]
    await asyncio.gather(*(member.stop() for member in members))


async def _caught_up(rooms: House) -> None:
    for name in CONSUMERS:
        await rooms.caught_up(name)


async def _everything_happened_once(rooms: House, sink: Receiver, traffic: Traffic) -> None:
    everybody, unhappy = traffic.ids(CUSTOMERS), traffic.ids(TERRIBLE)
    for metric in ("contact_volume", "csat"):
        (row,) = (await rooms.get("new scoring", "/v1/metrics", metric=metric, window="24h"))["values"]
        assert row["n"] == len(everybody), metric
    cases = (await rooms.get("new alerting", "/v1/cases", limit="200"))["cases"]
    assert Counter(case["interaction_id"] for case in cases) == Counter(unhappy)

    async def told() -> bool:
        return len(sink.got) >= len(unhappy)

    await until(told, "everybody is told of", seconds=90)
    opened = [sink.verified(n)["data"]["case_id"] for n in range(len(sink.got))]
    assert Counter(opened) == Counter(case["id"] for case in cases)

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:

        async def kept(name: str) -> bool:
            found = await client.get(f"{rooms['demo-crm'].url}/profiles/cus-{name}")
            return found.status_code == 200 and '"email"' in found.text

        for name in everybody:
            await until(lambda name=name: kept(name), f"the wish of {name} is in the CRM", seconds=60)  # type: ignore[misc]
