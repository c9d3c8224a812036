"""A forgotten customer: what is ours in the CRM goes, however long the CRM will not let go of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from events.runtime.database import transaction
from profile_sync.core.converge import Profile, change, plan
from profile_sync.core.preferences import Customer
from profile_sync.deciding import Person, retry
from profile_sync.store.outcomes import Settled
from profile_sync.store.push_views import troubled
from profile_sync.store.pushes import Permission
from support.crm_world import World, crm_world
from support.faulty_crm import answering, by_hand, honest
from support.until import until


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    async with crm_world(database_url, free_port) as made:
        yield made


async def test_a_forgotten_customer_is_cleared_in_the_crm_and_leaves_nothing_here(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"), ("language", "bn"), ("note", "Rings twice."))
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "language", "de")
    await world.erase("cus-42")
    await until(lambda: _gone(world), "the customer is forgotten")
    assert await world.fields("cus-42") == {"language": "de"}, "what a human wrote is the human's"
    assert await world.told("cus-42") == {}
    assert world.counted("amends_crm_drifted_total") == 0


async def _gone(world: World) -> bool:
    return "cus-42" not in await world.rows()


@pytest.mark.parametrize("status", [404, 410])
async def test_whom_the_crm_does_not_know_any_more_it_has_forgotten(world: World, status: int) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    world.faults.chance = lambda *_: answering(status)
    await world.erase("cus-42")
    await until(lambda: _gone(world), "the customer is forgotten")
    assert await world.told("cus-42") == {}


async def test_an_erasure_that_the_crm_refuses_is_listed_and_tried_until_it_is_done(world: World) -> None:
    refusing = False
    world.faults.chance = lambda method, _: answering(403) if refusing and method == "PATCH" else (None, honest)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await _listed(world) == []
    refusing = True
    await world.erase("cus-42")
    await until(lambda: _failed(world, 3), "it is tried again")
    row = await world.row("cus-42")
    assert (row.state, row.reason) == ("pending", "forbidden")
    assert await _listed(world) == [("cus-42", "erasing", "forbidden", row.noted_at)]
    assert "contact_channel" in await world.told("cus-42"), "what is ours there must not be forgotten"
    refusing = False
    await world.due_now()
    await until(lambda: _gone(world), "the customer is forgotten")
    assert await world.fields("cus-42") == {}
    assert await _listed(world) == []


async def test_an_erasure_is_tried_daily_in_the_end_and_at_once_when_somebody_asks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("profile_sync.pusher.random.random", lambda: 1.0)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    world.faults.then("PATCH", "cus-42", answering(500), answering(500))
    await world.erase("cus-42")
    await world.reaches("cus-42", attempts=1)
    await world.sql("UPDATE crm_push SET failing_since = now() - interval '3 days', attempts = 30, due_at = now()")
    await world.reaches("cus-42", state="pending", attempts=31, reason="server_error")
    (wait,) = await world.sql("SELECT extract(epoch FROM due_at - now()) AS seconds FROM crm_push")
    assert 86_000 < wait.seconds <= 86_400
    assert await retry(world.engine, Customer("default", "cus-42"), Person("Dana", "key"))
    await until(lambda: _gone(world), "the customer is forgotten")


async def _failed(world: World, times: int) -> bool:
    await world.due_now()
    return bool((await world.row("cus-42")).attempts >= times)


async def _listed(world: World) -> list[tuple[Any, ...]]:
    async with transaction(world.engine) as tx:
        found = await troubled(tx, "default", None, after=None, limit=9)
    return [(row["customer_id"], row["trouble"], row["reason"], row["since"]) for row in found]


async def test_who_was_never_pushed_is_forgotten_without_a_call(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    await world.erase("cus-42")
    world.start()
    await until(lambda: _gone(world), "the customer is forgotten")
    assert world.faults.seen == []


async def test_a_push_under_way_does_not_write_what_a_forgotten_customer_said(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes().claim(1)
    await world.erase("cus-42")
    intended = plan(claim.wanted, claim.memory, Profile({}))
    assert await world.pushes().intend([(claim, intended)]) == [Permission.LOST]


async def test_a_write_that_overtakes_the_erasure_is_cleared_after_it(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes(lease=0.5).claim(1)
    profile = await world.crm.read(claim.customer)
    assert isinstance(profile, Profile)
    intended = plan(claim.wanted, claim.memory, profile)
    assert await world.pushes().intend([(claim, intended)]) == [Permission.GO]
    await world.erase("cus-42")
    reply = await world.crm.write(claim.customer, change(claim.customer, claim.version, intended, profile))
    assert reply.status == 200
    assert await world.pushes().record([(claim, Settled(intended))]) == [True]
    world.start()
    await until(lambda: _gone(world), "the customer is forgotten")
    assert await world.fields("cus-42") == {}
