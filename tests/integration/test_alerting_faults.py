"""Two services that deliver are killed again and again while cases open, escalate and are claimed.

AMENDS_FULL_FAULTS=1: 2,000 cases, 100 kills, 1,000 races.
"""

import asyncio
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from alerting import oncall_file
from alerting.core.case import Case, Claim
from alerting.store.audit import audit
from alerting.store.schema import SCHEMA
from events.runtime.database import create_engine
from support.receiver import SECRET, Receiver, receiver
from support.recovery import Recovery
from support.services import House, Running, house
from support.until import until

FULL = os.environ.get("AMENDS_FULL_FAULTS") == "1"
CASES, KILLS, RACES = (2000, 100, 1000) if FULL else (300, 10, 150)
ESCALATES_AFTER = 6.0
PLAN = """
channels:
  room: {kind: webhook, url: {env: ROOM_URL}, secret: {env: ROOM_SECRET}, per_minute: 100000}
escalation:
  policies:
    default:
      steps:
        - {tell: [{channel: room}], urgent: true}
        - {after: 6s, tell: [{channel: room}], urgent: true}
      rounds: 1
      pause: 1h
      last_resort: [{channel: room}]
"""


@asynccontextmanager
async def two_services(directory: Path, topics: str, database_url: str) -> AsyncIterator[tuple[House, Receiver]]:
    plan = directory / "oncall.yaml"
    plan.write_text(PLAN)
    async with receiver() as room, house(directory, topics, database_url) as found:
        found.environ |= {"ALERTING_ONCALL_FILE": str(plan), "ROOM_URL": room.url, "ROOM_SECRET": SECRET}
        for name in ("one", "two"):
            await found.add("alerting", as_=name)
        yield found, room


async def killing(members: list[Running], kills: int, rng: random.Random) -> int:
    """Kill one or the other, and start it again at once. Returns how often."""
    for _ in range(kills):
        await asyncio.sleep(rng.uniform(0.0, 0.4))
        member = rng.choice(members)
        member.signal(signal.SIGKILL)
        await member.kill()
        await member.start()
    return kills


class Told:
    """What arrived, by what was told: the keys under which it came, and when pages did."""

    def __init__(self, room: Receiver) -> None:
        self.pages: dict[str, list[float]] = defaultdict(list)
        self.keys: dict[tuple[str, str, int, int], list[str]] = defaultdict(list)
        signer = Webhook(SECRET)
        for at, (headers, body) in zip(room.at, room.got, strict=True):
            document = signer.verify(body, headers)
            data = document["data"]
            self.keys[document["type"], data["case_id"], data["episode"], data["step"]].append(headers["webhook-id"])
            if document["type"] in ("case.opened", "case.escalated"):
                self.pages[data["case_id"]].append(at)

    @property
    def repeats(self) -> int:
        return sum(len(keys) - 1 for keys in self.keys.values())


@pytest.mark.timeout(1500)
async def test_killed_dispatchers_lose_nothing_and_nobody_is_paged_for_what_is_claimed(
    tmp_path: Path, topics: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(7)
    async with two_services(tmp_path, topics, database_url) as (found, room):
        monkeypatch.setenv("ROOM_URL", room.url)
        monkeypatch.setenv("ROOM_SECRET", SECRET)
        engine = create_engine(database_url, SCHEMA, pool_size=10)
        try:
            duty = oncall_file.read(tmp_path / "oncall.yaml").duty(("room",))
            desk = Recovery(engine, duty)
            killer = asyncio.create_task(killing(list(found.members.values()), KILLS, rng))
            claimed = await _open_and_race(desk, rng)
            kills = await killer
            await until(lambda: _delivered(desk), "everything queued has been delivered", seconds=180)
            forgotten = (await audit(engine, ["room"])).without_next_step
            unclaimed = next(id_ for id_ in desk.opened.values() if id_ not in claimed)
            await desk.rows("DELETE FROM timer WHERE case_id = :id RETURNING kind", id=unclaimed)
            seen = (await audit(engine, ["room"])).without_next_step
        finally:
            await engine.dispose()
    told = Told(room)
    waiting = {str(id_) for id_ in desk.opened.values()} - {str(id_) for id_ in claimed}
    missing = {id_ for id_ in waiting if len(told.pages[id_]) < 2}
    assert not missing, f"{len(missing)} cases of which not every step was told"
    late = {id_: max(told.pages[str(id_)]) - at for id_, at in claimed.items() if told.pages[str(id_)]}
    assert max(late.values()) <= 1.0, "somebody was paged more than a second after the claim"
    assert told.repeats <= kills
    assert all(len(set(keys)) == 1 for keys in told.keys.values()), "a repeat came under another key"
    assert (forgotten, seen) == (0, 1), "the auditor sees none, and one whose timer was taken away"
    assert len(claimed) == RACES


async def _open_and_race(desk: Recovery, rng: random.Random) -> dict[UUID, float]:
    """Open the cases, and claim some just as they escalate. Returns when each claim was acknowledged."""
    claimed: dict[UUID, float] = {}
    gate = asyncio.Semaphore(5)

    async def live(number: int) -> None:
        async with gate:
            case = await desk.open(f"call-{number}", customer=f"cus-{number}")
        if number < RACES:
            await asyncio.sleep(ESCALATES_AFTER + rng.uniform(-0.3, 1.2))
            async with gate:
                result = await desk.act(case, Claim, version=1)
            assert isinstance(result, Case)
            claimed[case] = time.monotonic()

    async with asyncio.TaskGroup() as group:
        for number in range(CASES):
            group.create_task(live(number))
            await asyncio.sleep(0.02)
    return claimed


async def _delivered(desk: Recovery) -> bool:
    """Nothing is queued, and every case that nobody claimed has been escalated."""
    rows = await desk.rows(
        "SELECT (SELECT count(*) FROM notification WHERE state = 'queued') AS queued,"
        " (SELECT count(*) FROM timer WHERE kind = 'escalation' AND data->>'round' = '0') AS escalating"
    )
    return rows == [{"queued": 0, "escalating": 0}]
