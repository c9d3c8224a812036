"""What the handler keeps beside notes: habits, whose a response is, words, news for the topic; and what it must not."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.customer import CustomerErased
from events.envelope import Event
from events.interaction import Interaction
from events.preference import ContactLanguage
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from profile_sync.app import MIGRATIONS, SCHEMA
from profile_sync.claiming import Claimer
from profile_sync.core.extract import Extractor, extractors
from profile_sync.core.extract.found import Found, Span
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.core.preferences import Customer
from profile_sync.handler import NotePreferences
from profile_sync.noting import note
from profile_sync.store import consent, erased
from profile_sync.telemetry import Telemetry

NOW = datetime.now(UTC)


def bengali(response: SurveyResponse) -> list[Found]:
    """An extractor that finds one word and knows how sure to be."""
    at = (response.comment or "").find("Bengali")
    sure = 0.5 if "maybe" in (response.comment or "") else 0.9
    return [Found(ContactLanguage(kind="language", value="bn"), sure, Span(at, at + 7))] if at >= 0 else []


USING = (*extractors(NO_ANSWERS)[:2], Extractor("text", 7, bengali, reads_between=True))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database_url, SCHEMA)
    await upgrade(made, SCHEMA, MIGRATIONS)
    yield made
    await made.dispose()


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await NotePreferences(USING, Telemetry(CollectorRegistry()))(tx, events)


async def rows(engine: AsyncEngine, query: str) -> list[Sequence[Any]]:
    async with transaction(engine) as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


def answered(id_: str, comment: str | None = None, **fields: Any) -> Event[SurveyResponse]:
    document = {
        "response_id": f"r-{id_}",
        "customer_id": "cus-42",
        "instrument": "csat",
        "scale": "1-5",
        "value": 2,
        "submitted_at": NOW.isoformat(),
        "comment": comment,
    }
    return Event(id_, "/survey", "default", NOW, NOW, SurveyResponse.model_validate(document | fields))


def came(number: int, channel: str = "chat", customer: str | None = "cus-42", **fields: Any) -> Event[Interaction]:
    at = NOW - timedelta(days=30 - number)
    document = {"interaction_id": f"i-{number}", "channel": channel, "offered_at": at, "customer_id": customer}
    id_ = f"came-{number}-{fields.get('revision', 0)}"
    return Event(id_, "/pbx", "default", at, at, Interaction.model_validate(document | fields))


def erasure(customer: str = "cus-42") -> Event[CustomerErased]:
    data = CustomerErased.model_validate({"customer_id": customer, "requested_at": NOW.isoformat()})
    return Event("gone", "/crm", "default", NOW, NOW, data)


NOTES = "SELECT kind, value, status, extractor FROM note ORDER BY stated_at, extractor"


async def test_words_are_kept_with_the_span_that_the_note_rests_on(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Please speak Bengali with me."), answered("e2", "All fine."))
    assert await rows(engine, "SELECT substr(comment, span_start + 1, span_end - span_start), confidence, extractor"
                              " FROM note JOIN response USING (tenant, source, response_id)") == [
        ("Bengali", 0.9, "text/7")
    ]  # fmt: skip
    assert await rows(engine, "SELECT response_id FROM response WHERE comment IS NOT NULL") == [("r-e1",)]


async def test_words_of_an_older_report_go_when_a_newer_one_does_not_say_them(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali please", response_id="r", revision=1))
    await apply(engine, answered("e2", None, response_id="r", revision=2))
    await apply(engine, answered("e3", "Bengali please", response_id="r", revision=0))
    assert await rows(engine, "SELECT comment FROM response") == [(None,)]
    assert {status for (status,) in await rows(engine, "SELECT status FROM note")} == {"retracted"}


async def test_a_doubtful_note_is_proposed_and_nobody_is_told(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "maybe Bengali"))
    assert await rows(engine, NOTES) == [("language", "bn", "proposed", "text/7")]
    assert await rows(engine, "SELECT state, version FROM crm_push") == [("done", 0)]
    assert await rows(engine, "SELECT * FROM announcement") == []


async def test_the_topic_is_to_be_told_what_ceased_before_what_holds_now(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali"))
    later = (NOW + timedelta(minutes=1)).isoformat()
    await apply(engine, answered("e2", submitted_at=later, preferences=[{"kind": "language", "value": "hi"}]))
    told = await rows(engine, "SELECT what, value FROM announcement JOIN note USING (note_id) ORDER BY number")
    assert told == [("noted", "bn"), ("retracted", "bn"), ("noted", "hi")]


async def test_three_contacts_by_one_channel_make_a_hint_and_another_channel_ends_it(engine: AsyncEngine) -> None:
    await apply(engine, came(1), came(2))
    assert await rows(engine, NOTES) == []
    await apply(engine, came(3))
    assert await rows(engine, NOTES) == [("contact_channel", "chat", "proposed", "habit/1")]
    await apply(engine, came(4), came(5, customer="somebody"), came(6, direction="outbound", channel="phone"))
    assert await rows(engine, "SELECT status, stated_at FROM note") == [("proposed", NOW - timedelta(days=27))]
    await apply(engine, came(12))
    assert await rows(engine, "SELECT status, stated_at FROM note") == [("proposed", NOW - timedelta(days=18))]
    await apply(engine, came(13, channel="phone"))
    assert await rows(engine, NOTES) == [("contact_channel", "chat", "retracted", "habit/1")]


async def test_a_contact_reported_again_counts_once_as_last_reported(engine: AsyncEngine) -> None:
    await apply(engine, came(1), came(1, revision=1), came(2), came(3, channel="phone"))
    assert await rows(engine, NOTES) == []
    await apply(engine, came(3, channel="chat", revision=1))
    await apply(engine, came(3, channel="phone"))
    assert await rows(engine, NOTES) == [("contact_channel", "chat", "proposed", "habit/1")]


async def test_a_response_without_a_customer_belongs_to_whoever_had_the_contact(engine: AsyncEngine) -> None:
    await apply(engine, came(1), came(2, customer="cus-7"))
    await apply(engine, answered("e1", "Bengali", customer_id=None, interaction_id="i-2"))
    assert await rows(engine, "SELECT customer_id FROM note") == [("cus-7",)]


@pytest.mark.parametrize("whom", ["cus-42", consent.WHOLE_TENANT])
async def test_without_consent_neither_words_nor_habits_are_read(engine: AsyncEngine, whom: str) -> None:
    async with transaction(engine) as tx:
        assert await consent.set_allowed(tx, Customer("default", whom), False, "a supervisor")
    exact = [{"kind": "contact_channel", "value": "email"}]
    await apply(engine, came(1), came(2), came(3), answered("e1", "Bengali", preferences=exact))
    assert await rows(engine, NOTES) == [("contact_channel", "email", "active", "stated/1")]
    assert await rows(engine, "SELECT comment FROM response WHERE comment IS NOT NULL") == []
    async with transaction(engine) as tx:
        assert await consent.set_allowed(tx, Customer("default", whom), True, "a supervisor")
    await apply(engine, answered("e2", "Bengali"))
    assert len(await rows(engine, NOTES)) == 2


async def test_what_has_run_out_is_found_so_when_looked_at_again(engine: AsyncEngine) -> None:
    wish = [{"kind": "call_back", "value": True}]
    await apply(engine, answered("e1", preferences=wish))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE note SET expires_at = now() - interval '1 second'"))
    async with transaction(engine) as tx:
        await note(tx, (), {Customer("default", "cus-42")})
    assert await rows(engine, NOTES) == [("call_back", True, "expired", "stated/1")]
    assert await rows(engine, "SELECT version FROM crm_push") == [(2,)]


async def test_an_erased_customer_leaves_nothing_and_what_comes_late_finds_nobody(engine: AsyncEngine) -> None:
    said = answered("e1", "Bengali please"), came(1), came(2), came(3)
    await apply(engine, *said, answered("e2", "Bengali", customer_id="cus-7"))
    await apply(engine, erasure())
    for again in (said, (answered("e3", "Bengali"),)):
        await apply(engine, *again)
    await apply(engine, answered("e4", "Bengali"), erasure("cus-7"))
    for table in ("note", "contact", "announcement"):
        assert await rows(engine, f"SELECT * FROM {table}") == []
    assert await rows(engine, "SELECT response_id FROM response WHERE comment IS NOT NULL") == []
    assert await rows(engine, "SELECT DISTINCT erasing, state FROM crm_push") == [(True, "pending")]
    assert await rows(engine, "SELECT count(*) FROM erased_customer") == [(2,)]


async def test_an_erasure_waits_for_a_batch_that_is_under_way(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await erased.share(tx, {"default"})
        async with transaction(engine) as other:
            assert not await other.scalar(
                text("SELECT pg_try_advisory_xact_lock(hashtext('amends notes'), hashtext('default'))")
            )
            assert await other.scalar(
                text("SELECT pg_try_advisory_xact_lock(hashtext('amends notes'), hashtext('acme'))")
            )


async def claim(engine: AsyncEngine) -> int:
    return await Claimer(engine, USING).claim()


async def test_a_response_that_comes_before_its_contact_is_noted_once_that_is_known(engine: AsyncEngine) -> None:
    nobodys = {"customer_id": None, "interaction_id": "i-2", "response_id": "r"}
    await apply(engine, answered("e1", "Bengali", **nobodys), answered("e2", "All fine.", customer_id=None))
    assert await claim(engine) == 0
    await apply(engine, came(2, customer="cus-7"))
    assert await claim(engine) == 1
    assert await rows(engine, "SELECT customer_id, status, event_id FROM note") == [("cus-7", "active", "e1")]
    assert await rows(engine, "SELECT * FROM unclaimed") == []


async def test_of_a_response_nobody_has_claimed_only_the_newest_report_speaks(engine: AsyncEngine) -> None:
    nobodys = {"customer_id": None, "interaction_id": "i-2", "response_id": "r"}
    await apply(engine, answered("e1", "Bengali", **nobodys, revision=1))
    await apply(engine, answered("e2", "All fine.", **nobodys, revision=2))
    await apply(engine, came(2))
    await claim(engine)
    assert await rows(engine, "SELECT status FROM note") == [("retracted",)]


async def test_what_is_claimed_is_read_only_as_far_as_its_customer_consents(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await consent.set_allowed(tx, Customer("default", "cus-7"), False, "a supervisor")
    exact = [{"kind": "contact_channel", "value": "email"}]
    await apply(engine, answered("e1", "Bengali", customer_id=None, interaction_id="i-1", preferences=exact))
    await apply(engine, came(1, customer="cus-7"))
    assert await claim(engine) == 1
    assert await rows(engine, NOTES) == [("contact_channel", "email", "active", "stated/1")]


@pytest.mark.parametrize("contact_first", [True, False])
async def test_an_erased_customers_words_do_not_wait_for_anybody(engine: AsyncEngine, contact_first: bool) -> None:
    said = answered("e1", "Bengali", customer_id=None, interaction_id="i-1")
    for event in (said, came(1), erasure()) if contact_first else (erasure(), said, came(1)):
        await apply(engine, event)
    await apply(engine, answered("e2", "Bengali", customer_id=None, interaction_id="i-1", response_id="late"))
    assert await rows(engine, "SELECT * FROM unclaimed") == []
    assert await claim(engine) == 0


async def test_a_tenant_that_refuses_has_no_nobodys_words_kept(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await consent.set_allowed(tx, Customer("default", consent.WHOLE_TENANT), False, "a supervisor")
    exact = [{"kind": "contact_channel", "value": "email"}]
    nobodys = {"customer_id": None, "interaction_id": "i-1"}
    await apply(engine, answered("e1", "Bengali", **nobodys), answered("e2", "Bengali", **nobodys, preferences=exact))
    assert await rows(engine, "SELECT response_id FROM unclaimed WHERE data NOT LIKE '%Bengali%'") == [("r-e2",)]
    assert await rows(engine, "SELECT count(*) FROM unclaimed") == [(1,)]


async def test_a_response_that_names_its_customer_waits_no_longer(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali", customer_id=None, interaction_id="i-1", response_id="r"))
    await apply(engine, answered("e2", "Bengali", interaction_id="i-1", response_id="r", revision=1))
    assert await rows(engine, "SELECT * FROM unclaimed") == []


async def test_a_response_that_turns_out_an_erased_customers_stops_speaking_for_another(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali", response_id="r", revision=1))
    await apply(engine, erasure("cus-7"))
    await apply(engine, answered("e2", "Bengali", response_id="r", revision=2, customer_id="cus-7"))
    assert await rows(engine, "SELECT customer_id, status FROM note") == [("cus-42", "retracted")]
    assert await rows(engine, "SELECT comment FROM response WHERE comment IS NOT NULL") == []


async def test_a_rejected_note_stays_rejected_when_the_response_is_reported_again(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali", response_id="r", revision=1))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE note SET decision = 'rejected'"))
    await apply(engine, answered("e2", "Bengali, thanks", response_id="r", revision=2))
    assert await rows(engine, "SELECT status, event_id, version FROM note") == [("retracted", "e2", 2)]


async def test_contacts_that_turn_out_another_customers_end_the_first_ones_habit(engine: AsyncEngine) -> None:
    await apply(engine, came(1), came(2), came(3))
    await apply(engine, *(came(n, customer="cus-7", revision=1) for n in (1, 2, 3)))
    assert await rows(engine, "SELECT customer_id, status FROM note ORDER BY customer_id") == [
        ("cus-42", "retracted"),
        ("cus-7", "proposed"),
    ]


async def test_an_accepted_habit_that_goes_on_is_told_of_again(engine: AsyncEngine) -> None:
    await apply(engine, came(1), came(2), came(3))
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE note SET decision = 'accepted'"))
    async with transaction(engine) as tx:
        await note(tx, (), {Customer("default", "cus-42")})
    await apply(engine, came(12))
    assert await rows(engine, "SELECT what FROM announcement") == [("noted",), ("noted",)]
    assert await rows(engine, "SELECT version FROM crm_push") == [(2,)]


async def test_words_go_when_nothing_rests_on_them_any_more(engine: AsyncEngine) -> None:
    await apply(engine, answered("e1", "Bengali"))
    later = (NOW + timedelta(minutes=1)).isoformat()
    await apply(engine, answered("e2", submitted_at=later, preferences=[{"kind": "language", "value": "hi"}]))
    assert await rows(engine, "SELECT status, comment FROM note JOIN response USING (response_id) ORDER BY 1") == [
        ("active", None),
        ("superseded", None),
    ]
