"""What a CRM answers, and what becomes of the push: the table, on a real CRM behind a script."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from profile_sync.core.breaker import FAILURES, SHORTEST_SECONDS
from profile_sync.core.replies import Pause, Reason
from support.crm_world import World, crm_world
from support.faulty_crm import HANGS, WRITES_THEN_RESETS, Fault, answering, by_hand, honest, slowly, written_then
from support.until import until


@pytest.fixture
async def world(database_url: str, free_port: int) -> AsyncIterator[World]:
    async with crm_world(database_url, free_port) as made:
        yield made


async def test_retry_after_holds_back_every_customer_of_the_tenant(world: World) -> None:
    for number in range(6):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    world.faults.then("PATCH", "cus-0", answering(429, Retry_After="2"))
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=6), usegmt=True)
    world.faults.then("PATCH", "cus-1", answering(503, Retry_After=soon))
    world.start(2, parallel=1)
    await world.settled()
    for quiet, least in (("429", 2.0), ("503", 1.0)):
        (told,) = [seen for seen in world.faults.seen if seen.fault == quiet]
        assert told.answered is not None
        # What was under way when the answer came cannot be called back; nothing may start once it has been recorded.
        within = [s for s in world.faults.seen if told.answered + 0.3 < s.at < told.answered + least - 0.1]
        assert within == []
    for number in range(6):
        assert await world.fields(f"cus-{number}") == {"contact_channel": "email"}


async def test_a_refused_token_pauses_the_tenant(world: World) -> None:
    for number in range(6):
        await world.say(f"cus-{number}", ("contact_channel", "email"))
    world.faults.then("GET", "cus-0", answering(401))
    world.start(parallel=1)
    await world.reaches("cus-0", state="pending", reason="unauthorized")
    (pause,) = await world.sql("SELECT *, until - now() > interval '4 minutes' AS long FROM crm_pause")
    assert (pause.tenant, pause.reason, pause.long) == ("default", "unauthorized", True)
    assert len(world.faults.seen) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (answering(403), "forbidden"),
        (answering(404), "unknown_profile"),
        (answering(422), "rejected"),
        (answering(302, Location="/profiles/cus-7"), "redirected"),
    ],
)
async def test_what_trying_again_cannot_mend_is_parked_and_a_newer_note_tries_again(
    world: World, fault: tuple[str, Fault], reason: str
) -> None:
    world.faults.then("PATCH", "cus-42", fault)
    world.start()
    await world.say("cus-42", ("contact_channel", "email"))
    await world.settled(**{"cus-42": "parked"})
    assert (await world.row("cus-42")).reason == reason
    assert {s.path for s in world.faults.seen} == {"/profiles/cus-42"}
    await world.say("cus-42", ("contact_channel", "chat"))
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "chat"}
    assert (await world.row("cus-42")).reason is None


@pytest.mark.parametrize(
    "fault",
    [
        answering(200, b'{"fields": {"x": "' + b"a" * 300_000 + b'"}}'),
        answering(200, b"<html>We are updating</html>"),
        answering(200, b'{"fields": []}'),
        answering(200, b"[" * 100_000),
        answering(200, b'{"fields": {}}', Content_Encoding="gzip"),
        answering(200, b'{"fields": {}}', ETag='"' + "a" * 600 + '"'),
        answering(200, b'{"fields": {}}', ETag='"\xe9"'),
        answering(204, b""),
    ],
    ids=["huge", "html", "no-fields", "deep", "compressed", "long-etag", "odd-etag", "no-content"],
)
async def test_an_answer_that_is_no_profile_writes_nothing_and_is_tried_again(
    world: World, fault: tuple[str, Fault]
) -> None:
    world.faults.then("GET", "cus-42", fault)
    await world.say("cus-42", ("contact_channel", "email"))
    world.start()
    await world.settled()
    assert await world.fields("cus-42") == {"contact_channel": "email"}
    assert world.counted('amends_crm_pushes_total{result="later"}') == 1
    assert len(world.faults.writes("cus-42")) == 1


async def test_after_a_day_of_failing_a_push_is_parked(world: World) -> None:
    await world.say("cus-42", ("contact_channel", "email"))
    world.faults.then("PATCH", "cus-42", *[answering(500)] * 50)
    await world.sql("UPDATE crm_push SET failing_since = now() - interval '24 hours'")
    world.start()
    await world.settled(**{"cus-42": "parked"})
    assert (await world.row("cus-42")).reason == "server_error"


async def test_an_id_that_cannot_stand_in_a_url_is_parked_without_a_call(world: World) -> None:
    await world.say("..", ("contact_channel", "email"))
    world.start()
    await world.settled(**{"..": "parked"})
    assert world.faults.seen == []


async def test_a_crm_that_fails_everybody_is_left_alone_and_then_one_customer_goes_first(world: World) -> None:
    down = True
    world.faults.chance = lambda method, path: answering(500) if down else (None, honest)
    for number in range(20):
        await world.say(f"cus-{number:02}", ("contact_channel", "email"))
    world.start(parallel=4)
    pause = await until(lambda: world.sql("SELECT * FROM crm_pause"), "the CRM is left alone")
    assert pause[0].reason == "server_error"
    await until(lambda: world.counted('amends_crm_breakers{state="open"}') == 1, "the breaker is open")
    await until(lambda: _idle(world), "what was under way has ended")
    tried = len(world.faults.seen)
    assert FAILURES <= tried < 20, "the others need not fail as well"
    await until(lambda: len(world.faults.seen) > tried, "the probe goes out")
    await asyncio.sleep(0.5)
    probes = world.faults.seen[tried:]
    assert len(probes) == 1
    opened = next(seen for seen in world.faults.seen[FAILURES - 1 :] if seen.answered)
    assert probes[0].at - (opened.answered or 0) >= SHORTEST_SECONDS - 0.5
    down = False
    await world.sql("DELETE FROM crm_pause")
    await world.settled()
    assert {number: await world.fields(f"cus-{number:02}") for number in range(20)} == {
        number: {"contact_channel": "email"} for number in range(20)
    }
    await until(lambda: world.counted('amends_crm_breakers{state="open"}') == 0, "the breaker is closed")


async def _idle(world: World) -> bool:
    return not await world.sql("SELECT 1 FROM crm_push WHERE lease IS NOT NULL")


async def test_one_customer_whom_the_crm_fails_holds_back_nobody(world: World) -> None:
    world.faults.chance = lambda method, path: answering(500) if path.endswith("cus-bad") else (None, honest)
    await world.say("cus-bad", ("contact_channel", "email"))
    world.start()

    async def failed_often() -> bool:
        await world.sql("UPDATE crm_push SET due_at = now()")
        return (await world.row("cus-bad")).attempts > FAILURES

    await until(failed_often, "one customer fails again and again")
    assert await world.sql("SELECT * FROM crm_pause") == []


async def test_a_pause_of_one_tenant_leaves_the_others_alone(world: World) -> None:
    await world.say("cus-0", ("contact_channel", "email"))
    world.faults.then("GET", "cus-0", answering(429, Retry_After="30"))
    world.start(2)
    await until(lambda: world.sql("SELECT * FROM crm_pause"), "the tenant is paused")
    await world.say("cus-1", ("contact_channel", "email"), tenant="other")
    await world.reaches("cus-1", state="done")


async def test_another_replicas_pause_is_heeded_between_reading_and_writing(world: World) -> None:
    world.faults.slow = 0.5
    await world.say("cus-42", ("contact_channel", "email"))
    world.start()
    await until(lambda: world.faults.seen, "the profile is being read")
    await world.pushes().pause("default", Pause(Reason.THROTTLED, 1.0))
    paused = time.monotonic()
    await world.settled()
    assert [seen.method for seen in world.faults.seen if seen.at < paused + 0.9] == ["GET"]
    assert len(world.faults.writes("cus-42")) == 1


@pytest.mark.parametrize("reread", [409, 412])
async def test_another_replicas_pause_is_heeded_before_reading_again(world: World, reread: int) -> None:
    world.faults.then("PATCH", "cus-42", slowly(0.5, answering(reread)))
    await world.say("cus-42", ("contact_channel", "email"))
    world.start()
    await until(lambda: world.faults.writes("cus-42"), "the write is under way")
    await world.pushes().pause("default", Pause(Reason.THROTTLED, 1.5))
    paused = time.monotonic()
    await world.settled()
    assert [seen.method for seen in world.faults.seen if seen.at < paused + 1.4] == ["GET", "PATCH"]


async def test_a_value_that_was_refused_is_a_humans_when_a_human_types_it(world: World) -> None:
    world.start()
    await world.say("cus-42", ("language", "bn"))
    await world.settled()
    world.faults.then("PATCH", "cus-42", answering(422))
    await world.say("cus-42", ("language", "hi"))
    await world.settled(**{"cus-42": "parked"})
    await by_hand(world.faults.crm, "cus-42", "language", "hi")
    await world.say("cus-42", ("language", "de"))
    await world.settled(**{"cus-42": "yielded"})
    assert await world.fields("cus-42") == {"language": "hi"}


@pytest.mark.parametrize("fault", [answering(500), WRITES_THEN_RESETS, HANGS], ids=lambda fault: str(fault[0]))
async def test_a_value_that_may_have_been_written_stays_ours(world: World, fault: tuple[str, Fault]) -> None:
    world.faults.then("PATCH", "cus-42", fault)
    await world.say("cus-42", ("language", "hi"))
    await world.sql("UPDATE crm_push SET failing_since = now() - interval '24 hours'")
    world.start()
    await world.settled(**{"cus-42": "parked"})
    assert (await world.told("cus-42"))["language"].attempted == ["hi"]


async def test_a_refusal_takes_back_nothing_that_was_tried_before(world: World) -> None:
    world.faults.then("GET", "cus-42", (None, honest), answering(200, b'{"fields": {}}', ETag='"old"'))
    world.faults.then("PATCH", "cus-42", written_then(409), answering(422), answering(422))
    await world.say("cus-42", ("language", "bn"))
    world.start()
    await world.settled(**{"cus-42": "parked"})
    assert (await world.told("cus-42"))["language"].attempted == ["bn"], "tried in the same turn"
    await world.say("cus-42", ("language", "hi"))
    await world.settled(**{"cus-42": "parked"})
    assert (await world.told("cus-42"))["language"].attempted == ["bn"]
    await world.say("cus-42", ("language", "de"))
    await world.settled()
    assert await world.fields("cus-42") == {"language": "de"}
