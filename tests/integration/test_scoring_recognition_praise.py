"""Praise reaches whom it is about, once, and its words stay nowhere: real PostgreSQL, real receivers."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events import codec
from events.envelope import Event
from events.hours.business import Calendars
from events.quick.consumed import decode
from events.runtime.database import transaction
from scoring.core.metrics import METRICS
from scoring.core.recognition.plan import Plan, read
from scoring.core.recognition.thanks import FRESH
from scoring.handler import Handler
from scoring.recognition.courier import Courier
from scoring.recognition.messenger import AppriseMessenger
from scoring.recognition.praise import Thanker, listen
from scoring.recognition.telemetry import MessageTelemetry
from scoring.store import messages, praise
from scoring.store.sums import Sums
from support.happened import answered, csat, event, stamp
from support.metrics import scoring_database
from support.pruning import pruned
from support.receiver import Receiver
from support.receiver import receiver as receiving
from support.until import until

WORDS = "Kind, quick, and it worked! Call me: 030 1234567"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


def now() -> datetime:
    return datetime.now(UTC)


def plans(receiver: Receiver) -> dict[str, Plan]:
    at = f"json://127.0.0.1:{receiver.port}"
    teams = {"billing": {"agents": f"{at}/to/{{agent}}", "manager": f"{at}/boss"}}
    return {"default": read({"praise": {"teams": teams}}, METRICS)}


def top(response_id: str = "r-1", **said: Any) -> Event[Any]:
    at = said.pop("at", now())
    data = csat(said.pop("value", 5), response_id=response_id, **({"comment": WORDS, "submitted_at": stamp(at)} | said))
    return event("survey.answered", data, at=said.pop("recorded_at", at))


def contact(interaction_id: str = "i-1", **said: Any) -> Event[Any]:
    return event("interaction.reported", answered(interaction_id, agent="a-17", team="billing", **said), at=now())


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars(), [listen])(tx, events)


async def thanked(engine: AsyncEngine, found: dict[str, Plan], *, at: datetime | None = None) -> None:
    """What the job does once the pause is over."""
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE praise SET due_at = now()"))
    await Thanker(engine, found, now=lambda: at or now()).once()


async def delivered(engine: AsyncEngine, found: dict[str, Plan], registry: CollectorRegistry | None = None) -> None:
    messenger = AppriseMessenger(timeout=2)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE message SET due_at = now(), leased_until = NULL"))
    await courier(engine, found, messenger, registry).once(asyncio.Event())
    await messenger.close()


def courier(
    engine: AsyncEngine, found: dict[str, Plan], messenger: AppriseMessenger, registry: CollectorRegistry | None = None
) -> Courier:
    return Courier(engine, found, messenger, MessageTelemetry(registry or CollectorRegistry()))


async def states(engine: AsyncEngine, table: str = "praise") -> list[str]:
    async with transaction(engine) as tx:
        return [row.state for row in await tx.execute(text(f"SELECT state FROM {table} ORDER BY 1"))]


async def everything_stored(engine: AsyncEngine) -> str:
    async with transaction(engine) as tx:
        rows = [str(row) for table in ("praise", "message") for row in await tx.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(rows)


async def test_thanks_go_to_who_handled_the_contact_with_the_manager_copied(
    engine: AsyncEngine, receiver: Receiver
) -> None:
    await apply(engine, top())
    await apply(engine, contact())
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    told = {json.loads(body)["title"]: json.loads(body)["message"] for _, body in receiver.got}
    assert set(told) == {"A customer says thank you", "Praise for a-17"}
    assert "gave the top score to you after a contact by phone" in told["A customer says thank you"]
    assert all("Kind, quick, and it worked! Call me: [phone]" in message for message in told.values())
    assert await states(engine) == ["passed_on"]
    assert await states(engine, "message") == ["sent", "sent"]


async def test_it_is_heard_in_events_as_the_service_reads_them(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, decode(*codec.encode(contact())), decode(*codec.encode(top())))
    await thanked(engine, plans(receiver))
    assert await states(engine) == ["passed_on"]


async def test_it_is_said_once_however_often_it_is_read(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top(), top(revision=2))
    await thanked(engine, plans(receiver))
    await apply(engine, top(revision=3))
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    assert len(receiver.got) == 2


async def test_two_replicas_say_it_once(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), *(top(f"r-{n}") for n in range(20)))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE praise SET due_at = now()"))
    found = plans(receiver)
    await asyncio.gather(*(Thanker(engine, found, now=now).once() for _ in range(4)))
    messenger = AppriseMessenger(timeout=5)
    await asyncio.gather(*(courier(engine, found, messenger).once(asyncio.Event()) for _ in range(4)))
    await messenger.close()
    assert len(receiver.got) == 40


async def test_it_waits_for_the_contact_and_after_a_day_it_is_nobodys(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, top())
    await thanked(engine, plans(receiver))
    assert await states(engine) == ["waiting"]
    await thanked(engine, plans(receiver), at=now() + FRESH)
    assert await states(engine) == ["unattributed"]
    assert await states(engine, "message") == []


async def test_the_survey_names_the_agent_where_the_contact_does_not(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, top(interaction_id=None, agent="a/9:x".replace("/", "."), team="billing"))
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    async with transaction(engine) as tx:
        assert await praise.counts(tx, "default", now() - timedelta(hours=1)) == {"a.9:x": 1}
    assert len(receiver.got) == 2


OLD = FRESH + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("said_before", "accepted_before"),
    [(OLD, timedelta()), (OLD, OLD), (-timedelta(hours=1), OLD)],
    ids=["told late", "read again", "read again, of a clock that was ahead"],
)
async def test_history_is_recorded_and_sent_to_nobody(
    engine: AsyncEngine, receiver: Receiver, said_before: timedelta, accepted_before: timedelta
) -> None:
    data = csat(5, comment=WORDS, submitted_at=stamp(now() - said_before), agent="a-17")
    await apply(engine, contact(), event("survey.answered", data, at=now() - accepted_before))
    await thanked(engine, plans(receiver))
    assert await states(engine) == ["recorded"]
    assert await states(engine, "message") == []
    assert "Kind" not in await everything_stored(engine)


@pytest.mark.parametrize("said", [{"value": 4}, {"value": None, "status": "dismissed"}])
async def test_an_answer_that_was_corrected_in_time_is_not_passed_on(
    engine: AsyncEngine, receiver: Receiver, said: dict[str, Any]
) -> None:
    await apply(engine, contact(), top(revision=1))
    await apply(engine, top(revision=2, **said))
    await thanked(engine, plans(receiver))
    assert await states(engine) == ["withdrawn"]
    assert "Kind" not in await everything_stored(engine)


async def passed_on(engine: AsyncEngine, receiver: Receiver) -> list[str]:
    """The words that reach the agent."""
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    told = [json.loads(body) for _, body in receiver.got]
    return [said["message"] for said in told if said["title"] == "A customer says thank you"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_the_words_of_the_newest_version_are_passed_on(
    engine: AsyncEngine, receiver: Receiver, order: tuple[int, int], together: bool
) -> None:
    versions = {1: top(revision=1), 2: top(revision=2, comment="Nothing of that.")}
    told = [versions[number] for number in order]
    for batch in [told] if together else [[one] for one in told]:
        await apply(engine, contact(), *batch)
    [message] = await passed_on(engine, receiver)
    assert "Nothing of that." in message
    assert "Kind" not in message


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_words_that_were_taken_back_stay_so(
    engine: AsyncEngine, receiver: Receiver, order: tuple[int, int], together: bool
) -> None:
    versions = {1: top(revision=1), 2: top(revision=2, comment=None)}
    told = [versions[number] for number in order]
    for batch in [told] if together else [[one] for one in told]:
        await apply(engine, contact(), *batch)
    assert "Kind" not in await everything_stored(engine)
    assert await passed_on(engine, receiver) == []
    assert await states(engine) == ["withdrawn"]
    await apply(engine, top(revision=3, comment="And yet."))
    assert len(await passed_on(engine, receiver)) == 1


async def test_the_first_version_without_praise_is_nothing_to_keep(engine: AsyncEngine) -> None:
    await apply(engine, contact(), top(comment=None), top("r-2", value=1))
    assert await states(engine) == []


async def test_where_nobody_is_configured_it_is_counted_and_kept_without_its_words(engine: AsyncEngine) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, {})
    assert await states(engine) == ["kept"]
    async with transaction(engine) as tx:
        assert await praise.counts(tx, "default", now() - timedelta(hours=1)) == {"a-17": 1}
        assert await praise.counts(tx, "other", now() - timedelta(hours=1)) == {}
    assert "Kind" not in await everything_stored(engine)


async def test_its_words_are_nowhere_once_they_are_passed_on(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top())
    assert "Kind" in await everything_stored(engine)
    assert "1234567" not in await everything_stored(engine)
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    assert "Kind" not in await everything_stored(engine)


def erased() -> Event[Any]:
    return event("customer.erased", {"customer_id": "cus-42", "requested_at": stamp(now())}, at=now())


@pytest.mark.parametrize(
    ("when", "known_by"),
    [
        ("before it is attributed", "survey"),
        ("before it is attributed", "contact"),
        ("before it is sent", "survey"),
        ("before it is sent", "contact"),
        ("before it is said", "survey"),
        ("before it is said", "contact"),
    ],
)
async def test_an_erased_customers_words_are_forgotten_and_passed_on_to_nobody(
    engine: AsyncEngine, receiver: Receiver, known_by: str, when: str
) -> None:
    named = {"customer_id": "cus-42"}
    said, reported = top(**(named if known_by == "survey" else {})), contact(**(named if known_by == "contact" else {}))
    if when == "before it is said":
        await apply(engine, erased())
        await apply(engine, reported, said)
    else:
        await apply(engine, reported, said)
    if when == "before it is attributed":
        await apply(engine, erased())
    await thanked(engine, plans(receiver))
    if when == "before it is sent":
        await apply(engine, erased())
    await delivered(engine, plans(receiver))
    assert receiver.got == []
    assert "Kind" not in await everything_stored(engine)


@pytest.mark.parametrize("together", [True, False])
async def test_who_the_contact_says_it_was_is_forgotten_also_when_that_is_told_after_the_answer(
    engine: AsyncEngine, receiver: Receiver, together: bool
) -> None:
    told = [top(), contact(customer_id="cus-42"), erased()]
    for batch in [told] if together else [[one] for one in told]:
        await apply(engine, *(decode(*codec.encode(one)) for one in batch))
    assert "Kind" not in await everything_stored(engine)
    await apply(engine, top(revision=7))
    assert "Kind" not in await everything_stored(engine)
    assert await passed_on(engine, receiver) == []


async def test_a_service_that_is_away_is_tried_again_and_only_for_whom_it_failed(
    engine: AsyncEngine, receiver: Receiver
) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    registry = CollectorRegistry()
    receiver.script = [(500, {}), (204, {})]
    await delivered(engine, plans(receiver), registry)
    assert await states(engine, "message") == ["queued", "sent"]
    counted = [{"kind": "praise", "result": result} for result in ("sent", "retried", "parked")]
    assert [registry.get_sample_value("amends_scoring_messages_total", labels) for labels in counted] == [1, 1, 0]
    await delivered(engine, plans(receiver))
    assert await states(engine, "message") == ["sent", "sent"]
    assert len(receiver.got) == 3


async def test_after_a_day_it_is_parked_for_people_to_see_without_its_words(
    engine: AsyncEngine, receiver: Receiver
) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE message SET created_at = now() - interval '25 hours'"))
    receiver.script = [(500, {}), (500, {})]
    await delivered(engine, plans(receiver))
    assert await states(engine, "message") == ["parked", "parked"]
    assert "Kind" not in await everything_stored(engine)
    async with transaction(engine) as tx:
        problems = [row.problem for row in await tx.execute(text("SELECT problem FROM message"))]
    assert problems == ["given up after a day: was not accepted, or the service could not be reached"] * 2


async def test_what_is_configured_no_more_is_parked(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    await delivered(engine, {})
    assert await states(engine, "message") == ["parked", "parked"]
    assert receiver.got == []


async def test_a_sender_that_was_killed_after_the_send_repeats_it(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    async with transaction(engine) as tx:
        lost = await messages.claim(tx, 10, 60)
    assert len(lost) == 2
    await courier(engine, plans(receiver), AppriseMessenger(timeout=2)).once(asyncio.Event())
    assert receiver.got == []
    await delivered(engine, plans(receiver))
    assert len(receiver.got) == 2


async def test_who_has_lost_the_lease_has_no_say(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    async with transaction(engine) as tx:
        lost = await messages.claim(tx, 1, -1)
        held = await messages.claim(tx, 2, 60)
        assert lost[0].id in {message.id for message in held}
        await messages.settle(tx, lost[0], "parked")
        await messages.later(tx, lost[0], 0, "not now")
        assert await messages.claim(tx, 2, 60) == []
        for message in held:
            await messages.settle(tx, message, "sent")
    assert await states(engine, "message") == ["sent", "sent"]


async def test_neither_words_nor_addresses_are_logged(engine: AsyncEngine, receiver: Receiver) -> None:
    with structlog.testing.capture_logs() as logs:
        await apply(engine, contact(), top())
        await thanked(engine, plans(receiver))
        receiver.script = [(500, {})]
        await delivered(engine, plans(receiver))
    assert logs
    assert not any(secret in str(logs) for secret in ("Kind", "1234567", "127.0.0.1", "a-17"))


async def test_the_jobs_pass_it_on_by_themselves_until_they_are_stopped(
    engine: AsyncEngine, receiver: Receiver
) -> None:
    found, stop = plans(receiver), asyncio.Event()
    jobs = [Thanker(engine, found, now=now), courier(engine, found, AppriseMessenger(timeout=2))]
    running = [asyncio.create_task(job.run(stop)) for job in jobs]
    await apply(engine, contact(), top())
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE praise SET due_at = now()"))
    await until(lambda: len(receiver.got) == 2, "both are thanked")
    stop.set()
    await asyncio.wait_for(asyncio.gather(*running), 30)


async def test_old_praise_and_settled_messages_are_forgotten(engine: AsyncEngine, receiver: Receiver) -> None:
    await apply(engine, contact(), top())
    await thanked(engine, plans(receiver))
    await delivered(engine, plans(receiver))
    for kept_for, left in ((timedelta(days=1), [1, 2]), (timedelta(minutes=-1), [0, 0])):
        await pruned(engine, remarks=kept_for)
        async with transaction(engine) as tx:
            assert [await tx.scalar(text(f"SELECT count(*) FROM {t}")) for t in ("praise", "message")] == left
