"""Too much for one recipient: what is told singly, what in a bundle, and that nothing is lost. Real PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from alerting.channels.port import Failed, Refused
from alerting.core.duty import DEFAULT, Duty
from alerting.core.escalation.policy import Policy, Step, Target
from alerting.core.throttle import URGENT_TIMES
from alerting.store import bundling, outbox
from alerting.store.deliveries import Deliveries
from alerting.store.leasing import Outbox
from alerting.store.outbox import Recipient
from events.runtime.database import transaction
from support.delivery_rig import Rig, Slips, delivery_rig, person, running
from support.until import until

LIMIT = 3


def telling(*targets: Target, urgent: bool = False) -> Duty:
    return Duty(policies={DEFAULT: Policy(DEFAULT, (Step(timedelta(0), targets, urgent),))})


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    async with delivery_rig(database_url) as found:
        found.duty = telling(Target("channel", "slips"))
        yield found


@pytest.fixture
def slips() -> Slips:
    return Slips(per_minute=LIMIT)


async def storm(rig: Rig, cases: int, first: int = 0) -> None:
    for number in range(first, first + cases):
        await rig.bad_answer(number)


async def count(rig: Rig) -> Counter[str]:
    return Counter(await rig.states())


async def settled(rig: Rig) -> bool:
    return not await rig.rows("SELECT id FROM notification WHERE state = 'queued'")


async def test_what_is_beyond_the_limit_is_told_in_one_message_that_counts_it_all(rig: Rig, slips: Slips) -> None:
    await storm(rig, 20)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "everything to be told")
    assert Counter(slips.whats) == {"page": LIMIT, "bundle": 1}
    assert await count(rig) == {"sent": LIMIT + 1, "bundled": 20 - LIMIT}
    notice, envelope = next(one for one in slips.got if one[0].what == "bundle")
    assert (notice.title, notice.link) == ("17 more cases wait", "https://desk.example/desk/")
    single = {one.data["data"]["case_id"] for one, _ in slips.got if one.what == "page"}
    assert single | set(notice.data["data"]["case_ids"]) == {str(case_id) for case_id in await rig.cases()}
    assert envelope.thread not in single


async def test_every_case_of_a_bundle_is_told_in_log_and_timeline(rig: Rig, slips: Slips) -> None:
    await storm(rig, 10)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "everything to be told")
    told = await rig.rows("SELECT case_id, count(*) AS times FROM timeline WHERE what = 'told' GROUP BY case_id")
    assert {row.case_id: row.times for row in told} == dict.fromkeys(await rig.cases(), 1)
    log = Deliveries(rig.engine)
    for case_id in await rig.cases():
        deliveries = await log.of_case("default", case_id)
        assert all(one.sent_at is not None for one in deliveries)
        assert [one.what for one in deliveries] in (["page"], ["page", "bundle"])


async def test_without_a_limit_everything_is_told_singly(rig: Rig) -> None:
    await storm(rig, 20)
    slips = Slips()
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "everything to be told")
    assert slips.whats == ["page"] * 20


async def test_what_is_urgent_is_told_singly_up_to_the_hard_limit(rig: Rig, slips: Slips) -> None:
    rig.duty = telling(Target("channel", "slips"), urgent=True)
    await storm(rig, URGENT_TIMES * LIMIT + 5)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "everything to be told")
    assert Counter(slips.whats) == {"page": URGENT_TIMES * LIMIT, "bundle": 1}
    assert "5 more cases wait" in {notice.title for notice, _ in slips.got}


async def test_the_first_page_of_a_case_goes_ahead_of_all_that_waits(rig: Rig) -> None:
    await rig.bad_answer(0)
    (old,) = await rig.cases()
    async with transaction(rig.engine) as tx:
        for number in range(2, 9):
            await outbox.enqueue(tx, "default", old, "page", f"e1p{number}", [Recipient("slips", f"p{number}")])
    await rig.bad_answer(1)
    await rig.rows("UPDATE notification SET due_at = due_at - interval '1 hour' WHERE step <> 'e1p1'")
    first, second, *_ = await Outbox(rig.engine).claim("slips", 9, LIMIT)
    assert {first.facts.step, second.facts.step} == {1}  # type: ignore[union-attr]
    assert first.subject != second.subject


async def test_one_persons_storm_holds_up_nobody_else(rig: Rig, slips: Slips) -> None:
    rig.duty = telling(Target("person", "dana"))
    people = [person("dana", slips="d"), person("ravi", slips="r")]
    rig.duty = Duty({one.id: one for one in people}, {}, rig.duty.policies)
    await storm(rig, 12)
    case_id = (await rig.cases())[-1]
    async with transaction(rig.engine) as tx:
        await outbox.enqueue(tx, "default", case_id, "page", "e1p2", [Recipient("slips", "ravi")])
    async with running(rig.bell.listen, rig.lane(slips, people=people).run):
        await until(lambda: settled(rig), "everything to be told")
    assert [notice.what for notice, envelope in slips.got if envelope.to == "r"] == ["page"]
    assert Counter(notice.what for notice, to in slips.got if to.to == "d") == {"page": LIMIT, "bundle": 1}


async def test_what_comes_up_within_the_minute_joins_one_bundle_that_waits(rig: Rig, slips: Slips) -> None:
    await storm(rig, 10)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "the first bundle")
        for number in range(10, 16):
            await rig.bad_answer(number)
        await until(rig.all_are("sent", "bundled", "queued"), "the second bundle to be made")
        await until(
            lambda: rig.rows("SELECT id FROM notification WHERE state = 'bundled' OFFSET 12"), "all six to be in it"
        )
    assert Counter(slips.whats)["bundle"] == 1
    (waiting,) = await rig.rows(
        "SELECT due_at - (SELECT max(sent_at) FROM notification WHERE what = 'bundle') AS apart"
        " FROM notification WHERE what = 'bundle' AND state = 'queued'"
    )
    assert waiting.apart == timedelta(minutes=1)
    await rig.rows("UPDATE notification SET due_at = now() WHERE what = 'bundle' AND state = 'queued'")
    async with running(rig.lane(slips).run):
        await until(lambda: settled(rig), "the second bundle")
    assert [n.title for n, _ in slips.got if n.what == "bundle"] == ["7 more cases wait", "6 more cases wait"]


async def test_a_last_single_page_waits_for_room_instead_of_becoming_a_bundle(rig: Rig, slips: Slips) -> None:
    await storm(rig, LIMIT + 1)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(rig.all_are("sent", "queued"), "the others to be told, and one to wait")
        await rig.rows("UPDATE notification SET sent_at = sent_at - interval '2 minutes'")
        await until(lambda: settled(rig), "the last one, as soon as there is room")
    assert slips.whats == ["page"] * (LIMIT + 1)


async def test_cases_claimed_before_a_bundle_is_sent_are_not_in_it(rig: Rig) -> None:
    await storm(rig, 12)
    outbox_ = Outbox(rig.engine)
    assert len(await outbox_.claim("slips", 9, LIMIT)) == LIMIT
    bundled = await rig.rows("SELECT case_id FROM notification WHERE state = 'bundled'")
    for row in bundled[:4]:
        await rig.claim(row.case_id)
    (bundle,) = await outbox_.claim("slips", 9, LIMIT)
    assert len(bundle.facts.case_ids) == 5  # type: ignore[union-attr]
    assert await outbox_.held(bundle)
    for row in bundled[4:]:
        await rig.claim(row.case_id)
    assert not await outbox_.held(bundle)


async def test_a_bundle_of_which_nothing_is_left_is_sent_to_nobody(rig: Rig, slips: Slips) -> None:
    await storm(rig, 8)
    assert len(await Outbox(rig.engine, lease_seconds=0.0).claim("slips", 9, LIMIT)) == LIMIT
    for case_id in await rig.cases():
        await rig.claim(case_id)
    async with running(rig.lane(slips).run):
        await until(rig.all_are("cancelled"), "all to be cancelled")
    assert slips.begun == []


async def test_a_bundle_is_tried_again_under_its_key_and_takes_nothing_more(rig: Rig, slips: Slips) -> None:
    slips.at_once = 1
    slips.script = [0.0] * LIMIT + [Failed("answered 500")]
    await storm(rig, 8)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: len(slips.begun) == LIMIT + 1, "the bundle to fail")
        await storm(rig, 4, first=8)
        await until(lambda: Counter(slips.whats)["bundle"] == 1, "the bundle to be tried again")
    tries = [envelope.key for envelope in slips.begun[LIMIT:]]
    assert tries[0] == tries[1]
    assert "5 more cases wait" in {notice.title for notice, _ in slips.got}
    bundles = await rig.rows("SELECT state FROM notification WHERE what = 'bundle' ORDER BY id")
    assert [row.state for row in bundles] == ["sent", "queued"]


async def test_a_bundle_that_is_given_up_is_a_failure_of_each_of_its_cases(rig: Rig, slips: Slips) -> None:
    slips.at_once = 1
    slips.script = [0.0] * LIMIT + [Refused("answered 410")]
    await storm(rig, 8)
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: settled(rig), "all to be told or given up")
    assert len(await rig.rows("SELECT id FROM timeline WHERE what = 'not_told'")) == 5
    states = Counter([one.state for one in await rig.notifications()])
    assert states == {"sent": LIMIT, "dead": 5 + 5}  # each page, and the bundle once for each


async def test_dispatchers_that_run_side_by_side_keep_the_limit_together(rig: Rig) -> None:
    await storm(rig, 30)
    one, other = Slips(per_minute=LIMIT), Slips(per_minute=LIMIT)
    async with running(rig.bell.listen, rig.lane(one).run, rig.lane(other).run):
        await until(lambda: settled(rig), "everything to be told")
    assert Counter([*one.whats, *other.whats]) == {"page": LIMIT, "bundle": 1}


async def test_only_one_dispatcher_counts_at_a_time(rig: Rig) -> None:
    """Two that counted at once, each what the other had not locked, would both find room."""
    await storm(rig, 4)
    async with transaction(rig.engine) as tx:
        assert len(await bundling.divide(tx, "slips", LIMIT)) == LIMIT
        other = asyncio.create_task(Outbox(rig.engine).claim("slips", 9, LIMIT))
        done, _ = await asyncio.wait({other}, timeout=0.5)
        assert not done
    assert len(await other) == LIMIT


async def test_a_storm_that_is_being_claimed_loses_no_case(rig: Rig, slips: Slips) -> None:
    """Cases open, are bundled and are claimed all at once; no lock is taken the wrong way round."""
    async with running(rig.bell.listen, rig.lane(slips).run, rig.lane(Slips(per_minute=LIMIT)).run):
        await storm(rig, 10)
        open_cases = await rig.cases()
        await asyncio.gather(storm(rig, 30, first=10), *(rig.claim(case_id) for case_id in open_cases))
        await until(
            lambda: rig.rows(
                "SELECT 1 WHERE NOT EXISTS (SELECT FROM notification WHERE state = 'queued' AND due_at <= now())"
            ),
            "nothing to be due",
        )
    lost = await rig.rows(
        "SELECT id FROM recovery_case c WHERE state = 'open' AND NOT EXISTS (SELECT FROM notification n"
        " LEFT JOIN notification b ON b.id = n.bundled_into WHERE n.case_id = c.id AND n.what = 'page'"
        " AND (n.state = 'sent' OR n.state = 'bundled' AND b.state IN ('sent', 'queued')))"
    )
    assert lost == []
    still_told = await rig.rows(
        "SELECT n.id FROM notification n JOIN recovery_case c ON c.id = n.case_id"
        " WHERE c.state = 'claimed' AND n.what = 'page' AND n.state = 'queued'"
    )
    assert still_told == []
