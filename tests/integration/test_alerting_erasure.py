"""A customer who asked to be forgotten: nothing of them is left in alerting, nobody is paged, and nothing brings them
back, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Appoint, Attempt, Case, Claim, Close, Contact, Note, Refusal, Reopen, Why
from alerting.core.rules.policy import Policy
from alerting.forgetting import Forgetting
from alerting.handler import Handler
from alerting.store import preferences, resurveys
from alerting.store.schema import SCHEMA
from alerting.store.views import Views
from alerting.telemetry import CaseTelemetry
from events.customer import CustomerErased
from events.envelope import Event
from events.mention import Mention
from events.preference import ContactTime
from events.preference import Note as Words
from events.runtime.database import transaction
from support.alerting_member import Member, answered, desk, event, opening, reported
from support.alerting_schema import migrated
from support.customer_notes import noted
from support.rows import whole

CANARY = "canary"
WHO = "cus-canary"
WORDS = "canary words: call me on 07700 900123"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def member(engine: AsyncEngine) -> Member:
    return Member(engine, 0)


def forgotten(customer_id: str = WHO, tenant: str = "default") -> Event[Any]:
    data = CustomerErased(customer_id=customer_id, requested_at=datetime.now(UTC))
    return event(data, tenant=tenant)


def contact(interaction_id: str = "call-1", **changes: Any) -> Event[Any]:
    return event(reported(interaction_id=interaction_id, **{"customer_id": WHO, **changes}))


def answer(value: int = 1, **changes: Any) -> Event[Any]:
    return event(answered(value, **{"customer_id": WHO, "comment": WORDS, **changes}))


def mention() -> Event[Any]:
    now = datetime.now(UTC)
    data = Mention(
        mention_id="m-1", network="forum", author="@canary", text=WORDS, url="https://canary.test/1", customer_id=WHO,
        sentiment="negative", published_at=now,
    )  # fmt: skip
    return event(data)


async def cases(engine: AsyncEngine) -> list[Any]:
    async with transaction(engine) as tx:
        return list((await tx.execute(text("SELECT * FROM recovery_case ORDER BY opened_at, id"))).all())


async def worked(engine: AsyncEngine, case_id: UUID, *, close: bool = False) -> None:
    """People have written of the customer wherever they may."""
    actions = [
        Claim(by="Dana", version=1),
        Note(by="Dana", version=1, note=WORDS),
        Attempt(by="Dana", version=2, result="busy", note=WORDS),
        Appoint(by="Dana", version=3, at=datetime(2030, 1, 1, tzinfo=UTC), note=WORDS),
        Contact(by="Dana", version=3, note=WORDS),
        Close(by="Dana", version=4, outcome="not_recovered", cause="workflow", remedy=WORDS),
    ]
    for action in actions if close else actions[:3]:
        result = await desk(engine).act("default", case_id, action)
        assert isinstance(result, Case | Refusal)
    if close:
        async with transaction(engine) as tx:
            await tx.execute(
                text("INSERT INTO lost_follow_up (case_id, who, note) VALUES (:id, 'Noor', :note)"),
                {"id": case_id, "note": WORDS},
            )


async def test_nothing_of_them_is_left_in_any_table(engine: AsyncEngine, member: Member) -> None:
    await member.take(contact(), answer(), mention(), contact("call-2"))
    await member.take(noted(Words(kind="note", value=WORDS), customer_id=WHO))
    await member.take(answer(2, response_id="r-2", interaction_id="call-2", customer_id=None))
    found = await cases(engine)
    assert len(found) == 3
    await worked(engine, found[0].id, close=True)
    await worked(engine, found[1].id)
    before = await whole(engine, SCHEMA)
    for table in (
        "assessment", "call_attempt", "contact", "lost_follow_up", "noted_preference", "recovery_case", "timeline",
    ):  # fmt: skip
        assert CANARY in before[table], f"{table} should have held something of them, or this proves nothing"
    await member.take(forgotten())
    after = await whole(engine, SCHEMA)
    assert [table for table, rows in after.items() if CANARY in rows or "07700" in rows] == []
    assert [(case.state, case.customer_id) for case in await cases(engine)] == [("closed", None)] * 3


async def test_who_worked_on_it_and_how_long_it_took_stays(engine: AsyncEngine, member: Member) -> None:
    await member.take(contact(), answer())
    (case,) = await cases(engine)
    await worked(engine, case.id, close=True)
    (before,) = await cases(engine)
    await member.take(forgotten())
    (after,) = await cases(engine)
    kept = ("outcome", "cause", "claimed_by", "claimed_at", "contacted_at", "closed_by", "closed_at", "interaction_id")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.remedy == "The customer asked to be forgotten."
    shown = await Views(engine).one("default", case.id)
    assert shown is not None
    assert [(each.what, each.who, each.note) for each in shown.timeline if each.who] == [
        ("claimed", "Dana", None),
        ("noted", "Dana", None),
        ("attempted", "Dana", "phone, busy"),
        ("contacted", "Dana", None),
        ("closed", "Dana", "not_recovered"),
    ]


async def test_an_open_case_ends_and_pages_nobody_any_more(engine: AsyncEngine, member: Member) -> None:
    telemetry = CaseTelemetry(registry := CollectorRegistry())
    told_of_ends = Forgetting({"closed": ("webhook",)}, telemetry)
    member.handler = Handler(Policy(), opening(("webhook", "apprise-x")), telemetry, told_of_ends)
    await member.take(contact(), answer())
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE notification SET state = 'sent', sent_at = now() WHERE channel = 'webhook'"))
    await member.take(forgotten())
    (case,) = await cases(engine)
    assert (case.state, case.outcome, case.closed_by) == ("closed", "dismissed", "Amends")
    assert case.dismissal == "The customer asked to be forgotten."
    async with transaction(engine) as tx:
        told = (await tx.execute(text("SELECT what, channel, state FROM notification ORDER BY id"))).all()
        assert await tx.scalar(text("SELECT count(*) FROM timer")) == 0
    assert [tuple(row) for row in told] == [
        ("page", "webhook", "sent"),
        ("page", "apprise-x", "cancelled"),
        ("closed", "webhook", "queued"),  # so that the alarm there ends
    ]
    assert registry.get_sample_value("amends_alerting_cases_closed_total", {"outcome": "dismissed"}) == 1


async def test_a_case_of_nobody_cannot_be_opened_again(engine: AsyncEngine, member: Member) -> None:
    await member.take(contact(), answer())
    await member.take(forgotten())
    (case,) = await cases(engine)
    refused = await desk(engine).act("default", case.id, Reopen(by="Dana", version=case.version, reason="Sorry."))
    assert isinstance(refused, Refusal)
    assert refused.why is Why.FORGOTTEN


LATE = {
    "a contact": contact("call-9"),
    "a newer report of a contact": contact(revision=9),
    "an answer": answer(1, response_id="r-9", interaction_id=None),
    "an answer that names the contact alone": answer(1, response_id="r-8", customer_id=None),
    "a mention": mention(),
    "a note": noted(Words(kind="note", value=WORDS), customer_id=WHO),
}


@pytest.mark.parametrize("late", LATE.values(), ids=LATE.keys())
async def test_what_comes_late_is_nobodys(engine: AsyncEngine, member: Member, late: Event[Any]) -> None:
    await member.take(contact(), forgotten())
    await member.take(late)
    assert CANARY not in "".join((await whole(engine, SCHEMA)).values())
    assert await cases(engine) == []


async def test_in_whatever_order_and_batches_a_replay_brings_it_nothing_comes_back(
    engine: AsyncEngine, member: Member
) -> None:
    told = [contact(abandoned=None), answer(customer_id=None), answer(2, response_id="r-2"), forgotten()]
    for number, order in enumerate(permutations(told)):
        for table in ("stream_offset", "inbox", "contact", "assessment", "recovery_case", "erased_customer"):
            async with transaction(engine) as tx:
                await tx.execute(text(f"TRUNCATE {table} CASCADE"))
        member = Member(engine, 0)
        for batch in [order] if number % 2 else [[each] for each in order]:
            await member.take(*batch)
        assert CANARY not in "".join((await whole(engine, SCHEMA)).values()), [each.data.TYPE for each in order]
        assert {case.state for case in await cases(engine)} <= {"closed"}, [each.data.TYPE for each in order]


async def test_the_rest_of_the_batch_and_everybody_else_is_as_it_was(engine: AsyncEngine, member: Member) -> None:
    other = {"customer_id": "cus-2", "interaction_id": "call-2", "response_id": "r-2"}
    await member.take(answer(1), event(answered(1, **other)), event(answered(1, customer_id=WHO), tenant="other"))
    await member.take(forgotten(), event(answered(1, **other | {"interaction_id": "call-3", "response_id": "r-3"})))
    states = {(case.tenant, case.customer_id, case.interaction_id): case.state for case in await cases(engine)}
    assert states == {
        ("default", None, "call-1"): "closed",
        ("default", "cus-2", "call-2"): "open",
        ("default", "cus-2", "call-3"): "open",
        ("other", WHO, "call-1"): "open",
    }


async def test_another_customer_who_comes_by_the_same_contact_is_somebody(engine: AsyncEngine, member: Member) -> None:
    await member.take(contact(), forgotten())
    await member.take(contact(customer_id="cus-2", revision=2), answer(customer_id=None, comment="Slow."))
    assert [(case.customer_id, case.state) for case in await cases(engine)] == [("cus-2", "open")]


async def test_a_batch_that_is_under_way_meanwhile_leaves_nothing_behind(engine: AsyncEngine) -> None:
    """Both members are at it at once: whoever comes second sees what the first did."""
    for number in range(20):
        who = f"{WHO}-{number}"
        one, two = Member(engine, 2 * number), Member(engine, 2 * number + 1)
        said = [
            contact(f"call-{number}", customer_id=who),
            answer(response_id=f"r-{number}", interaction_id=f"call-{number}", customer_id=None),
            answer(response_id=f"s-{number}", interaction_id=None, customer_id=who),
        ]
        await asyncio.gather(one.take(*said), two.take(forgotten(who)))
        assert who not in "".join((await whole(engine, SCHEMA)).values())
        assert WORDS not in (await whole(engine, SCHEMA))["assessment"]
    assert {case.state for case in await cases(engine)} <= {"closed"}


async def test_a_person_who_writes_meanwhile_is_waited_for(engine: AsyncEngine, member: Member) -> None:
    await member.take(answer())
    (case,) = await cases(engine)
    act = desk(engine).act
    await asyncio.gather(
        act("default", case.id, Claim(by="Dana", version=1)),
        member.take(forgotten()),
        act("default", case.id, Close(by="Dana", version=1, outcome="dismissed", reason="canary: spam")),
    )
    assert CANARY not in "".join((await whole(engine, SCHEMA)).values())


async def test_nobody_is_asked_again(engine: AsyncEngine, member: Member) -> None:
    await member.take(answer())
    (case,) = await cases(engine)
    for action in (Claim(by="Dana", version=1), Contact(by="Dana", version=2)):
        await desk(engine).act("default", case.id, action)
    await member.take(forgotten())
    async with transaction(engine) as tx:
        assert await resurveys.due(tx, 10) == []


async def test_a_promise_made_to_them_is_not_watched(engine: AsyncEngine, member: Member) -> None:
    async with transaction(engine) as tx:
        await tx.execute(text("INSERT INTO watch VALUES ('default', 'call-1', 'call_back', now())"))
    await member.take(contact(), forgotten())
    async with transaction(engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM watch")) == 0


async def test_what_they_preferred_does_not_move_a_clock_any_more(engine: AsyncEngine, member: Member) -> None:
    await member.take(noted(ContactTime(kind="contact_time", value="evening"), customer_id=WHO))
    await member.take(forgotten())
    async with transaction(engine) as tx:
        assert await preferences.contact_time(tx, "default", WHO) is None


async def test_a_contact_of_nobody_opens_no_case_however_bad_it_was(engine: AsyncEngine) -> None:
    member = Member(engine, 0, policy=Policy.model_validate({"rules": {"abandoned": {"enabled": True}}}))
    gave_up = {"answered_at": None, "talk_seconds": None, "abandoned": True, "queue_wait_seconds": 300.0}
    await member.take(contact("call-2", customer_id="cus-2", **gave_up))
    await member.take(forgotten())
    await member.take(contact(**gave_up))
    await member.take(contact(customer_id=None, revision=2, **gave_up))  # nor where it is not said any more
    assert [case.customer_id for case in await cases(engine)] == ["cus-2"]
