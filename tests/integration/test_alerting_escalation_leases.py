"""Leases, clocks and reminders of a case, on a real database whose clock the test moves."""

import asyncio
from datetime import UTC, datetime, timedelta

from alerting.core.case import (
    Appoint,
    Attempt,
    Claim,
    Close,
    Contact,
    HandOver,
    Release,
    Reopen,
)
from alerting.core.duty import DEFAULT, Duty
from alerting.core.escalation.policy import Policy, Step, Target
from alerting.store import bundling
from alerting.store.leasing import Outbox
from events.runtime.database import transaction
from support.delivery_rig import delivery_rig
from support.moving_clock import MovingClock
from support.recovery import MINUTE, MONDAY, Recovery, pass_until


async def test_a_hand_over_gives_the_colleague_a_whole_lease(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await clock.set(MONDAY + 50 * MINUTE)
    await desk.act(case, HandOver, to="Maria")
    assert (await desk.timers(case))["lease"] == MONDAY + 110 * MINUTE
    await pass_until(clock, desk, MONDAY + 65 * MINUTE)
    assert (await desk.row(case))["claimed_by"] == "Maria"


async def test_a_case_opened_again_has_its_whole_contact_clock_before_it(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Close, outcome="dismissed", reason="a test")
    await clock.set(MONDAY + timedelta(hours=5))
    await desk.act(case, Reopen, reason="not a test")
    assert (await desk.timers(case))["contact_due"] == MONDAY + timedelta(hours=7)


async def test_a_case_given_back_takes_its_reminders_back(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + 30 * MINUTE)
    await pass_until(clock, desk, MONDAY + 30 * MINUTE)  # the call-back reminder is queued
    await desk.act(case, Release)
    assert [row["state"] for row in await desk.told(case) if row["what"] == "reminder"] == ["cancelled"] * 2


async def test_a_case_whose_timer_fails_holds_up_no_other(clock: MovingClock, desk: Recovery) -> None:
    broken, sound = await desk.open("call-1"), await desk.open("call-2")
    await desk.rows("UPDATE timer SET data = '{}' WHERE kind = 'escalation' AND case_id = :id RETURNING 1", id=broken)
    await clock.set(MONDAY + 10 * MINUTE)
    assert await desk.timekeeper.look() == 2
    assert [row["person"] for row in await desk.told(sound)][-1] == "maria"
    assert await desk.timekeeper.look() == 0  # it is looked at again in a minute, not at once
    await clock.set(MONDAY + 11 * MINUTE)
    assert await desk.timekeeper.look() == 1


async def test_a_call_back_wakes_and_the_reminder_to_close_does_not(clock: MovingClock, desk: Recovery) -> None:
    night = datetime(2026, 3, 2, 23, tzinfo=UTC)
    await clock.set(night)
    case = await desk.open("call-1")
    await desk.act(case, Claim, by="Maria")
    await desk.act(case, Appoint, by="Maria", at=night + 30 * MINUTE)
    await pass_until(clock, desk, night + 30 * MINUTE)
    await desk.act(case, Contact, by="Maria")
    await pass_until(clock, desk, night + timedelta(days=1, hours=1))
    due = [row["due_at"] for row in await desk.told(case) if row["what"] == "reminder"]
    assert due == [night + 30 * MINUTE, datetime(2026, 3, 4, 7, tzinfo=UTC)]


async def test_an_attempt_does_not_shorten_the_lease_of_an_appointment(clock: MovingClock, desk: Recovery) -> None:
    case, at = await desk.open("call-1"), MONDAY + timedelta(hours=20)
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=at)
    await desk.act(case, Attempt, result="busy")
    assert (await desk.timers(case))["lease"] == at + timedelta(hours=1)


async def test_whoever_counts_for_the_throttle_counts_alone(database_url: str) -> None:

    async with delivery_rig(database_url) as rig:
        rig.duty = Duty(policies={DEFAULT: Policy(DEFAULT, (Step(timedelta(0), (Target("channel", "slips"),)),))})
        for n in range(6):
            await rig.bad_answer(n)
        async with transaction(rig.engine) as tx:
            assert len(await bundling.divide(tx, "slips", 3)) == 3
            for n in range(6, 12):
                await rig.bad_answer(n)
            other = asyncio.create_task(Outbox(rig.engine).claim("slips", 9, 3))
            await asyncio.sleep(0.5)
            assert not other.done()
        await other


async def test_a_second_claim_is_told_too(desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' WHERE channel = 'room' RETURNING id")
    await desk.act(case, Claim)
    await desk.act(case, Release)
    await desk.act(case, Claim)
    assert [row["what"] for row in await desk.told(case)].count("claimed") == 2


async def test_what_was_said_of_an_episode_is_not_told_in_the_next(desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' WHERE channel = 'room' RETURNING id")
    await desk.act(case, Claim)
    await desk.act(case, Release)
    assert [row["state"] for row in await desk.told(case) if row["what"] == "claimed"] == ["cancelled"]


async def test_closing_a_case_remembers_what_was_chosen_and_every_act_is_in_the_audit_log(desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Contact, by="Maria")
    await desk.act(case, Close, outcome="recovered", cause="routing", remedy="Passed on.")
    assert [row["chosen"] for row in await desk.rows("SELECT chosen FROM cause_choice")] == ["routing"]
    log = await desk.rows("SELECT who, what FROM audit_log WHERE object = :case ORDER BY id", case=f"case:{case}")
    assert [(row["who"], row["what"]) for row in log] == [
        ("Dana", "case.claim"),
        ("Maria", "case.contact"),
        ("Dana", "case.close"),
    ]
