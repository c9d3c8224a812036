"""Pushing preferences into a real CRM: it ends with what the customer wants, and a human's edit wins."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.crm_world import World, crm_world
from support.faulty_crm import (
    HANGS,
    RESETS,
    WRITES_THEN_HANGS,
    WRITES_THEN_RESETS,
    answering,
    by_hand,
    human_first,
    written_then,
)
from support.until import until


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    async with crm_world(database_url, free_port) as made:
        yield made


async def test_a_preference_reaches_the_crm_with_its_provenance(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"), ("do_not_contact", "phone"), response="resp-9001")
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email", "do_not_contact_phone": True}
    told = (await world.told("cus-42"))["contact_channel"].written
    assert told == {"value": "email", "stated_at": "2026-03-02T09:41:00Z", "source": "survey resp-9001"}
    row = await world.row("cus-42")
    assert (row.state, row.agreed_version, row.pending_since) == ("done", row.version, None)
    assert row.agreed_at is not None
    assert world.counted("amends_crm_write_delay_seconds_count") == 1


async def test_only_the_newest_state_is_sent(world: World) -> None:
    for channel in ("phone", "chat", "sms", "email"):
        await world.say("cus-42", ("contact_channel", channel))
    world.start()
    await world.settled()
    assert len(world.faults.writes("cus-42")) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def test_what_is_taken_back_is_taken_back_in_the_crm(world: World) -> None:
    world.start()
    await world.say("cus-42", ("do_not_contact", "phone"), ("language", "bn"), response="r1", revision=1)
    await world.settled()
    await world.say("cus-42", ("do_not_contact", "phone", False))
    await world.settled()
    assert await world.fields("cus-42") == {"do_not_contact_phone": False, "language": "bn"}
    await world.say("cus-42", response="r1", revision=2, status="dismissed", value=None)
    await world.settled()
    assert await world.fields("cus-42") == {"do_not_contact_phone": False}


async def test_a_newer_note_that_overtakes_a_push_is_sent_after_it(world: World) -> None:
    world.faults.slow = 0.2
    world.start()
    await world.say("cus-42", ("contact_channel", "phone"))
    await until(lambda: world.faults.writes("cus-42"), "the first write is under way")
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert len(world.faults.writes("cus-42")) == 2


async def test_a_humans_edit_wins_and_setting_it_back_resumes_the_sync(world: World) -> None:
    world.start(recheck=0.2)
    await world.say("cus-42", ("contact_channel", "phone"), ("language", "bn"))
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "chat")
    await world.say("cus-42", ("contact_channel", "email"), ("language", "de"))
    await world.reaches("cus-42", state="yielded")
    assert await world.fields("cus-42") == {"contact_channel": "chat", "language": "de"}
    told = await world.told("cus-42")
    assert told["contact_channel"].yielded_since is not None
    assert told["language"].yielded_since is None
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "phone")
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email", "language": "de"}
    assert {field.yielded_since for field in (await world.told("cus-42")).values()} == {None}
    assert (await world.row("cus-42")).drifted is None


async def test_a_human_who_edits_between_our_reading_and_our_writing_wins_too(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "phone"), ("language", "bn"))
    await world.settled()
    world.faults.then("PATCH", "cus-42", human_first("contact_channel", "chat"))
    await world.say("cus-42", ("contact_channel", "email"), ("language", "de"))
    await world.reaches("cus-42", state="yielded")
    assert await world.fields("cus-42") == {"contact_channel": "chat", "language": "de"}
    _, refused, merged = world.faults.writes("cus-42")
    assert refused.key != merged.key


async def test_two_pushers_never_push_one_customer_at_once(world: World) -> None:
    world.faults.slow = 0.02
    world.start(2, parallel=4)
    for number in range(30):
        await world.say(f"cus-{number % 3}", ("note", f"note {number}"))
    await world.settled()
    assert [(await world.fields(f"cus-{n}"))["note"] for n in range(3)] == ["note 27", "note 28", "note 29"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_the_crm_answers_it_ends_as_the_customers_want_it(world: World, seed: int) -> None:
    chance = random.Random(seed)
    script = [
        answering(500),
        answering(429, Retry_After="1"),
        answering(503),
        answering(409),
        answering(412),
        WRITES_THEN_HANGS,
        WRITES_THEN_RESETS,
        written_then(500),
        written_then(409),
        RESETS,
        HANGS,
    ]
    reads = [answering(500), answering(200, b"nonsense"), RESETS, HANGS]
    customers = [f"cus-{number}" for number in range(8)]
    for customer in customers:
        world.faults.then("PATCH", customer, *chance.sample(script, 3))
        world.faults.then("GET", customer, *chance.sample(reads, 1))
    world.start(2)
    wanted: dict[str, dict[str, Any]] = {customer: {} for customer in customers}
    for _ in range(40):
        customer, channel = chance.choice(customers), chance.choice(["phone", "sms", "email"])
        never, stop = chance.choice(["chat", "social"]), chance.random() < 0.7
        await world.say(customer, ("contact_channel", channel), ("do_not_contact", never, stop))
        wanted[customer] |= {"contact_channel": channel, f"do_not_contact_{never}": stop}
        await asyncio.sleep(chance.random() * 0.05)
    await world.settled()
    assert {customer: await world.fields(customer) for customer in customers} == wanted, f"seed {seed}"


async def test_a_humans_hold_ends_when_nothing_is_wanted_there_any_more(world: World) -> None:
    world.start(recheck=0.2)
    await world.say("cus-42", ("contact_channel", "phone"), response="r1", revision=1)
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "chat")
    await world.say("cus-42", ("contact_channel", "email"), response="r1", revision=2)
    await world.reaches("cus-42", state="yielded")
    await world.say("cus-42", response="r1", revision=3, status="dismissed", value=None)
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "chat"}
    assert (await world.told("cus-42"))["contact_channel"].yielded_since is None
