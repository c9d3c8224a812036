"""Causes, their suggestion, the board and lost customers, on a real PostgreSQL."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Cause
from alerting.core.causes import Rate, Suggestion, agreement, pareto
from alerting.core.lost import FollowUp
from alerting.store import causes, causes_board, lost
from alerting.store.causes_board import Period
from alerting.store.lost import Lost
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from support.case_rows import MIGRATIONS, SCHEMA, add_answer, add_case, add_contact

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    yield engine
    await engine.dispose()


def period(**changes: Any) -> Period:
    now = datetime.now(UTC)
    return Period(**{"since": now - 90 * DAY, "until": now + DAY, **changes})


async def suggested(engine: AsyncEngine, case_id: UUID, tenant: str = "default") -> Suggestion | None:
    async with transaction(engine) as tx:
        return await causes.suggestion(tx, tenant, case_id)


async def choose(engine: AsyncEngine, case_id: UUID, cause: Cause) -> None:
    async with transaction(engine) as tx:
        await causes.record_choice(tx, "default", case_id, cause)


async def chosen(engine: AsyncEngine, cause: Cause, count: int) -> None:
    """Chosen with nothing suggested, as for cases closed before there were suggestions."""
    add = text(
        "INSERT INTO cause_choice (case_id, tenant, team, reason, chosen)"
        " VALUES (:id, 'default', 'billing', 'invoice', :cause)"
    )
    for _ in range(count):
        case = await add_case(engine, outcome="recovered", cause=cause)
        async with transaction(engine) as tx:
            await tx.execute(add, {"id": case, "cause": cause})


async def test_words_and_record_of_a_case_are_its_facts(engine: AsyncEngine) -> None:
    case = await add_case(engine, comment="I waited half an hour!", wait_seconds=1800.0)
    found = await suggested(engine, case)
    assert found is not None
    assert (found.cause, found.strength, found.sources) == ("staffing", "strong", ("comment", "contact"))
    assert await suggested(engine, case, "other") is None
    assert await suggested(engine, uuid4()) is None


async def test_transfers_and_a_missed_call_are_facts_too(engine: AsyncEngine) -> None:
    passed_on = await suggested(engine, await add_case(engine, transfers=3))
    promised = await suggested(engine, await add_case(engine, opened_for="call_back_missed"))
    assert passed_on is not None
    assert promised is not None
    assert (passed_on.cause, promised.cause) == ("routing", "workflow")


async def test_a_customer_who_left_the_menu_met_no_team(engine: AsyncEngine) -> None:
    in_menu = await suggested(engine, await add_case(engine, abandoned=True, team=None, agent=None))
    in_queue = await suggested(engine, await add_case(engine, abandoned=True, agent=None))
    assert in_menu is not None
    assert in_queue is not None
    assert (in_menu.cause, in_queue.cause) == ("ivr", "staffing")


@pytest.mark.parametrize(
    ("before", "cause"),
    [
        ({"agent": "a-2"}, "knowledge"),
        ({"agent": None}, "knowledge"),
        ({"agent": "a-17"}, "training"),
        ({"agent": "a-2", "ago": 15 * DAY}, None),
        ({"agent": "a-2", "customer": "cus-2"}, None),
        ({"agent": "a-2", "reason": "delivery"}, None),
        ({"agent": "a-2", "resolved": True}, None),
        ({"agent": "a-2", "tenant": "other"}, None),
    ],
)
async def test_unresolved_twice_is_training_or_knowledge(
    engine: AsyncEngine, before: dict[str, Any], cause: str | None
) -> None:
    await add_contact(engine, **{"customer": "cus-1", "resolved": False, "ago": 3 * DAY, **before})
    found = await suggested(engine, await add_case(engine, customer="cus-1", resolved=False))
    assert (found.cause if found else None) == cause


async def test_what_was_chosen_before_counts_for_the_same_team_and_reason(engine: AsyncEngine) -> None:
    await chosen(engine, "self_service", 8)
    found = await suggested(engine, await add_case(engine))
    assert found is not None
    assert (found.cause, found.strength) == ("self_service", "weak")
    assert found.because[0].words.startswith("chosen 8 of 8 times for this team and contact reason in 90 days")
    assert await suggested(engine, await add_case(engine, reason="delivery")) is None
    assert await suggested(engine, await add_case(engine, team="sales")) is None


async def test_choices_older_than_90_days_count_no_more(engine: AsyncEngine) -> None:
    await chosen(engine, "self_service", 8)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE cause_choice SET at = at - interval '91 days'"))
    assert await suggested(engine, await add_case(engine)) is None


async def test_a_suggestion_from_history_that_is_followed_is_no_new_evidence(engine: AsyncEngine) -> None:
    await chosen(engine, "self_service", 8)
    for cause in ("self_service", "self_service", "self_service", "ivr"):
        await choose(engine, await add_case(engine, outcome="recovered", cause=cause), cause)
    found = await suggested(engine, await add_case(engine))
    assert found is not None
    assert found.because[0].words.startswith("chosen 8 of 9 times")


async def test_what_was_suggested_is_kept_beside_what_was_chosen(engine: AsyncEngine) -> None:
    for cause in ("staffing", "staffing", "staffing", "staffing", "routing"):
        case = await add_case(engine, wait_seconds=900.0, reason=None, outcome="recovered", cause=cause)
        await choose(engine, case, cause)
    await choose(engine, await add_case(engine, reason=None, outcome="recovered", cause="ivr"), "ivr")
    async with transaction(engine) as tx:
        found = agreement(await causes.choices(tx, "default", period()))
        others = await causes.choices(tx, "default", period(team="sales"))
        strangers = await causes.choices(tx, "other", period())
    assert (found.suggested, found.agreed) == (Rate.of(5, 6), Rate.of(4, 5))
    assert found.by_source["contact"] == Rate.of(4, 5)
    assert others == strangers == []


async def test_praise_has_no_cause_whatever_its_contact_was_like(engine: AsyncEngine) -> None:
    case = await add_case(engine, play="thank", transfers=3, outcome="recovered", cause="routing")
    assert await suggested(engine, case) is None
    await choose(engine, case, "routing")
    async with transaction(engine) as tx:
        assert await causes.choices(tx, "default", period()) == []


async def test_of_a_case_that_is_closed_again_the_last_choice_counts(engine: AsyncEngine) -> None:
    case = await add_case(engine, wait_seconds=900.0, outcome="recovered", cause="staffing")
    await choose(engine, case, "staffing")
    await choose(engine, case, "routing")
    async with transaction(engine) as tx:
        (only,) = await causes.choices(tx, "default", period())
    assert (only.suggested, only.chosen, only.count) == ("staffing", "routing", 1)


async def test_choices_from_before_there_were_suggestions_count(database_url: str, tmp_path: Path) -> None:
    before = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, before, ignore=shutil.ignore_patterns("0008_*", "0009_*", "001*", "__pycache__"))
    engine = create_engine(database_url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, before)
        for _ in range(8):
            await add_case(engine, outcome="recovered", cause="self_service")
        await add_case(engine, outcome="dismissed")
        await upgrade(engine, SCHEMA, MIGRATIONS)
        found = await suggested(engine, await add_case(engine))
    finally:
        await engine.dispose()
    assert found is not None
    assert found.because[0].words.startswith("chosen 8 of 8 times")


async def board(engine: AsyncEngine, by: Any = None, zone: ZoneInfo = UTC_ZONE, **changes: Any) -> list[Any]:
    async with transaction(engine) as tx:
        found = await causes_board.tallies(tx, "default", period(**changes), zone)
    return [(bar.cause, bar.group, bar.n) for bar in pareto(found, by).bars]


async def test_the_board_counts_closed_cases_with_a_cause(engine: AsyncEngine) -> None:
    for outcome in ("recovered", "not_recovered"):
        await add_case(engine, outcome=outcome, cause="staffing")
    await add_case(engine, outcome="recovered", cause="ivr", team="sales")
    await add_case(engine)
    await add_case(engine, outcome="dismissed")
    await add_case(engine, outcome="recovered", cause="ivr", play="thank")
    await add_case(engine, outcome="recovered", cause="ivr", tenant="other")
    await add_case(engine, outcome="recovered", cause="ivr", ago=100 * DAY, closed_ago=91 * DAY)
    assert await board(engine) == [("staffing", None, 2), ("ivr", None, 1)]
    assert await board(engine, "team") == [("staffing", "billing", 2), ("ivr", "sales", 1)]
    assert await board(engine, "reason") == [("staffing", "invoice", 2), ("ivr", "invoice", 1)]


async def test_the_board_is_filtered_by_team_reason_and_channel(engine: AsyncEngine) -> None:
    await add_case(engine, outcome="recovered", cause="staffing")
    await add_case(engine, outcome="recovered", cause="ivr", team="sales", reason="delivery", channel="chat")
    sales = [("ivr", None, 1)]
    assert await board(engine, team="sales") == sales
    assert await board(engine, reason="delivery") == sales
    assert await board(engine, channel="chat") == sales
    assert await board(engine, team="sales", channel="phone") == []


async def test_a_week_begins_on_monday_by_local_clocks(engine: AsyncEngine) -> None:
    """Sunday 27 December 2026, 23:30 UTC: still ISO week 52 in London, and Monday of week 53 in Berlin."""
    case = await add_case(engine, outcome="recovered", cause="ivr")
    closed_at = datetime(2026, 12, 27, 23, 30, tzinfo=UTC)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE recovery_case SET closed_at = :at WHERE id = :id"), {"at": closed_at, "id": case})
    asked = {"by": "week", "since": closed_at - DAY, "until": closed_at + DAY}
    assert await board(engine, zone=ZoneInfo("Europe/London"), **asked) == [("ivr", "2026-W52", 1)]
    assert await board(engine, zone=ZoneInfo("Europe/Berlin"), **asked) == [("ivr", "2026-W53", 1)]


async def test_the_customers_words_stand_behind_the_board(engine: AsyncEngine) -> None:
    await add_case(engine, outcome="recovered", cause="ivr", comment="Older.", closed_ago=DAY)
    await add_case(engine, outcome="recovered", cause="ivr", comment="Newer.")
    await add_case(engine, outcome="recovered", cause="routing", comment="Passed on.")
    await add_case(engine, outcome="recovered", cause="ivr")
    await add_case(engine, comment="Not closed.")
    async with transaction(engine) as tx:
        found = await causes_board.words(tx, "default", period(), cause="ivr")
        every = await causes_board.words(tx, "default", period())
        first = await causes_board.words(tx, "default", period(), limit=1)
    assert [said.comment for said in found] == ["Newer.", "Older."]
    assert len(every) == 3
    assert len(first) == 1


async def lost_now(engine: AsyncEngine, tenant: str = "default", **changes: Any) -> list[Lost]:
    async with transaction(engine) as tx:
        return await lost.page(tx, tenant, since=datetime.now(UTC) - 180 * DAY, **changes)


async def lose(engine: AsyncEngine, customer: str | None = "cus-1", **changes: Any) -> UUID:
    told = {"outcome": "not_recovered", "cause": "ivr", "ago": 10 * DAY, "closed_ago": 9 * DAY, **changes}
    return await add_case(engine, customer=customer, **told)


async def test_customers_who_were_not_won_back_are_listed_once(engine: AsyncEngine) -> None:
    await lose(engine, ago=30 * DAY, closed_ago=29 * DAY)
    last = await lose(engine)
    other = await lose(engine, "cus-2", outcome="unreachable", closed_ago=8 * DAY)
    await lose(engine, "cus-3", outcome="recovered")
    await lose(engine, "cus-4", outcome="dismissed", cause=None)
    await lose(engine, "cus-5", closed_ago=181 * DAY, ago=182 * DAY)
    await lose(engine, None)
    found = await lost_now(engine)
    assert [(each.case_id, each.customer_id, each.outcome) for each in found] == [
        (other, "cus-2", "unreachable"),
        (last, "cus-1", "not_recovered"),
    ]
    assert await lost_now(engine, "other") == []


@pytest.mark.parametrize(
    ("answer", "still_lost"),
    [
        ({"score": 5}, False),
        ({"score": 4}, False),
        ({"score": 3}, True),
        ({"score": 5, "ago": 11 * DAY}, True),
        ({"score": 5, "customer": "cus-2"}, True),
        ({"score": 5, "tenant": "other"}, True),
        ({"score": 8, "scale": "0-10"}, True),
        ({"score": 9, "scale": "0-10"}, False),
        ({"score": "good", "scale": "good-bad"}, False),
        ({"score": "bad", "scale": "good-bad"}, True),
        ({"score": "up", "scale": "thumbs"}, False),
        ({"score": True, "scale": "yes-no"}, False),
        ({"score": "no", "scale": "yes-no"}, True),
        ({"score": None}, True),
    ],
)
async def test_a_good_answer_since_brings_a_customer_back(
    engine: AsyncEngine, answer: dict[str, Any], still_lost: bool
) -> None:
    await lose(engine)
    await add_answer(engine, **{"customer": "cus-1", "ago": DAY, **answer})
    assert bool(await lost_now(engine)) == still_lost


async def test_a_later_case_that_won_them_back_does_too(engine: AsyncEngine) -> None:
    await lose(engine, outcome="recovered", ago=20 * DAY, closed_ago=19 * DAY)
    await lose(engine)
    assert len(await lost_now(engine)) == 1
    await add_case(engine, customer="cus-1", outcome="recovered", cause="ivr", ago=DAY)
    assert await lost_now(engine) == []


async def test_whoever_is_on_the_desk_again_is_shown_so(engine: AsyncEngine) -> None:
    await lose(engine)
    assert [each.on_the_desk_again for each in await lost_now(engine)] == [False]
    await add_case(engine, customer="cus-1")
    assert [each.on_the_desk_again for each in await lost_now(engine)] == [True]


async def test_somebody_has_seen_to_a_lost_customer(engine: AsyncEngine) -> None:
    case, other = await lose(engine), await lose(engine, "cus-2")
    kept = await add_case(engine, outcome="recovered", cause="ivr")
    async with transaction(engine) as tx:
        assert await lost.follow_up(tx, "default", case, FollowUp(by="Dana", note="Sent a letter."))
        assert not await lost.follow_up(tx, "other", other, FollowUp(by="Dana"))
        assert not await lost.follow_up(tx, "default", kept, FollowUp(by="Dana"))
    (seen_to,) = await lost_now(engine, followed_up=True)
    assert (seen_to.case_id, seen_to.followed_up_by, seen_to.followed_up_note) == (case, "Dana", "Sent a letter.")
    assert [each.case_id for each in await lost_now(engine, followed_up=False)] == [other]
    assert len(await lost_now(engine)) == 2


async def test_a_customer_lost_again_is_to_be_seen_to_again(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await lost.follow_up(tx, "default", await lose(engine), FollowUp(by="Dana"))
    again = await lose(engine, ago=2 * DAY, closed_ago=DAY)
    assert [each.case_id for each in await lost_now(engine, followed_up=False)] == [again]
