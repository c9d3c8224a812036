"""What is known around a case, what customers prefer, and how the queue stands, on a real PostgreSQL."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.api import context as api
from alerting.core.clocks import Clocks, Count, Pace
from alerting.core.clocks.customers import outside
from alerting.core.context import Context
from alerting.core.preferences import Preferences
from alerting.store import context as around
from alerting.store import preferences
from events.envelope import Event
from events.hours.business import Opening
from events.interaction import Interaction
from events.preference import ContactChannel, ContactTime, DoNotContact
from events.runtime import api_page
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.customer_notes import noted, retracted

NOW = datetime(2026, 3, 3, 3, 40, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NEW_YORK = outside(Opening(21 * 60, 9 * 60), ZoneInfo("America/New_York"))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def tx(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with transaction(engine) as tx:
        yield tx


async def insert(tx: AsyncConnection, table: str, **values: Any) -> None:
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    await tx.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


async def opened(tx: AsyncConnection, *, tenant: str = "default", clocks: Clocks | None = None, **values: Any) -> UUID:
    id_ = uuid4()
    about = {
        "customer_id": "cus-1", "interaction_id": f"call-{id_.hex}", "reason": "low_score", "event_id": "e-1",
        "accepted_at": NOW, "opened_at": NOW, "claim_due_at": NOW + HOUR, "contact_due_at": NOW + 2 * HOUR,
    }  # fmt: skip
    await insert(tx, "recovery_case", id=id_, tenant=tenant, **{**about, **values})
    if clocks is not None:
        kept = {"id": id_, "terms": json.dumps({"clocks": clocks.to_json()})}
        await tx.execute(text("UPDATE recovery_case SET terms = CAST(:terms AS jsonb) WHERE id = :id"), kept)
    return id_


async def reported(tx: AsyncConnection, interaction_id: str, *, days_ago: float = 0, **values: Any) -> None:
    about = {"tenant": "default", "version": 1, "customer_id": "cus-1", "offered_at": NOW - timedelta(days=days_ago)}
    await insert(tx, "contact", interaction_id=interaction_id, **{**about, **values})


async def assessed(tx: AsyncConnection, answer_id: str, score: int, *, days_ago: float = 0, **values: Any) -> None:
    about = {
        "tenant": "default", "kind": "survey", "version": 0, "customer_id": "cus-1", "instrument": "csat",
        "scale": "1-5", "occurred_at": NOW - timedelta(days=days_ago),
    }  # fmt: skip
    await insert(tx, "assessment", answer_id=answer_id, **{**about, **values})
    kept = {"id": answer_id, "score": json.dumps(score)}
    await tx.execute(text("UPDATE assessment SET score = CAST(:score AS jsonb) WHERE answer_id = :id"), kept)


def channel(value: Any) -> ContactChannel:
    return ContactChannel(kind="contact_channel", value=value)


EVENING = ContactTime(kind="contact_time", value="evening")
NEVER_CALL = DoNotContact(kind="do_not_contact", value="phone")


async def the_context(tx: AsyncConnection, case_id: UUID, tenant: str = "default") -> Context:
    found = await around.context(tx, tenant, case_id, NOW)
    assert found is not None
    return found


async def test_a_case_is_shown_with_its_contact_and_everything_of_its_customer(tx: AsyncConnection) -> None:
    facts = {"channel": "phone", "team": "billing", "agent": "a-1", "wait_seconds": 700.0, "handle_seconds": 250.0}
    await reported(tx, "call-1", **facts, transfers=2, abandoned=False, resolved=False, reason="invoice")
    await reported(tx, "call-0", days_ago=3, channel="chat", abandoned=True)
    await reported(tx, "call-x", customer_id="cus-2")
    earlier = await opened(
        tx, state="closed", opened_at=NOW - timedelta(days=3), closed_at=NOW, claimed_by="Dana", outcome="recovered",
        cause="staffing", remedy="A voucher.",
    )  # fmt: skip
    await opened(tx, customer_id="cus-2")
    case = await opened(tx, interaction_id="call-1", clocks=Clocks(customer=NEW_YORK))
    await assessed(tx, "r-1", 1, interaction_id="call-1", case_id=case, comment="Never again.")
    await assessed(tx, "r-0", 5, days_ago=3, interaction_id="call-0")
    await assessed(tx, "r-x", 4, customer_id="cus-2")
    await preferences.keep(tx, [noted(channel("chat")), noted(EVENING)])

    found = await the_context(tx, case)

    assert found.contact == found.contacts[0]
    assert (found.contact.wait_seconds, found.contact.transfers, found.contact.agent) == (700, 2, "a-1")
    assert [(each.interaction_id, each.abandoned) for each in found.contacts] == [("call-1", False), ("call-0", True)]
    assert [(each.answer_id, each.percent, each.comment) for each in found.answers] == [
        ("r-1", 0, "Never again."),
        ("r-0", 100, None),
    ]
    assert [(each.id, each.outcome, each.cause) for each in found.cases] == [(earlier, "recovered", "staffing")]
    assert found.moment.quiet_until == datetime(2026, 3, 3, 14, tzinfo=UTC)
    assert found.moment.preferred_at == datetime(2026, 3, 3, 22, tzinfo=UTC)
    assert found.advice == (
        "Prefers chat, in the evening; it is 22:40 where they are: quiet until 09:00, best from 17:00.",
        "2 contacts in the last 7 days.",
        "1 other case; the last ended recovered (staffing).",
        "1 of 1 other answer satisfied.",
    )


async def test_no_tenant_sees_anything_of_another(tx: AsyncConnection) -> None:
    case, theirs = await opened(tx, interaction_id="call-1"), await opened(tx, tenant="other", interaction_id="call-1")
    await reported(tx, "call-1", tenant="other")
    await assessed(tx, "r-1", 1, tenant="other")
    await preferences.keep(tx, [noted(EVENING, tenant="other")])
    found = await the_context(tx, case)
    assert (found.contact, found.contacts, found.answers, found.cases) == (None, (), (), ())
    assert found.preferences == Preferences()
    assert await around.context(tx, "default", theirs, NOW) is None
    mine = await the_context(tx, theirs, "other")
    assert (len(mine.contacts), len(mine.answers), mine.preferences.contact_time) == (1, 1, "evening")


async def test_of_a_customer_nobody_knows_only_the_contact_is_shown(tx: AsyncConnection) -> None:
    await reported(tx, "call-1", customer_id=None, channel="phone")
    await reported(tx, "call-0", customer_id=None)
    await opened(tx, customer_id=None)
    found = await the_context(tx, await opened(tx, customer_id=None, interaction_id="call-1"))
    assert found.customer_id is None
    assert found.contact is not None
    assert (found.contacts, found.answers, found.cases) == ((), (), ())
    assert found.advice == ("Nobody has said who this customer is.",)


async def test_a_case_learns_whose_it_is_from_its_contact(tx: AsyncConnection) -> None:
    await reported(tx, "call-1")
    assert (await the_context(tx, await opened(tx, customer_id=None, interaction_id="call-1"))).customer_id == "cus-1"


async def test_a_contact_that_was_only_locked_is_not_shown(tx: AsyncConnection) -> None:
    await insert(tx, "contact", tenant="default", interaction_id="call-1")
    assert (await the_context(tx, await opened(tx, interaction_id="call-1"))).contact is None


async def test_an_answer_that_does_not_say_whose_it_is_is_found_by_the_contact(tx: AsyncConnection) -> None:
    await reported(tx, "call-1")
    await assessed(tx, "r-1", 2, customer_id=None, interaction_id="call-1")
    await assessed(tx, "r-2", 2, customer_id=None, interaction_id="call-2")
    await assessed(tx, "r-3", 2, customer_id=None)
    found = await the_context(tx, await opened(tx))
    assert [each.answer_id for each in found.answers] == ["r-1"]


async def test_only_the_newest_twenty_of_each_are_shown(tx: AsyncConnection) -> None:
    for number in range(25):
        await reported(tx, f"call-{number}", days_ago=number)
        await assessed(tx, f"r-{number}", 3, days_ago=number)
        await opened(tx, opened_at=NOW - timedelta(days=number))
    found = await the_context(tx, await opened(tx))
    assert [each.interaction_id for each in found.contacts] == [f"call-{number}" for number in range(20)]
    assert [each.answer_id for each in found.answers] == [f"r-{number}" for number in range(20)]
    assert [each.opened_at for each in found.cases] == [NOW - timedelta(days=number) for number in range(20)]


# --- preferences


async def stated(tx: AsyncConnection, customer: str = "cus-1") -> list[str]:
    found = await preferences.of_customer(tx, "default", customer)
    return [each.value for each in (found.channel, found.time, *found.never) if each]


async def test_what_is_noted_holds_until_it_is_retracted(tx: AsyncConnection) -> None:
    await preferences.keep(tx, [noted(channel("email"), note_id="n-1"), noted(EVENING), noted(NEVER_CALL)])
    assert await stated(tx) == ["email", "evening", "phone"]
    await preferences.keep(tx, [retracted("n-1")])
    assert await stated(tx) == ["evening", "phone"]
    assert await preferences.contact_time(tx, "default", "cus-1") == "evening"
    assert await preferences.contact_time(tx, "default", "cus-2") is None
    assert await preferences.contact_time(tx, "default", None) is None


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_of_one_note_the_newest_word_counts_in_any_order(
    tx: AsyncConnection, order: tuple[int, ...], together: bool
) -> None:
    said = [noted(channel("phone"), note_id="n-1"), retracted("n-1"), noted(channel("phone"), note_id="n-1", day=2)]
    told = [said[at] for at in order]
    for batch in [told] if together else [[each] for each in told]:
        await preferences.keep(tx, batch)
    found = (await preferences.of_customer(tx, "default", "cus-1")).channel
    assert found is not None
    assert found.said_at == said[2].data.stated_at
    assert (found.source, found.response_id, found.extractor) == (
        "/survey",
        said[2].data.said_in.response_id,
        "stated/1",
    )


async def test_a_late_word_of_a_note_that_was_retracted_does_not_bring_it_back(tx: AsyncConnection) -> None:
    late = noted(channel("phone"), note_id="n-1")
    await preferences.keep(tx, [retracted("n-1")])
    await preferences.keep(tx, [late])
    assert await stated(tx) == []


async def test_what_has_expired_is_not_shown_though_nobody_said_so_yet(tx: AsyncConnection) -> None:
    now = await tx.scalar(text("SELECT now()"))
    await preferences.keep(tx, [noted(channel("phone"), expires_at=now), noted(EVENING, expires_at=now + HOUR)])
    assert await stated(tx) == ["evening"]


async def test_a_batch_without_notes_asks_the_database_nothing(tx: AsyncConnection) -> None:
    data = Interaction(interaction_id="call-1", channel="phone", offered_at=NOW)
    told: Event[Any] = Event(id="e", source="/pbx", tenant="default", time=NOW, recorded_at=NOW, data=data)
    await tx.execute(text("DROP TABLE noted_preference"))
    await preferences.keep(tx, [told])


# --- the queue


async def test_the_queue_is_numbered_by_when_contacts_are_due_with_the_clocks_of_each_case(tx: AsyncConnection) -> None:
    clocks = Clocks(contact=3 * HOUR, customer=NEW_YORK)
    now = await tx.scalar(text("SELECT now()"))
    late = await opened(tx, clocks=clocks, contact_due_at=now + 3 * HOUR, claim_due_at=now - MINUTE)
    first = await opened(
        tx, contact_due_at=now + HOUR, state="claimed", claimed_by="Dana", claimed_at=now, claim_due_at=now,
        contact_paused_until=now + MINUTE,
    )  # fmt: skip
    await opened(tx, state="contacted", claimed_by="Dana", contact_due_at=now)
    await opened(tx, tenant="other", contact_due_at=now)
    found = await around.queue(tx, "default")
    assert [(case.id, case.position) for case in found.waiting] == [(first, 1), (late, 2)]
    assert found.now == now
    assert found.waiting[1].clocks == clocks
    assert found.waiting[0].clocks == Clocks()
    assert (found.waiting[0].claimed_at, found.waiting[0].contact_paused_until) == (now, now + MINUTE)
    assert found.counts() == {"claim": Count(1, 0), "contact": Count(0, 0)}


async def test_clocks_are_counted_over_all_tenants(tx: AsyncConnection) -> None:
    now = await tx.scalar(text("SELECT now()"))
    assert await around.counts(tx) == {"claim": Count(0, 0), "contact": Count(0, 0)}
    await opened(tx, contact_due_at=now + HOUR, claim_due_at=now - MINUTE)
    await opened(tx, tenant="other", contact_due_at=now - MINUTE, claim_due_at=now - HOUR)
    await opened(tx, tenant="other", state="contacted", claimed_by="Noor", contact_due_at=now - HOUR)
    for _ in range(5):  # two hours each, with one person
        at = now - 5 * HOUR
        case = await opened(tx, state="contacted", claimed_by="Dana", claimed_at=at - 2 * HOUR, contacted_at=at)
    await insert(tx, "timeline", case_id=case, who="Dana", what="noted")
    assert await around.counts(tx) == {"claim": Count(2, 0), "contact": Count(1, 1)}


async def test_the_pace_is_of_the_last_contacts_and_of_who_has_acted_lately(tx: AsyncConnection) -> None:
    now = await tx.scalar(text("SELECT now()"))
    for number in range(around.LAST_CONTACTS + 10):  # the newest took 1 minute, the next 2 …
        at = now - number * HOUR
        case = await opened(
            tx, state="contacted", claimed_by="Dana", contacted_at=at, claimed_at=at - (number + 1) * MINUTE
        )
    for who, age in (("Dana", MINUTE), ("Dana", HOUR / 2), ("Ravi", MINUTE), (None, MINUTE), ("Maria", 2 * HOUR)):
        await insert(tx, "timeline", case_id=case, at=now - age, who=who, what="claimed")
    theirs = await opened(tx, tenant="other")
    await insert(tx, "timeline", case_id=theirs, who="Noor", what="claimed")
    assert await around.pace(tx, "default") == Pace(25.5 * 60, 50, 2)
    assert (await around.queue(tx, "default")).pace == Pace(25.5 * 60, 50, 2)
    assert await around.pace(tx, "other") == Pace(None, 0, 1)


async def test_an_empty_queue_has_a_pace_all_the_same(tx: AsyncConnection) -> None:
    found = await around.queue(tx, "default")
    assert (found.waiting, found.pace) == ((), Pace())
    assert found.counts() == {"claim": Count(), "contact": Count()}


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        (around._CONTACTS, {"contact_customer"}),
        (around._ANSWERS, {"assessment_customer"}),
        (around._CASES, {"case_customer"}),
        (around._PACE, {"case_contacted"}),  # of people, the best way depends on how many there are
        (preferences._OF_CUSTOMER, {"noted_preference_customer"}),
    ],
)
async def test_every_query_goes_by_its_index(tx: AsyncConnection, query: Any, indexes: set[str]) -> None:
    """Where sequential scans are forbidden, an empty table is read as a full one is."""
    await tx.execute(text("SET LOCAL enable_seqscan = off"))
    wanted = {"tenant": "default", "customer_id": "cus-1", "id": uuid4(), "interactions": ["c"], "most": 20, "last": 50}
    values = {name: wanted[name] for name in query.compile().params}
    plan = "\n".join((await tx.execute(text(f"EXPLAIN {query.text}"), values)).scalars())
    assert "Seq Scan" not in plan
    assert {name for name in indexes if name in plan} == indexes, plan


# --- the API

READER, ACTOR = new_key(("alerts:read",)), new_key(("alerts:act",))
STRANGER = new_key(("alerts:read",), tenant="other")


@pytest.fixture
async def client(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    keyring = Keyring((READER.kept, ACTOR.kept, STRANGER.kept))
    app = api_page.create(FastAPI, title="alerting", version="1", description="")
    app.include_router(api.router(engine, keyring))
    transport, headers = httpx.ASGITransport(app=app), {"authorization": f"Bearer {READER.secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers) as client:
        yield client


async def test_the_api_tells_the_context_of_a_case_to_its_tenant_alone(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    async with transaction(engine) as tx:
        case = await opened(tx, interaction_id="call-1", clocks=Clocks(customer=NEW_YORK))
        await reported(tx, "call-1", channel="phone", wait_seconds=700.0)
        await assessed(tx, "r-1", 1, case_id=case, comment="Never again.")
        await preferences.keep(tx, [noted(channel("chat")), noted(NEVER_CALL)])
    path = f"/v1/cases/{case}/context"
    told = (await client.get(path)).json()
    assert (told["customer_id"], told["contact"]["wait_seconds"]) == ("cus-1", 700)
    assert [(each["score"], each["percent"], each["sentiment"]) for each in told["answers"]] == [(1, 0, "dissatisfied")]
    assert told["preferences"]["channel"]["value"] == "chat"
    assert told["advice"][0] == "Not by phone: they asked not to be."
    assert told["moment"]["time_zone"] == "America/New_York"
    assert datetime.fromisoformat(told["moment"]["local_time"]).utcoffset() in (-5 * HOUR, -4 * HOUR)
    for key, status in ((STRANGER, 404), (ACTOR, 403)):
        reply = await client.get(path, headers={"authorization": f"Bearer {key.secret}"})
        assert reply.status_code == status
    unknown = await client.get(f"/v1/cases/{uuid4()}/context")
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


async def test_the_api_tells_how_the_clocks_stand(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        now = await tx.scalar(text("SELECT now()"))
        first = await opened(tx, contact_due_at=now + HOUR, claim_due_at=now - HOUR)
        await opened(tx, contact_due_at=now + 2 * HOUR, claim_due_at=now + HOUR)
        await opened(tx, tenant="other", contact_due_at=now, claim_due_at=now)
    told = (await client.get("/v1/clocks", params={"limit": 1})).json()
    assert told["counts"] == {"claim": {"breached": 1, "predicted": 0}, "contact": {"breached": 0, "predicted": 0}}
    assert told["pace"] == {"median_seconds": None, "contacts": 0, "people": 0}
    assert [(each["case_id"], each["position"]) for each in told["cases"]] == [(str(first), 1)]
    assert (told["cases"][0]["claim"]["stand"], told["cases"][0]["contact"]["stand"]) == ("breached", "running")
    assert 0 < told["cases"][0]["contact"]["seconds_left"] <= 3600
