"""What links a customer's contacts, answers and cases, and what an erasure unlinks, on the real store."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from scoring.core.window import Window
from support.happened import NOON, csat, event, interaction, stamp
from support.metrics import apply, scoring_database, stored, total

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


def contact(interaction_id: str, after: timedelta, **said: Any) -> Event[Any]:
    """Inbound, of one customer, that long after noon."""
    said = {"offered_at": stamp(NOON + after), "customer_id": "c-1", "resolved": True, **said}
    return event("interaction.reported", interaction(interaction_id, **said), at=NOON + 30 * DAY)


def case(revision: int = 1, state: str = "open", **said: Any) -> Event[Any]:
    """Opened at noon by an answer of 0 %."""
    found = {"case_id": "k-1", "revision": revision, "state": state, "customer_id": "c-1", "opened_at": stamp(NOON)}
    found |= {"response_id": "r-1", "instrument": "csat", "score_percent": 0}
    return event("case.reported", found | {name: after(at) for name, at in said.items()}, at=NOON + 30 * DAY)


def after(value: Any) -> Any:
    return stamp(NOON + value) if isinstance(value, timedelta) else value


def erased(customer_id: str = "c-1") -> Event[Any]:
    return event("customer.erased", {"customer_id": customer_id, "requested_at": stamp(NOON)})


async def test_who_comes_back_within_seven_days_is_counted_where_the_customer_came_first(engine: AsyncEngine) -> None:
    first = contact("i-1", timedelta(0), team="first")
    await apply(engine, contact("i-2", WEEK, team="second", resolved=False))
    await apply(engine, first)
    assert (await stored(engine, "team"))["first"]["repeated_once"] == 1
    await apply(engine, contact("i-2", WEEK + timedelta(milliseconds=1), team="second", resolved=False, revision=1))
    assert (await stored(engine, "team"))["first"].get("repeated_once") is None
    assert (await stored(engine, "team"))["first"]["settled"] == 1


async def test_two_repeats_are_more_than_one_and_another_reason_or_an_outbound_call_is_none(
    engine: AsyncEngine,
) -> None:
    await apply(engine, contact("i-1", timedelta(0), reason="invoice"))
    await apply(engine, contact("i-2", DAY, resolved=None, reason="delivery"))
    await apply(engine, contact("i-3", DAY, resolved=None, direction="outbound", reason="invoice"))
    assert await total(engine) == {"contacts": 3, "resolution_known": 1, "resolved": 1, "settled": 1}
    await apply(engine, contact("i-4", 2 * DAY, resolved=None, channel="chat"))
    assert (await total(engine))["repeated_once"] == 1
    await apply(engine, contact("i-5", 3 * DAY, resolved=None, reason="invoice"))
    found = await total(engine)
    assert (found.get("repeated_once"), found["repeated_more"]) == (None, 1)


async def test_until_its_week_has_passed_a_resolved_contact_is_pending(engine: AsyncEngine) -> None:
    await apply(engine, contact("i-1", timedelta(seconds=59)), contact("i-2", DAY, resolved=None))
    minute = timedelta(minutes=1)
    young = await total(engine, now=NOON + WEEK + minute - timedelta(microseconds=1))
    assert {name: young.get(name) for name in ("settled", "repeated_once", "pending")} == {
        "settled": None,
        "repeated_once": None,
        "pending": 1,
    }
    old = await total(engine, now=NOON + WEEK + minute)
    assert (old["settled"], old["repeated_once"], old.get("pending")) == (1, 1, None)


async def test_a_contact_that_turns_out_to_be_somebody_elses_is_no_repeat_any_more(engine: AsyncEngine) -> None:
    await apply(engine, contact("i-1", timedelta(0)), contact("i-2", DAY, resolved=None))
    assert (await total(engine))["repeated_once"] == 1
    await apply(engine, contact("i-2", DAY, resolved=None, customer_id="c-2", revision=1))
    assert "repeated_once" not in await total(engine)


async def test_more_than_five_hundred_contacts_under_one_id_are_no_customer(engine: AsyncEngine) -> None:
    crowd = [contact(f"i-{n}", timedelta(minutes=n)) for n in range(501)]
    await apply(engine, *crowd[:500])
    assert (await total(engine))["settled"] == 500
    await apply(engine, crowd[500])
    found = await total(engine)
    assert found["contacts"] == 501
    assert not {"settled", "repeated_once", "repeated_more"} & set(found)


async def test_an_erased_customer_keeps_counting_and_is_linked_no_more(engine: AsyncEngine) -> None:
    await apply(engine, contact("i-1", timedelta(0)), contact("i-2", DAY), event("survey.answered", csat(1)))
    await apply(engine, erased())
    found = await total(engine)
    assert (found["contacts"], found["csat_dissatisfied"]) == (2, 1)
    assert not {"settled", "repeated_once"} & set(found)
    await apply(engine, contact("i-3", 2 * DAY), contact("i-1", timedelta(0), revision=7))
    assert (await total(engine))["contacts"] == 3
    assert "settled" not in await total(engine)


async def test_a_case_counts_its_speed_when_opened_and_its_outcome_when_closed(engine: AsyncEngine) -> None:
    minutes = {"claimed_at": timedelta(minutes=4), "contacted_at": timedelta(minutes=40)}
    await apply(
        engine, case(4, "closed", **minutes, contact_due_at=timedelta(hours=2), closed_at=DAY, outcome="recovered")
    )
    await apply(engine, case(1), case(2, "claimed", claimed_at=timedelta(hours=9)))
    opened = await total(engine, window=Window.between(NOON, NOON + timedelta(minutes=1)))
    assert opened == {
        "claimed": 1,
        "claim_ms": 240_000,
        "contacted": 1,
        "contact_ms": 2_400_000,
        "contact_due": 1,
        "contacted_in_time": 1,
    }
    closed = await total(engine, window=Window.between(NOON + DAY, NOON + DAY + timedelta(minutes=1)))
    assert closed == {"cases_closed": 1, "cases_recovered": 1}
    await apply(engine, case(5, "closed", closed_at=DAY, outcome="dismissed"))
    assert await total(engine) == {}


async def test_the_next_score_of_the_customer_closes_the_loop_but_not_the_answer_that_opened_the_case(
    engine: AsyncEngine,
) -> None:
    def score(value: int, response_id: str, later: timedelta) -> Event[Any]:
        said = csat(value, None, response_id, customer_id="c-1", submitted_at=stamp(NOON + later))
        return event("survey.answered", said, at=NOON + 30 * DAY)

    await apply(engine, case(), score(1, "r-1", timedelta(hours=1)))
    assert "rescored" not in await total(engine)
    await apply(engine, score(4, "r-3", 2 * DAY))
    assert (await total(engine))["rescore_millipercent"] == 75_000
    await apply(engine, score(2, "r-2", DAY))
    found = await total(engine)
    assert (found["rescored"], found["rescore_millipercent"], found["rescore_square"]) == (1, 25_000, 625)
