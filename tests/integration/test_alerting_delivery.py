"""From an open case to somebody who was told: real PostgreSQL, real receivers over HTTP."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting import channels
from alerting.app import MIGRATIONS, SCHEMA
from alerting.channels.apprise import AppriseChannel
from alerting.channels.port import Channel, Delivered, Destinations, Failed, Refused
from alerting.channels.webhook import WebhookChannel
from alerting.core.case import Claim
from alerting.core.message import Notice, case_opened
from alerting.core.rules.policy import Policy
from alerting.dispatcher import Lane
from alerting.handler import Handler
from alerting.store.cases import Cases
from alerting.store.intake import Opening
from alerting.store.outbox import Outbox
from alerting.store.views import NotificationView, Views
from alerting.store.wake import Bell
from alerting.telemetry import CaseTelemetry, DeliveryTelemetry
from events.envelope import Event
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from support.receiver import SECRET, Receiver, Reply
from support.receiver import receiver as receiving
from support.until import until

NOTICE = Notice("Unhappy customer: 1 on 1-5", "Claim the case", {"type": "case.opened", "data": {"event_id": "e-1"}})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel(receiver.url, SECRET, timeout=0.5)
    yield channel
    await channel.close()


# --- the webhook channel alone


async def test_a_webhook_is_signed_and_bears_the_dedup_key(webhook: WebhookChannel, receiver: Receiver) -> None:
    assert await webhook.send(NOTICE, "case-1-opened-webhook") == Delivered()
    assert receiver.verified() == NOTICE.data
    assert receiver.got[0][0]["webhook-id"] == "case-1-opened-webhook"


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ((200, {}), Delivered()),
        ((500, {}), Failed("answered 500")),
        ((503, {"retry-after": "7"}), Failed("answered 503", 7.0)),
        ((429, {"retry-after": "120"}), Failed("answered 429", 120.0)),
        ((429, {"retry-after": "soon"}), Failed("answered 429")),
        ((429, {"retry-after": "Mon, 02 Mar 2020 12:00:00 GMT"}), Failed("answered 429", 0.0)),
        ((408, {}), Failed("answered 408")),
        ((400, {}), Refused("answered 400")),
        ((410, {"retry-after": "7"}), Refused("answered 410")),
        ((302, {"location": "http://127.0.0.1:1/"}), Refused("answered 302: redirects are not followed")),
        (5.0, Failed("no answer within 0.5 s")),
    ],
)
async def test_what_a_receiver_answers_decides(
    webhook: WebhookChannel, receiver: Receiver, reply: Reply | float, result: object
) -> None:
    receiver.script = [reply]
    assert await webhook.send(NOTICE, "k") == result


async def test_a_receiver_that_is_not_there_is_tried_again(free_port: int) -> None:
    channel = WebhookChannel(f"http://127.0.0.1:{free_port}/", SECRET)
    assert await channel.send(NOTICE, "k") == Failed("could not be reached (ConnectError)")
    await channel.close()


async def test_an_endless_answer_is_not_read() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server:
        channel = WebhookChannel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", SECRET)
        assert await channel.send(NOTICE, "k") == Delivered()
        await channel.close()


# --- Apprise alone


async def test_apprise_delivers_title_and_text(receiver: Receiver) -> None:
    channel = AppriseChannel(f"json://127.0.0.1:{receiver.port}/")
    assert await channel.send(NOTICE, "k") == Delivered()
    body = json.loads(receiver.got[0][1])
    assert (body["title"], body["message"]) == (NOTICE.title, NOTICE.text)
    await channel.close()


async def test_apprise_says_when_a_service_fails_or_is_slow(receiver: Receiver) -> None:
    channel = AppriseChannel(f"json://127.0.0.1:{receiver.port}/", timeout=0.5)
    receiver.script = [(500, {}), 3.0]
    assert await channel.send(NOTICE, "k") == Failed("was not accepted, or the service could not be reached")
    assert await channel.send(NOTICE, "k") == Failed("no answer within 0.5 s")
    await channel.close()


def test_every_apprise_url_is_a_destination_with_a_stable_name_that_tells_no_secret() -> None:
    urls = ("json://user:canary@127.0.0.1:1/", "mailto://canary:pass@mail.example")
    names = [channel.name for channel in channels.configured(Destinations(apprise_urls=urls))]
    assert names == [channel.name for channel in channels.configured(Destinations(apprise_urls=urls))]
    assert len(set(names)) == 2
    assert not any("canary" in name or "." in name for name in names)


# --- the dispatcher


@dataclass
class Rig:
    """A database with the alerting schema, and dispatchers on it."""

    engine: AsyncEngine
    bell: Bell
    registry: CollectorRegistry
    telemetry: DeliveryTelemetry
    names: tuple[str, ...] = ("webhook",)

    async def bad_answer(self, number: int = 1) -> Event[Any]:
        now = datetime.now(UTC)
        said = SurveyResponse(
            response_id=f"r-{number}",
            interaction_id=f"call-{number}",
            instrument="csat",
            scale="1-5",
            value=1,
            comment="canary",
            customer_id="canary-customer",
            submitted_at=now,
        )
        told = Event(f"e-{uuid.uuid4().hex}", "/survey", "default", now, now, said)
        handler = Handler(Policy(), Opening(timedelta(hours=2), self.names), CaseTelemetry(CollectorRegistry()))
        async with transaction(self.engine) as tx:
            await handler(tx, [told])
        return told

    def lane(self, channel: Channel, *, lease_seconds: float = 30.0) -> Lane:
        return Lane(
            Outbox(self.engine, lease_seconds=lease_seconds),
            channel,
            partial(case_opened, public_url="https://desk.example"),
            self.bell,
            self.telemetry,
        )

    async def notifications(self) -> list[NotificationView]:
        views = Views(self.engine)
        found = []
        for case in await views.page("default", state=None, after=None, limit=100):
            detail = await views.one("default", case.id)
            found += detail.notifications if detail else []
        return found

    async def states(self) -> list[str]:
        return [one.state for one in await self.notifications()]

    def all_are(self, state: str) -> Callable[[], Awaitable[bool]]:
        async def check() -> bool:
            return set(await self.states()) == {state}

        return check


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    registry = CollectorRegistry()
    yield Rig(engine, Bell(engine), registry, DeliveryTelemetry(registry, tuple(channels.KINDS)))
    await engine.dispose()


@contextlib.asynccontextmanager
async def running(*jobs: Callable[[asyncio.Event], Awaitable[None]]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job(stop))
        yield
        stop.set()


async def test_a_bad_answer_is_delivered_well_within_a_second(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    async with running(rig.bell.listen, rig.lane(webhook).run):
        await rig.bad_answer(0)
        await until(lambda: len(receiver.got) == 1, "the first delivery")
        began = time.monotonic()
        told = await rig.bad_answer(1)
        await until(lambda: len(receiver.got) == 2, "the second delivery", seconds=5)
        took = time.monotonic() - began
        await until(rig.all_are("sent"), "both to be marked")
    assert took < 0.7  # the bell, not the poll, which would take up to a second
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
    (case,) = await Views(rig.engine).page("default", state=None, after=None, limit=9)
    await Cases(rig.engine, CaseTelemetry(CollectorRegistry())).act("default", case.id, Claim(by="Dana", version=1))
    assert await Outbox(rig.engine).claim("webhook", 10) == []
    assert await rig.states() == ["cancelled"]


async def test_what_was_sent_while_somebody_claimed_is_recorded_as_sent(rig: Rig) -> None:
    await rig.bad_answer()
    outbox = Outbox(rig.engine)
    (due,) = await outbox.claim("webhook", 1)
    await Cases(rig.engine, CaseTelemetry(CollectorRegistry())).act(
        "default", due.facts.case_id, Claim(by="Dana", version=1)
    )
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

        async def send(self, notice: Notice, key: str) -> Any:
            await super().send(notice, key)
            await asyncio.Event().wait()

    await rig.bad_answer()
    killed = Killed(receiver.url, SECRET)
    victim = asyncio.create_task(rig.lane(killed, lease_seconds=1.0).run(asyncio.Event()))
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
    class Slow:
        kind, name, at_once = "apprise", "apprise-slow", 1

        async def send(self, notice: Notice, key: str) -> Any:
            await asyncio.sleep(3)
            return Delivered()

        async def close(self) -> None: ...

    rig.names = ("apprise-slow", "webhook")
    async with running(rig.bell.listen, rig.lane(Slow()).run, rig.lane(webhook).run):
        for number in range(10):
            await rig.bad_answer(number)
        await until(lambda: len(receiver.got) == 10, "all webhooks while the other is slow", seconds=2.5)


async def test_a_fault_in_a_channel_stops_neither_the_lane_nor_the_notification(
    rig: Rig, webhook: WebhookChannel, receiver: Receiver
) -> None:
    class Faulty(WebhookChannel):
        async def send(self, notice: Notice, key: str) -> Any:
            if not receiver.got:
                receiver.got.append(({}, b""))
                raise KeyError("a fault")
            return await super().send(notice, key)

    await rig.bad_answer()
    async with running(rig.lane(Faulty(receiver.url, SECRET)).run):
        await until(rig.all_are("sent"), "the second attempt")
