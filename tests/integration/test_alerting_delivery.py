"""From an open case to somebody who was told: real PostgreSQL, real receivers over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting import dispatcher
from alerting.channels.port import Envelope
from alerting.channels.webhook import WebhookChannel
from alerting.core.duty import everybody
from alerting.core.message import Notice
from alerting.store.leasing import Outbox
from events.runtime.database import transaction
from support.delivery_rig import Rig, Slips, delivery_rig, running
from support.receiver import SECRET, Receiver
from support.receiver import receiver as receiving
from support.until import until


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel(receiver.url, SECRET, timeout=0.5)
    yield channel
    await channel.close()


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    async with delivery_rig(database_url) as found:
        yield found


async def test_a_bad_answer_is_delivered_when_the_bell_rings_not_when_next_looked_for(
    rig: Rig, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", 3600.0)
    webhook = WebhookChannel(receiver.url, SECRET, timeout=10)
    async with running(rig.bell.listen, rig.lane(webhook).run):
        await rig.bad_answer(0)
        await until(lambda: len(receiver.got) == 1, "the first delivery")
        told = await rig.bad_answer(1)
        await until(lambda: len(receiver.got) == 2, "the second delivery")
        await until(rig.all_are("sent"), "both to be marked")
    await webhook.close()
    data = receiver.verified(1)["data"]
    assert (data["event_id"], data["score"], data["interaction_id"]) == (told.id, 1, "call-1")
    assert b"canary" not in b"".join(body for _, body in receiver.got)
    observed = rig.registry.get_sample_value("amends_alerting_delivery_seconds_count", {"channel": "webhook"})
    assert observed == 2


async def test_without_the_bell_it_is_delivered_all_the_same(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    async with running(rig.lane(webhook).run):
        await rig.bad_answer()
        await until(lambda: receiver.got, "a delivery by polling")


async def test_the_bell_is_heard_again_after_its_connection_was_lost(rig: Rig) -> None:
    heard = rig.bell.waiter()
    async with running(rig.bell.listen):
        await until(heard.is_set, "the bell to be connected")
        async with transaction(rig.engine) as tx:
            await tx.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        heard.clear()
        await until(heard.is_set, "the bell to be connected again")
        heard.clear()
        await rig.bad_answer()
        await until(heard.is_set, "the bell to ring")


async def test_a_failed_delivery_is_tried_again_with_the_same_key(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    receiver.script = [(500, {}), (429, {"retry-after": "1"})]
    await rig.bad_answer()
    async with running(rig.lane(webhook).run):
        await until(rig.all_are("sent"), "the third attempt")
    assert len(receiver.got) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({body for _, body in receiver.got}) == 1
    assert (await rig.notifications())[0].attempts == 3


async def test_a_refusal_is_final_and_says_why(rig: Rig, webhook: WebhookChannel, receiver: Receiver) -> None:
    receiver.script = [(410, {})]
    await rig.bad_answer()
    async with running(rig.lane(webhook).run):
        await until(rig.all_are("dead"), "the notification to be given up")
    assert (await rig.notifications())[0].problem == "answered 410"


async def test_a_claimed_case_tells_nobody(rig: Rig, webhook: WebhookChannel, receiver: Receiver) -> None:
    await rig.bad_answer()
    (case_id,) = await rig.cases()
    await rig.claim(case_id)
    assert await rig.states() == ["cancelled"]
    await rig.rows("UPDATE notification SET state = 'queued'")  # even if a claim had missed it
    assert await Outbox(rig.engine).claim("webhook", 10) == []


async def test_what_was_sent_while_somebody_claimed_is_recorded_as_sent(rig: Rig) -> None:
    await rig.bad_answer()
    outbox = Outbox(rig.engine)
    (due,) = await outbox.claim("webhook", 1)
    assert due.subject is not None
    await rig.claim(due.subject)
    assert await outbox.sent(due) is not None
    assert await rig.states() == ["sent"]


async def test_while_a_lease_holds_no_two_dispatchers_send_the_same_row(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    for number in range(30):
        await rig.bad_answer(number)
    other = WebhookChannel(receiver.url, SECRET)
    async with running(rig.lane(webhook).run, rig.lane(other).run):
        await until(rig.all_are("sent"), "all to be sent")
    keys = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(keys) == len(set(keys)) == 30


async def test_a_kill_between_send_and_mark_repeats_the_send_with_the_same_key(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    class Killed(WebhookChannel):
        """Sends, and then nothing more happens in this process: as SIGKILL leaves it."""

        async def send(self, notice: Notice, envelope: Envelope) -> Any:
            await super().send(notice, envelope)
            await asyncio.Event().wait()

    await rig.bad_answer()
    killed = Killed(receiver.url, SECRET)
    victim = asyncio.create_task(rig.lane(killed, outbox=Outbox(rig.engine, lease_seconds=1.0)).run(asyncio.Event()))
    await until(lambda: receiver.got, "the send before the kill")
    victim.cancel()
    assert await rig.states() == ["queued"]
    async with running(rig.lane(webhook).run):
        await until(rig.all_are("sent"), "the repeated send")
    first, second = [headers["webhook-id"] for headers, _ in receiver.got]
    assert first == second


async def test_who_lost_the_lease_says_nothing_any_more(rig: Rig) -> None:
    await rig.bad_answer()
    hasty, steady = Outbox(rig.engine, lease_seconds=0.0), Outbox(rig.engine)
    (lost,) = await hasty.claim("webhook", 1)
    (held,) = await steady.claim("webhook", 1)
    assert await hasty.sent(lost) is None
    await hasty.dead(lost, "late")
    assert await rig.states() == ["queued"]
    assert await steady.sent(held) is not None


async def test_a_slow_destination_holds_up_no_other(rig: Rig, webhook: WebhookChannel, receiver: Receiver) -> None:
    rig.duty = everybody(("slips", "webhook"))
    slow = Slips(at_once=1, script=[3.0])
    async with running(rig.bell.listen, rig.lane(slow).run, rig.lane(webhook).run):
        for number in range(10):
            await rig.bad_answer(number)
        await until(lambda: len(receiver.got) == 10, "all webhooks while the other is slow", seconds=2.5)


async def test_a_fault_in_a_channel_stops_neither_the_lane_nor_the_notification(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    class Faulty(WebhookChannel):
        async def send(self, notice: Notice, envelope: Envelope) -> Any:
            if not receiver.got:
                receiver.got.append(({}, b""))
                raise KeyError("a fault")
            return await super().send(notice, envelope)

    await rig.bad_answer()
    async with running(rig.lane(Faulty(receiver.url, SECRET)).run):
        await until(rig.all_are("sent"), "the second attempt")
