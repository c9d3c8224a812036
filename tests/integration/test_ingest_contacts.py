"""Contacts in pieces, kept in a real database: whoever sends them together, twice or crossed, the snapshot is right."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import ingest
from events.interaction import Interaction
from events.problems import Invalid
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Unavailable
from events.runtime.migrate import upgrade
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.store import forgetting
from ingest.store.contacts import Contacts
from ingest.vendors.node import build
from ingest.vendors.outcome import Fact, Part, Said
from ingest.vendors.vendor import Vendor

SCHEMA = "ingest"
MIGRATIONS = Path(ingest.__path__[0]) / "migrations"
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PBX = Source(name="pbx", vendor="pieces")


def assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    if "offered_at" not in facts:
        return None
    values: dict[str, Any] = {key: fact.value for key, fact in facts.items() if not key.startswith("leg")}
    values |= {"interaction_id": name, "revision": revision, "channel": "phone"}
    values["transfers"] = sum(key.startswith("leg") for key in facts)
    return build(Interaction, "", values)


PIECES = Vendor("pieces", "Pieces", (Format.JSON,), read=lambda *_: [], assemble=assemble, interaction_prefix="call-")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA, pool_size=10)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        yield engine
    finally:
        await engine.dispose()


@pytest.fixture
def contacts(engine: AsyncEngine) -> Contacts:
    return Contacts(engine)


def part(contact: str, minutes: int = 0, /, **facts: bool | int | float | str) -> Part:
    return Part("", contact, facts, START + timedelta(minutes=minutes))


def offered(contact: str, minutes: int = 0) -> Part:
    return part(contact, minutes, offered_at=START.isoformat())


def heard(said: list[Said]) -> dict[str, Any]:
    return {one.id: one.data.model_dump(mode="json", exclude_defaults=True) for one in said}


async def rows(engine: AsyncEngine) -> list[str]:
    async with transaction(engine) as tx:
        return list(await tx.scalars(text("SELECT contact FROM contact ORDER BY contact")))


async def test_each_change_is_one_revision_more_and_the_snapshot_holds_everything_so_far(contacts: Contacts) -> None:
    assert await contacts.assemble(PIECES, PBX, [part("7", 0, team="billing")]) == []
    (first,) = await contacts.assemble(PIECES, PBX, [offered("7", 1)])
    (second,) = await contacts.assemble(PIECES, PBX, [part("7", 2, agent="a-1"), part("7", 3, team="sales")])
    assert isinstance(first.data, Interaction)
    assert (first.id, first.data.revision, first.data.team) == ("call-7:2", 2, "billing")
    assert isinstance(second.data, Interaction)
    assert (second.id, second.data.revision) == ("call-7:3", 3)
    assert (second.data.team, second.data.agent) == ("sales", "a-1")
    assert second.time == START + timedelta(minutes=3)


async def test_a_delivery_that_is_repeated_says_the_same_again_under_the_same_id(contacts: Contacts) -> None:
    delivery = [offered("7"), part("7", 1, agent="a-1"), offered("8")]
    first = await contacts.assemble(PIECES, PBX, delivery)
    assert await contacts.assemble(PIECES, PBX, delivery) == first
    assert [one.id for one in first] == ["call-7:1", "call-8:1"]


async def test_numbers_are_kept_as_they_came_so_that_a_repeat_is_a_repeat(contacts: Contacts) -> None:
    odd = part("7", 0, offered_at=START.isoformat(), leg1=1e300, leg2=1e16, leg3=10**15, leg4=0.1, leg5=True, leg6=1.0)
    first = await contacts.assemble(PIECES, PBX, [odd])
    assert await contacts.assemble(PIECES, PBX, [odd]) == first
    assert first[0].id == "call-7:1"


async def test_contacts_of_other_sources_and_tenants_are_other_contacts(contacts: Contacts) -> None:
    for source in (PBX, PBX.model_copy(update={"name": "other"}), PBX.model_copy(update={"tenant": "acme"})):
        (said,) = await contacts.assemble(PIECES, source, [offered("7")])
        assert said.id == "call-7:1"


async def test_what_makes_no_valid_snapshot_is_refused_and_not_kept(contacts: Contacts, engine: AsyncEngine) -> None:
    (before,) = await contacts.assemble(PIECES, PBX, [offered("7")])
    early = (START - timedelta(hours=1)).isoformat()
    with pytest.raises(Invalid):
        await contacts.assemble(PIECES, PBX, [part("7", 5, ended_at=early), offered("8")])
    assert await contacts.assemble(PIECES, PBX, [offered("7")]) == [before]
    assert await rows(engine) == ["7"]


async def test_a_contact_id_of_any_length_and_form_is_kept_as_an_id_that_tells_nothing(
    contacts: Contacts, engine: AsyncEngine
) -> None:
    long = "+44 20 7946 0000 " * 1000
    said = await contacts.assemble(PIECES, PBX, [offered(long), part(long, 1, agent="a-1"), part(long)])
    assert len(said) == 1
    assert await contacts.assemble(PIECES, PBX, [offered(long)]) == said
    assert [len(name) for name in await rows(engine)] == [26]


async def test_many_deliveries_about_the_same_contacts_at_once_lose_nothing(contacts: Contacts) -> None:
    """Every task sends one leg of each contact, the contacts in an order of its own: whoever locked them as they come
    would stand in each other's way until the database gives one of them up."""
    chance = random.Random(7)
    names = [f"{'aBzZ'[n % 4]}-{n}" for n in range(400)]

    async def deliver(leg: int) -> list[Said]:
        order = chance.sample(names, len(names))
        return await contacts.assemble(PIECES, PBX, [part(name, leg, **{f"leg{leg:02}": leg}) for name in order])

    await contacts.assemble(PIECES, PBX, [offered(name) for name in names])
    every = await asyncio.gather(*(deliver(leg) for leg in range(8)))

    for name in names:
        told = [said.data for answers in every for said in answers if said.id.startswith(f"call-{name}:")]
        seen = sorted((data.revision, data.transfers) for data in told if isinstance(data, Interaction))
        assert seen == [(n + 2, n + 1) for n in range(8)], name


async def test_two_first_deliveries_about_one_contact_at_once_make_one_contact(contacts: Contacts) -> None:
    for round_ in range(20):
        name = f"n-{round_}"
        both = await asyncio.gather(
            contacts.assemble(PIECES, PBX, [offered(name)]), contacts.assemble(PIECES, PBX, [part(name, 1, team="x")])
        )
        (last,) = await contacts.assemble(PIECES, PBX, [part(name, 1, team="x")])
        assert last.id == f"call-{name}:2", both
        assert isinstance(last.data, Interaction)
        assert last.data.team == "x"


async def test_contacts_nothing_was_heard_of_for_60_days_are_dropped_in_steps(
    contacts: Contacts, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 3)
    await contacts.assemble(PIECES, PBX, [offered(f"old-{n}") for n in range(10)])
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE contact SET updated_at = now() - interval '61 days'"))
    await contacts.assemble(PIECES, PBX, [offered("old-3"), offered("new")])
    assert await contacts.forget() == 9
    assert await rows(engine) == ["new", "old-3"]
    assert await contacts.forget() == 0


async def test_a_database_that_is_away_is_unavailable(contacts: Contacts, engine: AsyncEngine, free_port: int) -> None:
    nowhere = create_engine(f"postgresql://amends@127.0.0.1:{free_port}/amends", SCHEMA)
    with pytest.raises(Unavailable):
        await Contacts(nowhere).assemble(PIECES, PBX, [offered("7")])
    await nowhere.dispose()
