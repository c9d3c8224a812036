"""Corners of the escalation engine that somebody who wished it ill has found, on a database whose clock moves."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from alerting.channels.port import Failed
from alerting.core.case import Appoint, Attempt, Case, Claim, Close, Contact, HandOver, Refusal, Release, Reopen
from alerting.core.duty import Duty, everybody
from alerting.core.escalation.policy import Policy, Route, Step, Target
from alerting.core.message import WHATS
from alerting.core.people import Person
from alerting.store import bundling, outbox
from alerting.store.audit import audit
from alerting.store.leasing import Outbox
from events.runtime.database import transaction
from support.delivery_rig import Slips, delivery_rig, running
from support.moving_clock import MovingClock
from support.recovery import MARIA, MINUTE, MONDAY, PEOPLE, POLICY, ROOM, Recovery, pass_until
from support.until import until

HOUR = timedelta(hours=1)


async def test_moved_appointment_keeps_what_was_left_of_the_clock(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + 20 * HOUR)
    await clock.set(MONDAY + 10 * MINUTE)
    await desk.act(case, Appoint, at=MONDAY + 21 * HOUR)
    assert (await desk.row(case))["contact_due_at"] == MONDAY + 23 * HOUR


async def test_hand_over_keeps_the_lease_of_an_appointment(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + 20 * HOUR)
    await desk.act(case, HandOver, to="Maria")
    await pass_until(clock, desk, MONDAY + 5 * HOUR)
    assert (await desk.row(case))["state"] == "claimed"


async def test_claim_of_a_case_with_an_appointment_holds_until_it(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + 20 * HOUR)
    await desk.act(case, Release)
    await desk.act(case, Claim, by="Maria")
    await pass_until(clock, desk, MONDAY + 5 * HOUR)
    assert (await desk.row(case))["state"] == "claimed"


async def test_overdue_once_after_late_appointment(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Attempt, result="busy")
    await clock.set(MONDAY + 55 * MINUTE)
    await desk.act(case, Attempt, result="busy")
    await clock.set(MONDAY + 110 * MINUTE)
    await desk.act(case, Attempt, result="busy")
    await pass_until(clock, desk, MONDAY + 121 * MINUTE)
    await desk.act(case, Appoint, at=MONDAY + 5 * HOUR)
    await pass_until(clock, desk, MONDAY + 122 * MINUTE)
    assert (await desk.timeline(case)).count("breached") == 1


async def test_sleeper_gets_one_page_in_the_morning(clock: MovingClock) -> None:
    duty = Duty(
        PEOPLE,
        {},
        {"default": Policy("default", (Step(timedelta(0), (MARIA,)), Step(10 * MINUTE, (MARIA,))), rounds=3)},
        shared=("room",),
    )
    desk = Recovery(clock.engine, duty)
    await clock.set(datetime(2026, 3, 2, 23, tzinfo=UTC))
    case = await desk.open("call-1")
    await pass_until(clock, desk, datetime(2026, 3, 2, 23, 1, tzinfo=UTC))
    told = await desk.told(case)
    assert len(told) == 1


async def test_policy_that_shrank_swallows_no_page(clock: MovingClock) -> None:
    long = Policy(
        "default",
        (Step(timedelta(0), (ROOM,)), Step(10 * MINUTE, (ROOM,)), Step(10 * MINUTE, (ROOM,))),
        rounds=3,
        pause=15 * MINUTE,
        last_resort=(ROOM,),
    )
    desk = Recovery(clock.engine, Duty(PEOPLE, {}, {"default": long}, shared=("room",)))
    case = await desk.open("call-1")
    await pass_until(clock, desk, MONDAY + 21 * MINUTE)
    before = len(await desk.told(case))
    short = Policy("default", (Step(timedelta(0), (ROOM,)),), rounds=3, pause=15 * MINUTE, last_resort=(ROOM,))
    desk = Recovery(clock.engine, Duty(PEOPLE, {}, {"default": short}, shared=("room",)))
    await pass_until(clock, desk, MONDAY + 60 * MINUTE)
    told = await desk.told(case)
    assert before == 3
    assert len(told) >= 5


async def test_no_two_recipients_share_a_key(clock: MovingClock) -> None:
    people = {
        "x": Person("x", "X", ZoneInfo("UTC"), {"mail-dana": "a@example.org"}),
        "dana-x": Person("dana-x", "DX", ZoneInfo("UTC"), {"mail": "b@example.org"}),
    }
    policy = Policy("default", (Step(timedelta(0), (Target("person", "x"), Target("person", "dana-x"))),))
    desk = Recovery(clock.engine, Duty(people, {}, {"default": policy}))
    case = await desk.open("call-1")
    assert len(await desk.told(case)) == 2


async def test_auditor_patient_with_a_first_step_that_waits(clock: MovingClock) -> None:
    policy = Policy("default", (Step(30 * MINUTE, (ROOM,)),), last_resort=(ROOM,))
    desk = Recovery(clock.engine, Duty(PEOPLE, {}, {"default": policy}, shared=("room",)))
    await desk.open("call-1")
    assert (await audit(clock.engine, ["room"])).without_next_step == 0


async def test_auditor_sees_a_timer_that_is_never_served(clock: MovingClock, desk: Recovery) -> None:
    await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' RETURNING id")
    await clock.set(MONDAY + 5 * HOUR)  # the timekeeper is dead or fails each time
    assert (await audit(clock.engine, ["room", "mail"])).without_next_step == 1


async def test_auditor_sees_nobody_told_in_this_episode(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' RETURNING id")
    await desk.act(case, Claim)
    await desk.act(case, Release)
    await desk.rows("UPDATE notification SET state = 'dead' WHERE episode = 2 RETURNING id")
    assert (await audit(clock.engine, ["room", "mail"])).without_next_step == 1


async def test_reopen_beside_a_case_of_an_unknown_customer(clock: MovingClock, desk: Recovery) -> None:
    first = await desk.open("call-1")
    await desk.act(first, Close, outcome="dismissed", reason="a stray")
    await desk.open("call-1", customer="cus-1")
    result = await desk.act(first, Reopen, reason="after all")
    await desk.open("call-1", customer="cus-1")
    assert isinstance(result, Refusal)


async def test_a_claim_while_a_bundle_is_made_is_not_in_it(database_url: str) -> None:

    async with delivery_rig(database_url) as rig:
        rig.duty = everybody(("slips",))
        rig.duty = Duty(
            policies={
                "default": Policy("default", (Step(timedelta(0), (Target("channel", "slips"),)),), last_resort=())
            }
        )
        for n in range(8):
            await rig.bad_answer(n)
        await rig.cases()
        async with transaction(rig.engine) as tx:
            await bundling.divide(tx, "slips", 3)
            rows = (await tx.execute(text("SELECT case_id FROM notification WHERE state='bundled' ORDER BY id"))).all()
            victim = rows[-1].case_id
            claiming = asyncio.create_task(rig.claim(victim))
            await asyncio.sleep(1)
        await claiming
        due = await Outbox(rig.engine).claim("slips", 20)
        bundle = next(d for d in due if d.what == "bundle")
        assert victim not in bundle.facts.case_ids


async def test_settle_reminder_respects_quiet_hours(clock: MovingClock, desk: Recovery) -> None:
    await clock.set(datetime(2026, 3, 2, 23, tzinfo=UTC))
    case = await desk.open("call-1")
    await desk.act(case, Claim, by="Maria")
    await desk.act(case, Contact, by="Maria")
    await pass_until(clock, desk, datetime(2026, 3, 3, 23, 1, tzinfo=UTC))
    due = [r["due_at"] for r in await desk.told(case) if r["what"] == "reminder"]
    assert due == [datetime(2026, 3, 4, 7, tzinfo=UTC)]


async def test_a_follow_up_that_waits_does_not_come_after_a_later_one(database_url: str) -> None:

    async with delivery_rig(database_url) as rig:
        rig.duty = everybody(("slips",))
        rig.follows = dict.fromkeys(WHATS, ("slips",))
        await rig.bad_answer()
        (case,) = await rig.cases()
        slips = Slips(script=[0.0, Failed("answered 503", 3.0)])
        async with running(rig.bell.listen, rig.lane(slips).run):
            await until(lambda: slips.whats == ["page"], "page")
            await rig.claim(case)
            await until(lambda: len(slips.begun) == 2, "claim tried")
            await asyncio.sleep(0.3)
            r = await rig.acting.act(
                "default", case, Close(by="Dana", version=2, outcome="unreachable", cause="workflow", remedy="x")
            )
            assert isinstance(r, Case), r
            await until(lambda: len(slips.whats) == 3, "everything is told", seconds=30)
        assert slips.whats == ["page", "claimed", "closed"]


async def test_claim_clock_of_a_reopened_case_starts_anew(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Close, outcome="dismissed", reason="a test")
    await clock.set(MONDAY + 50 * HOUR)
    await desk.act(case, Reopen, reason="not")
    assert (await desk.row(case))["claim_due_at"] > MONDAY + 50 * HOUR


async def test_hand_over_takes_the_old_owners_reminders_back(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + HOUR)
    await pass_until(clock, desk, MONDAY + HOUR)
    await desk.act(case, HandOver, to="Maria")
    left = {
        (r["person"], r["step"]) for r in await desk.told(case) if r["what"] == "reminder" and r["state"] == "queued"
    }
    assert {p for p, _ in left} == {"maria"}


async def test_contact_takes_reminders_back(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Appoint, at=MONDAY + HOUR)
    await pass_until(clock, desk, MONDAY + HOUR)
    await desk.act(case, Contact)
    assert not [r for r in await desk.told(case) if r["what"] == "reminder" and r["state"] == "queued"]


async def test_who_slept_through_a_round_is_paged_once_in_the_morning(clock: MovingClock) -> None:
    steps = (Step(timedelta(0), (MARIA,)), Step(10 * MINUTE, (MARIA,)))
    desk = Recovery(
        clock.engine, Duty(PEOPLE, {}, {"default": Policy("default", steps, rounds=3, last_resort=(ROOM,))})
    )
    await clock.set(datetime(2026, 3, 2, 23, tzinfo=UTC))
    case = await desk.open("call-1")
    morning = datetime(2026, 3, 3, 7, tzinfo=UTC)
    await pass_until(clock, desk, morning + MINUTE)
    assert [told["due_at"] for told in await desk.told(case) if told["what"] == "page"] == [morning]


async def test_what_is_overdue_is_told_under_the_policy_of_its_own_case(clock: MovingClock) -> None:
    billing, lead = Target("channel", "billing"), Target("channel", "billing-lead")
    own = Policy("billing", (Step(timedelta(0), (billing,)),), fallback=(lead,), last_resort=(billing,))
    desk = Recovery(clock.engine, Duty(PEOPLE, {}, {"default": POLICY, "billing": own}, (Route("billing"),)))
    case = await desk.open("call-1")
    await pass_until(clock, desk, MONDAY + 2 * HOUR)
    assert {told["channel"] for told in await desk.told(case) if told["what"] == "reminder"} == {"billing-lead"}


async def test_a_timer_that_always_fails_is_seen(clock: MovingClock, desk: Recovery) -> None:
    await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' RETURNING id")
    await desk.rows("UPDATE timer SET data = '{}' WHERE kind = 'escalation' RETURNING kind")
    for minutes in range(10, 40):
        await clock.set(MONDAY + minutes * MINUTE)
        await desk.timekeeper.look()
    assert (await audit(clock.engine, ["room"])).without_next_step == 1


async def test_answers_about_a_contact_apply_whatever_was_dismissed_and_opened_again(
    clock: MovingClock, desk: Recovery
) -> None:
    first = await desk.open("call-1")
    await desk.act(first, Close, outcome="dismissed", reason="a stray")
    second = await desk.open("call-1", customer="cus-1")
    await desk.act(first, Reopen, reason="after all")
    assert await desk.open("call-1", customer="cus-1") == second


async def test_a_first_page_goes_ahead_of_any_pile(database_url: str) -> None:
    async with delivery_rig(database_url) as rig:
        rig.duty = Duty(policies={"default": Policy("default", (Step(timedelta(0), (Target("channel", "slips"),)),))})
        await rig.bad_answer(0)
        (old,) = await rig.cases()
        async with transaction(rig.engine) as tx:
            for number in range(2, 152):
                to = [outbox.Recipient("slips", f"p{number}")]
                await outbox.enqueue(tx, "default", old, "page", f"e1p{number}", to)
        await rig.rows("UPDATE notification SET due_at = due_at - interval '1 hour' RETURNING id")
        await rig.bad_answer(1)
        found = await Outbox(rig.engine).claim("slips", 8)
        assert any(due.facts.step == 1 and due.facts.case_id != old for due in found)


async def test_a_page_does_not_wait_for_a_follow_up_that_was_told_to_wait(database_url: str) -> None:
    async with delivery_rig(database_url) as rig:
        rig.duty = everybody(("slips",))
        rig.follows = dict.fromkeys(WHATS, ("slips",))
        await rig.bad_answer()
        (case,) = await rig.cases()
        slips = Slips(script=[0.0, Failed("answered 429", 3600.0)])
        async with running(rig.bell.listen, rig.lane(slips).run):
            await until(lambda: slips.whats == ["page"], "the first page")
            await rig.claim(case)
            await until(lambda: len(slips.begun) == 2, "the destination wants an hour of peace")
            assert isinstance(await rig.acting.act("default", case, Release(by="Dana", version=2)), Case)
            await until(lambda: slips.whats.count("page") == 2, "the page of the second episode", seconds=20)
