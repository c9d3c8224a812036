"""The outbox: one key a change, leases, kills, what has drifted, and what is forgotten."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from events.runtime.database import transaction
from profile_sync.core.converge import NOTHING, Profile, change, plan
from profile_sync.store.outcomes import Settled
from profile_sync.store.push_views import troubled
from profile_sync.store.pushes import Permission, request
from support.crm_world import World, crm_world
from support.faulty_crm import (
    HANGS,
    RESETS,
    WRITES_THEN_HANGS,
    WRITES_THEN_RESETS,
    Fault,
    answering,
    by_hand,
    written_then,
)
from support.until import until


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    async with crm_world(database_url, free_port) as made:
        yield made


async def test_retries_carry_the_same_key(world: World) -> None:
    world.faults.then("PATCH", "cus-42", answering(500), RESETS, HANGS)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    writes = world.faults.writes("cus-42")
    assert [w.fault for w in writes] == ["500", "resets", "hangs", None]
    assert len({w.key for w in writes}) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}


@pytest.mark.parametrize("fault", [WRITES_THEN_HANGS, WRITES_THEN_RESETS, written_then(500), written_then(409)])
async def test_a_write_whose_answer_was_lost_is_not_done_twice(world: World, fault: tuple[str, Fault]) -> None:
    world.faults.then("PATCH", "cus-42", fault)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert len(world.faults.writes("cus-42")) == 1


async def test_a_409_that_did_nothing_is_not_taken_for_done(world: World) -> None:
    world.faults.then("PATCH", "cus-42", answering(409))
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def test_a_kill_between_writing_and_recording_changes_nothing_more(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes(lease=0.3).claim(1)
    await _push_and_die(world, claim)
    world.start()
    await world.settled()
    assert len(world.faults.writes("cus-42")) == 1
    assert await world.fields("cus-42") == {"contact_channel": "email"}


async def test_what_a_killed_pusher_wrote_is_known_as_ours_when_something_newer_comes(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes(lease=0.3).claim(1)
    await _push_and_die(world, claim)
    await world.say("cus-42", ("contact_channel", "chat"))
    world.start()
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "chat"}


async def _push_and_die(world: World, claim: Any) -> None:
    """All that a pusher does up to the moment where it would record its success."""
    profile = await world.crm.read(claim.customer)
    assert isinstance(profile, Profile)
    intended = plan(claim.wanted, claim.memory, profile)
    assert await world.pushes(lease=0.3).intend([(claim, intended)]) == [Permission.GO]
    reply = await world.crm.write(claim.customer, change(claim.customer, claim.version, intended, profile))
    assert reply.status == 200


async def test_a_pusher_whose_lease_ran_out_records_nothing(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    slow = world.pushes(lease=0.05)
    (claim,) = await slow.claim(1)
    await until(lambda: world.pushes().claim(1), "the lease runs out and another pusher has the customer")
    assert await slow.record([(claim, Settled(NOTHING))]) == [False]
    assert await slow.intend([(claim, NOTHING)]) == [Permission.LOST]


async def test_what_the_crm_lost_is_put_back_and_counted_as_drift(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"), ("language", "bn"))
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "language", "")
    await world.sql("UPDATE crm_push SET state = 'pending', due_at = now()")
    await world.reaches("cus-42", state="done", drifted=["language"])
    assert (await world.row("cus-42")).drifted_at is not None
    assert await world.fields("cus-42") == {"contact_channel": "email", "language": "bn"}
    assert world.counted("amends_crm_drifted_total") == 1


async def test_what_a_customer_says_anew_is_no_drift(world: World) -> None:
    world.start()
    for channel in ("email", "chat", "sms"):
        await world.say("cus-42", ("contact_channel", channel))
        await world.settled()
    assert (await world.row("cus-42")).drifted is None
    assert world.counted("amends_crm_drifted_total") == 0


async def test_a_sweep_counts_whom_it_looked_at_and_who_had_drifted(world: World) -> None:
    world.start()
    for number in range(3):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    await world.settled()
    await by_hand(world.faults.crm, "cus-1", "contact_channel", "")
    await _sweep(world, "reconcile")
    await world.settled()
    (counted,) = await world.sql("SELECT checked, drifted FROM sweep")
    assert (counted.checked, counted.drifted) == (3, 1)
    assert {row.sweep for row in (await world.rows()).values()} == {None}


async def test_what_customers_say_goes_before_what_a_sweep_looks_at_and_keeps_its_mark(world: World) -> None:
    (sweep,) = await world.sql("SELECT gen_random_uuid() AS id")
    for number in range(3):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    await world.sql(
        "UPDATE crm_push SET sweep = :id, pending_since = NULL, due_at = now() - interval '1 hour'"
        " WHERE customer_id <> 'cus-2'",
        id=sweep.id,
    )
    await world.say("cus-1", ("contact_channel", "chat"))
    claims = [claim for _ in range(3) for claim in await world.pushes().claim(1)]
    assert [claim.customer.customer_id for claim in claims] == ["cus-1", "cus-2", "cus-0"]
    assert (await world.row("cus-1")).sweep == sweep.id


async def test_a_note_that_comes_during_a_push_waits_since_it_came(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes().claim(1)
    await world.say("cus-42", ("contact_channel", "chat"))
    assert await world.pushes().record([(claim, Settled(NOTHING))]) == [True]
    row = await world.row("cus-42")
    assert (row.state, row.pending_since) == ("pending", row.noted_at)
    assert row.pending_since > claim.pending_since
    assert row.agreed_version == claim.version


async def test_another_note_recorded_at_the_very_same_time_is_another_note(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes().claim(1)
    assert claim.noted_at is not None
    async with transaction(world.engine) as tx:
        await request(tx, {claim.customer: claim.noted_at})
    assert await world.pushes().record([(claim, Settled(NOTHING))]) == [True]
    row = await world.row("cus-42")
    assert (row.state, row.pending_since) == ("pending", row.noted_at)


async def test_a_sweep_during_a_push_leaves_nothing_new_to_wait_for(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    (claim,) = await world.pushes().claim(1)
    await world.sql("UPDATE crm_push SET version = version + 1")
    assert await world.pushes().record([(claim, Settled(NOTHING))]) == [True]
    row = await world.row("cus-42")
    assert (row.state, row.pending_since) == ("pending", None)


async def test_whom_the_crm_refuses_a_sweep_has_checked_as_well(world: World) -> None:
    world.start()
    for number in range(2):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    await world.settled()
    world.faults.then("GET", "cus-0", answering(403))
    await by_hand(world.faults.crm, "cus-1", "contact_channel", "")
    world.faults.then("PATCH", "cus-1", answering(422))
    await _sweep(world, "reconcile")
    await world.settled(**{"cus-0": "parked", "cus-1": "parked"})
    (counted,) = await world.sql("SELECT checked, drifted FROM sweep")
    assert (counted.checked, counted.drifted) == (2, 0)
    assert {row.sweep for row in (await world.rows()).values()} == {None}


async def test_what_an_emptied_crm_lacks_is_no_drift_where_everything_is_pushed_anew(world: World) -> None:
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled()
    await by_hand(world.faults.crm, "cus-42", "contact_channel", "")
    await _sweep(world, "backfill")
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert (await world.row("cus-42")).drifted is None
    assert world.counted("amends_crm_drifted_total") == 0


async def _sweep(world: World, purpose: str) -> None:
    """Everybody is looked at."""
    (sweep,) = await world.sql(
        "INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by)"
        " VALUES ('default', :purpose, 10, 'test') RETURNING id",
        purpose=purpose,
    )
    await world.sql("UPDATE crm_push SET sweep = :id, state = 'pending', due_at = now()", id=sweep.id)


async def test_who_is_in_trouble_twice_is_found_by_either_and_listed_once(world: World) -> None:
    for number, state in enumerate(("parked", "yielded", "done")):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
        await world.sql(
            "UPDATE crm_push SET state = :state, drifted = '{language}', drifted_at = now() WHERE customer_id = :id",
            state=state,
            id=f"cus-{number}",
        )

    async def found(trouble: Any) -> list[tuple[str, str]]:
        async with transaction(world.engine) as tx:
            rows = await troubled(tx, "default", trouble, after=None, limit=9)
        return sorted((row["customer_id"], row["trouble"]) for row in rows)

    assert await found(None) == [("cus-0", "parked"), ("cus-1", "yielded"), ("cus-2", "drifted")]
    assert await found("drifted") == [(f"cus-{number}", "drifted") for number in range(3)]
    assert await found("parked") == [("cus-0", "parked")]
    assert await found("erasing") == []
