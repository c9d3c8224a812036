"""Two pushers are killed and frozen while customers change their minds, people edit, and the CRM answers badly.

The notes come through the handler on a real PostgreSQL; the pushers are processes of their own. AMENDS_FULL_FAULTS=1: 5
seeds of 50 customers with 40 notes each, otherwise one of 20 with 15.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from amends.local.process import tail
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade
from profile_sync.app import MIGRATIONS, SCHEMA
from support.crm_ledger import Life, calls_inside, keys_differing, keys_shared, needless_tokens, quiets, steps_back
from support.crm_world import World
from support.faulty_crm import (
    HANGS,
    RESETS,
    WRITES_THEN_HANGS,
    WRITES_THEN_RESETS,
    Fault,
    FaultyCrm,
    answering,
    honest,
    listening,
    slowly,
    written_then,
)
from support.memory_crm import PLAIN, MemoryCrm
from support.pusher_member import LEASE_SECONDS, Member
from support.until import until

FULL = os.environ.get("AMENDS_FULL_FAULTS") == "1"
CUSTOMERS, NOTES, KILLS = (50, 40, 12) if FULL else (20, 15, 4)
SEEDS = (1, 2, 3, 4, 5) if FULL else (1,)
TENANTS = ("default", PLAIN)
WRITE_FAULTS = (
    *(answering(500), answering(503), answering(404), answering(409), answering(412), answering(422)),
    *(WRITES_THEN_HANGS, WRITES_THEN_RESETS, written_then(500), written_then(409), HANGS, RESETS, slowly(0.3)),
)
READ_FAULTS = (answering(500), answering(200, b"nonsense"), answering(403), HANGS, RESETS, slowly(0.3))


def not_now(status: int, seconds: int) -> tuple[str, Fault]:
    return f"{status} for {seconds}", answering(status, Retry_After=str(seconds))[1]


@dataclass
class Model:
    """What the CRM must end with: what each customer said last, but for what a person wrote over it since."""

    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_hand: dict[tuple[str, str], Any] = field(default_factory=dict)

    def values(self, path: str) -> dict[str, Any]:
        edits = {name: value for (where, name), value in self.by_hand.items() if where == path}
        return {**self.said.get(path, {}), **edits}


class Story:
    def __init__(self, seed: int, world: World, crm: MemoryCrm, members: list[Member]) -> None:
        self.chance = random.Random(seed)
        self.world = world
        self.crm = crm
        self.members = members
        self.model = Model()
        self.set_back: list[tuple[str, Any]] = []
        self.over = False

    def fault(self, method: str, path: str) -> tuple[str | None, Fault]:
        if self.over or path == "/token" or self.chance.random() > 0.25:
            return None, honest
        if self.chance.random() < 0.06:
            return not_now(self.chance.choice((429, 503)), 2)
        return self.chance.choice(WRITE_FAULTS if method == "PATCH" else READ_FAULTS)

    async def customers(self, seconds: float) -> None:
        """In the end everybody says something twice, so that the last word comes while the one before is pushed."""
        everybody = [(tenant, f"cus-{number}") for number in range(CUSTOMERS // 2) for tenant in TENANTS]
        told = everybody * (NOTES - 2)
        self.chance.shuffle(told)
        for tenant, customer in told:
            await self.say(tenant, customer)
            await asyncio.sleep(self.chance.random() * 2 * seconds / len(told))
        for tenant, customer in everybody:
            await self.say(tenant, customer)
            await asyncio.sleep(0.05)
            await self.say(tenant, customer)

    async def say(self, tenant: str, customer: str) -> None:
        channel = self.chance.choice(("phone", "sms", "email"))
        never, stop = self.chance.choice(("chat", "social")), self.chance.random() < 0.7
        await self.world.say(customer, ("contact_channel", channel), ("do_not_contact", never, stop), tenant=tenant)
        wants = self.model.said.setdefault(f"/{tenant}/profiles/{customer}", {})
        wants |= {"contact_channel": channel, f"do_not_contact_{never}": stop}

    async def people(self, seconds: float) -> None:
        """Half of those who edit set it back. Where there are no ETags, an edit may be lost to a write: none there."""
        for number in range(CUSTOMERS // 2):
            await asyncio.sleep(seconds / (CUSTOMERS // 2))
            path = f"/default/profiles/cus-{number}"
            before = self.crm.edit(path, "contact_channel", {"value": f"by hand {number}"})
            if number % 2:
                self.model.by_hand[path, "contact_channel"] = f"by hand {number}"
            else:
                self.set_back.append((path, before))
            if number % 4 == 3:
                self.restore(1)

    def restore(self, many: int) -> None:
        for path, before in self.set_back[:many]:
            self.crm.edit(path, "contact_channel", before)
        del self.set_back[:many]

    async def operators(self, seconds: float) -> None:
        """What is parked gets another chance, backing off is cut short, and tokens end."""
        end, expire_at = time.monotonic() + seconds, time.monotonic() + 3
        while time.monotonic() < end or not self.over:
            await self.hasten()
            if time.monotonic() > expire_at and not self.over:
                self.crm.expire()
                expire_at += 4
            await asyncio.sleep(0.3)

    async def hasten(self) -> None:
        await self.world.sql(
            "UPDATE crm_push SET state = CASE WHEN state = 'parked' THEN 'pending' ELSE state END,"
            " due_at = least(due_at, now() + interval '0.3 seconds')"
            " WHERE state IN ('parked', 'pending') AND lease IS NULL"
        )

    async def killer(self, seconds: float) -> None:
        for number in range(KILLS):
            await asyncio.sleep(seconds / KILLS)
            member = self.chance.choice(self.members)
            if number % 4 == 1:
                await member.freeze(LEASE_SECONDS + 1)
            else:
                await member.kill()
                await member.start()

    async def run(self) -> None:
        seconds = max(12.0, CUSTOMERS * NOTES * 0.02)
        operating = asyncio.create_task(self.operators(seconds))
        await asyncio.gather(self.customers(seconds), self.people(seconds), self.killer(seconds))
        self.over = True
        await operating
        await asyncio.sleep(1)
        self.restore(len(self.set_back))
        await until(self.agrees, "the CRM holds what the model says", seconds=60)
        await until(self.quiet, "and nothing more is to be done", seconds=60)

    async def agrees(self) -> bool:
        await self.hasten()
        return not self.differences()

    def differences(self) -> dict[str, Any]:
        found = {path: (self.crm.values(path), self.model.values(path)) for path in self.model.said}
        return {path: both for path, both in found.items() if both[0] != both[1]}

    async def quiet(self) -> bool:
        await self.hasten()
        rows = await self.world.sql("SELECT 1 FROM crm_push WHERE state = 'pending' OR lease IS NOT NULL")
        return not rows


@asynccontextmanager
async def two_pushers(
    seed: int, directory: Path, database_url: str, port: int
) -> AsyncIterator[tuple[Story, FaultyCrm]]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    crm = MemoryCrm()
    faults = FaultyCrm(crm)
    lives: dict[str, Life] = {}
    async with listening(faults, port) as url, httpx.AsyncClient(trust_env=False) as client:
        members = [Member(name, (database_url, url), directory / f"{name}.log", lives) for name in ("one", "two")]
        story = Story(seed, World(engine, faults, url, client), crm, members)
        faults.chance = story.fault
        try:
            for member in members:
                await member.start()
            yield story, faults
        finally:
            faults.closing.set()
            await asyncio.gather(*(asyncio.to_thread(member.process.stop) for member in members if member.process))
            await engine.dispose()


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
async def test_killed_and_misled_the_pushers_end_at_what_the_model_says(
    tmp_path: Path, database_url: str, free_port: int, seed: int
) -> None:
    async with two_pushers(seed, tmp_path, database_url, free_port) as (story, faults):
        try:
            await story.run()
        except AssertionError:
            print(f"seed {seed}", story.differences(), *(tail(member.log) for member in story.members), sep="\n")
            raise
        lives, crm = story.members[0].lives, story.crm
    seen = [each for each in faults.seen if each.path != "/token"]
    asked = quiets(seen, crm)
    print(f"seed {seed}: {len(seen)} calls, {len(crm.applied)} writes, {len(asked)} times not now")
    print(f"{len(crm.expiries)} expiries, {len(lives)} processes")
    assert story.differences() == {}
    assert steps_back(crm.applied) == []
    assert asked
    assert calls_inside(seen, asked, lives) == []
    assert keys_differing(seen) == []
    assert keys_shared(seen) == []
    assert len(crm.expiries) >= 2
    assert needless_tokens(crm, lives) == {}
