"""Claims against pages that are about to leave: real PostgreSQL, a real receiver.

The promise: no page arrives more than a second after the claim of its case was acknowledged; no page is lost; a page
arrives once, unless a process was killed between sending and marking it.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from alerting.channels.port import Envelope, Result
from alerting.channels.webhook import WebhookChannel
from alerting.core.duty import everybody
from alerting.core.message import WHATS, Notice
from alerting.dispatcher import LAST_SECONDS, LOOK_AGAIN_SECONDS
from alerting.store.due import Due
from alerting.store.leasing import Outbox
from support.delivery_rig import Rig, Slips, delivery_rig, running
from support.receiver import SECRET
from support.receiver import receiver as receiving
from support.until import until

CASES = 60


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    async with delivery_rig(database_url) as found:
        yield found


class Stalled(Outbox):
    """As on a machine that stops for a while just after a lease was taken."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.leased, self.go_on = asyncio.Event(), asyncio.Event()

    async def claim(self, channel: str, limit: int, per_minute: int | None = None) -> list[Due]:
        found = await super().claim(channel, limit, per_minute)
        if found and not self.leased.is_set():
            self.leased.set()
            await self.go_on.wait()
        return found


async def test_a_dispatcher_that_stalled_after_its_lease_looks_again_before_it_sends(rig: Rig) -> None:
    rig.duty = everybody(("slips",))
    await rig.bad_answer(1)
    await rig.bad_answer(2)
    claimed, waiting = await rig.cases()
    stalled, slips = Stalled(rig.engine), Slips()
    async with running(rig.lane(slips, outbox=stalled).run):
        await stalled.leased.wait()
        await rig.claim(claimed)
        await asyncio.sleep(0.25)  # longer than a lease counts as fresh
        stalled.go_on.set()
        await until(lambda: slips.begun, "the case that is still open to be told")
        await until(rig.all_are("cancelled", "sent"), "both to be done")
    assert [envelope.thread for envelope in slips.begun] == [str(waiting)]


async def test_a_stall_so_long_that_somebody_else_has_the_lease_sends_nothing_twice(rig: Rig) -> None:
    rig.duty = everybody(("slips",))
    await rig.bad_answer()
    stalled, late, other = Stalled(rig.engine, lease_seconds=0.1), Slips(), Slips()
    async with running(rig.lane(late, outbox=stalled).run):
        await stalled.leased.wait()
        await asyncio.sleep(0.3)
        async with running(rig.lane(other).run):
            await until(rig.all_are("sent"), "the other to send it")
        stalled.go_on.set()
        await rig.bad_answer(2)
        await until(lambda: late.begun, "the next case to pass by")
    assert len(other.got) == 1
    assert {envelope.key for envelope in late.begun}.isdisjoint({envelope.key for envelope in other.begun})


async def test_a_page_that_is_slow_to_leave_is_broken_off_when_its_case_is_claimed(rig: Rig) -> None:
    rig.duty, rig.follows = everybody(("slips",)), {"claimed": ("slips",)}
    await rig.bad_answer()
    (case_id,) = await rig.cases()
    broken_off: list[float] = []

    class Slow(Slips):
        async def send(self, notice: Notice, envelope: Envelope) -> Result:
            try:
                return await super().send(notice, envelope)
            except asyncio.CancelledError:
                broken_off.append(time.monotonic())
                raise

    slips = Slow(script=[asyncio.Event()])
    async with running(rig.lane(slips).run):
        await until(lambda: slips.begun, "the page to be under way")
        acknowledged = await rig.claim(case_id)
        await until(rig.all_are("cancelled", "sent"), "the page to be let go, and the claim told")
    assert slips.whats == ["claimed"]  # whoever may have seen the page must not be left with it
    assert broken_off[0] - acknowledged < 1.0


async def test_a_page_of_which_only_the_answer_is_to_come_is_not_broken_off(rig: Rig) -> None:
    """What updates the message later comes with the answer."""
    rig.duty = everybody(("slips",))
    await rig.bad_answer()
    (case_id,) = await rig.cases()
    nearly = asyncio.Event()
    slips = Slips(script=[nearly])
    asked: list[bool] = []

    class Asked(Outbox):
        async def held(self, due: Due) -> bool:
            asked.append(await super().held(due))
            if not asked[-1]:
                nearly.set()
            return asked[-1]

    async with running(rig.lane(slips, outbox=Asked(rig.engine)).run):
        await until(lambda: slips.begun, "the page to be under way")
        await rig.claim(case_id)
        await until(rig.all_are("sent"), "the page to be marked")
    assert asked[-1] is False


def test_the_seconds_of_a_send_add_up_to_less_than_the_second_that_is_promised() -> None:
    assert LOOK_AGAIN_SECONDS + LAST_SECONDS < 0.75  # what is left is for the database to answer in


async def test_a_page_under_way_is_not_broken_off_while_its_case_is_open(rig: Rig) -> None:
    rig.duty = everybody(("slips",))
    await rig.bad_answer()
    slips = Slips(script=[3 * LOOK_AGAIN_SECONDS])
    async with running(rig.lane(slips).run):
        await until(rig.all_are("sent"), "the slow page")
    assert (slips.whats, len(slips.begun)) == (["page"], 1)


async def settled(rig: Rig) -> bool:
    return not await rig.rows("SELECT id FROM notification WHERE state = 'queued'")


async def test_claims_against_two_dispatchers(rig: Rig) -> None:
    rig.duty = everybody(("webhook",))
    rig.follows = dict.fromkeys(WHATS, ("webhook",))
    rng = random.Random(7)
    acknowledged: dict[UUID, float] = {}

    async def claim(case_id: UUID) -> None:
        await asyncio.sleep(rng.random() * 0.2)
        acknowledged[case_id] = await rig.claim(case_id)

    async with receiving() as receiver:
        lanes = [rig.lane(WebhookChannel(receiver.url, SECRET)).run for _ in range(2)]
        async with running(rig.bell.listen, *lanes):
            async with asyncio.TaskGroup() as claims:
                for number in range(CASES):
                    await rig.bad_answer(number)
                    if number % 3:
                        known = await rig.cases()
                        claims.create_task(claim(known[-1]))
            await until(lambda: settled(rig), "all to be told or not needed")
        arrived = defaultdict(list)
        for number, at in enumerate(receiver.at):
            told = receiver.verified(number)
            arrived[told["type"], UUID(told["data"]["case_id"])].append(at)
        keys = Counter(headers["webhook-id"] for headers, _ in receiver.got)

    assert set(keys.values()) == {1}
    unclaimed = set(await rig.cases()) - set(acknowledged)
    assert unclaimed <= {case_id for kind, case_id in arrived if kind == "case.opened"}
    for case_id, at in acknowledged.items():
        for page in arrived["case.opened", case_id]:
            assert page < at + 1.0
        if arrived["case.opened", case_id]:
            (claim_told,) = arrived["case.claimed", case_id]
            assert claim_told > arrived["case.opened", case_id][0]
