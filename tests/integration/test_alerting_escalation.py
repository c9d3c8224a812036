"""What happens to a case by itself and by people, on a real database whose clock the test moves."""

from datetime import UTC, datetime, timedelta

from alerting.core.case import (
    Appoint,
    Attempt,
    Case,
    Claim,
    Close,
    Contact,
    HandOver,
    Note,
    Refusal,
    Release,
    Reopen,
    Why,
)
from alerting.core.duty import Duty
from alerting.core.escalation.policy import Policy, Step, Target
from support.moving_clock import MovingClock
from support.recovery import MINUTE, MONDAY, PEOPLE, ROOM, Recovery, pass_until


async def test_a_case_tells_the_first_step_as_it_opens_and_the_next_ones_when_they_are_due(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    told = [(row["channel"], row["person"], row["step"]) for row in await desk.told(case)]
    assert told == [("mail", "dana", "e1p1"), ("sms", "dana", "e1p1"), ("room", None, "e1p1")]
    await pass_until(clock, desk, MONDAY + 9 * MINUTE)
    assert len(await desk.told(case)) == 3
    await pass_until(clock, desk, MONDAY + 10 * MINUTE)
    assert [(row["channel"], row["person"], row["step"]) for row in await desk.told(case)][3:] == [
        ("mail", "maria", "e1p2")
    ]
    await pass_until(clock, desk, MONDAY + 50 * MINUTE)
    steps = [row["step"] for row in await desk.told(case) if row["what"] == "page" and row["channel"] == "room"]
    assert steps == ["e1p1", "e1p3", "e1p5"]


async def test_a_claim_ends_the_search_in_the_same_transaction_and_tells_those_who_were_paged(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    await desk.rows("UPDATE notification SET state = 'sent' WHERE channel = 'room' RETURNING id")
    assert isinstance(await desk.act(case, Claim), Case)
    states = {(row["channel"], row["what"]): row["state"] for row in await desk.told(case)}
    assert states == {
        ("mail", "page"): "cancelled",
        ("sms", "page"): "cancelled",
        ("room", "page"): "sent",
        ("room", "claimed"): "queued",
    }
    assert await desk.timers(case) == {
        "lease": MONDAY + timedelta(hours=1),
        "contact_due": MONDAY + timedelta(hours=2),
    }
    await pass_until(clock, desk, MONDAY + 50 * MINUTE)
    assert [row["what"] for row in await desk.told(case)].count("page") == 3


async def test_a_claim_without_work_lapses_and_somebody_is_looked_for_from_the_start(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await pass_until(clock, desk, MONDAY + timedelta(hours=1))
    row = await desk.row(case)
    assert (row["state"], row["episode"], row["claimed_by"]) == ("open", 2, None)
    assert [told["step"] for told in await desk.told(case) if told["episode"] == 2] == ["e2p1"] * 3
    assert "lapsed" in await desk.timeline(case)


async def test_an_attempt_to_reach_the_customer_keeps_the_claim(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await pass_until(clock, desk, MONDAY + 55 * MINUTE)
    await desk.act(case, Attempt, result="no_answer", note="twice")
    await pass_until(clock, desk, MONDAY + 110 * MINUTE)
    assert (await desk.row(case))["state"] == "claimed"
    tried = await desk.rows("SELECT who, channel, result, note FROM call_attempt")
    assert tried == [{"who": "Dana", "channel": "phone", "result": "no_answer", "note": "twice"}]


async def test_a_customer_not_reached_in_time_is_called_to_mind_once(clock: MovingClock, desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await pass_until(clock, desk, MONDAY + 59 * MINUTE)
    await desk.act(case, Attempt, result="busy")
    await pass_until(clock, desk, MONDAY + 100 * MINUTE)
    await desk.act(case, Attempt, result="voicemail")
    await pass_until(clock, desk, MONDAY + timedelta(hours=2))
    reminders = [row for row in await desk.told(case) if row["what"] == "reminder"]
    assert {(row["channel"], row["person"]) for row in reminders} == {("mail", "dana"), ("sms", "dana")}
    assert (await desk.timeline(case)).count("breached") == 1


async def test_an_appointment_stops_the_clock_and_is_called_to_mind_when_it_is_time(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    at = MONDAY + timedelta(hours=20)
    await desk.act(case, Appoint, at=at)
    assert (await desk.row(case))["contact_due_at"] == at + timedelta(hours=2)
    await pass_until(clock, desk, at)
    assert "call_back_due" in await desk.timeline(case)
    assert "breached" not in await desk.timeline(case)
    assert [row["person"] for row in await desk.told(case) if row["what"] == "reminder"] == ["dana", "dana"]


async def test_whoever_contacted_a_customer_is_reminded_daily_to_close_and_the_customer_is_asked_again(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Contact)
    assert (await desk.timers(case)).keys() == {"settle"}
    assert len(await desk.rows("SELECT * FROM resurvey_request")) == 1
    await pass_until(clock, desk, MONDAY + timedelta(days=2, hours=1))
    assert (await desk.timeline(case)).count("settle_due") == 2
    await desk.act(case, Close, outcome="recovered", cause="workflow", remedy="Refunded.")
    assert await desk.timers(case) == {}


async def test_a_colleague_who_is_given_a_case_is_told(desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, HandOver, to="Maria")
    assert (await desk.row(case))["claimed_by"] == "Maria"
    assert [row["person"] for row in await desk.told(case) if row["what"] == "reminder"] == ["maria"]


async def test_a_case_given_back_or_opened_again_looks_for_somebody_anew(desk: Recovery) -> None:
    case = await desk.open("call-1")
    await desk.act(case, Claim)
    await desk.act(case, Release)
    assert [row["step"] for row in await desk.told(case) if row["state"] == "queued"] == ["e2p1"] * 3
    await desk.act(case, Close, outcome="dismissed", reason="a test")
    await desk.act(case, Reopen, reason="not a test")
    row = await desk.row(case)
    assert (row["state"], row["episode"], row["reopened"]) == ("open", 3, 1)
    assert [row["step"] for row in await desk.told(case) if row["state"] == "queued"] == ["e3p1"] * 3
    assert (await desk.timers(case)).keys() == {"escalation", "contact_due"}


async def test_a_closed_case_is_not_opened_again_beside_another_about_the_same_contact(desk: Recovery) -> None:
    first = await desk.open("call-1")
    await desk.act(first, Close, outcome="dismissed", reason="a test")
    assert await desk.open("call-1") != first
    refused = await desk.act(first, Reopen, reason="after all")
    assert isinstance(refused, Refusal)
    assert refused.why is Why.ANOTHER_IS_OPEN


async def test_a_note_is_written_down_and_nothing_else(desk: Recovery) -> None:
    case = await desk.open("call-1")
    before = await desk.row(case)
    await desk.act(case, Note, note="Speaks Bengali.", version=7)
    assert {**before, "revision": 0} == {**await desk.row(case), "revision": 0}
    assert (await desk.timeline(case))[-1] == "noted"


async def test_quiet_hours_put_a_page_off_and_the_next_round_comes_as_planned(
    clock: MovingClock, desk: Recovery
) -> None:
    night = datetime(2026, 3, 2, 23, tzinfo=UTC)
    await clock.set(night)
    case = await desk.open("call-1")
    await pass_until(clock, desk, night + 25 * MINUTE)
    maria = [row for row in await desk.told(case) if row["person"] == "maria"]
    assert [row["due_at"] for row in maria] == [datetime(2026, 3, 3, 7, tzinfo=UTC)]
    assert [row["step"] for row in await desk.told(case) if row["channel"] == "room"] == ["e1p1", "e1p3"]


async def test_where_nobody_is_on_call_the_fallback_is_told_and_the_alarm_counts(clock: MovingClock) -> None:
    steps = (Step(timedelta(0), (Target("on_call", "nobody-there"),)),)
    duty = Duty(PEOPLE, {}, {"default": Policy("default", steps, fallback=(ROOM,))}, shared=("room",))
    desk = Recovery(clock.engine, duty)
    case = await desk.open("call-1")
    assert [(row["channel"], row["person"]) for row in await desk.told(case)] == [("room", None)]
    assert "nobody_on_call" in await desk.timeline(case)
    assert desk.registry.get_sample_value("amends_alerting_nobody_on_call_total") == 1


async def test_a_case_nobody_ever_claims_is_told_daily_and_then_counts_as_forgotten(
    clock: MovingClock, desk: Recovery
) -> None:
    case = await desk.open("call-1")
    await pass_until(clock, desk, MONDAY + timedelta(days=20))
    told = await desk.told(case)
    assert sum(row["what"] == "page" for row in told) == 2 * (3 + 1) + 1 + 14
    assert "escalation" not in await desk.timers(case)
    assert (await desk.timeline(case)).count("exhausted") == 1
    assert desk.registry.get_sample_value("amends_alerting_escalations_exhausted_total") == 1
