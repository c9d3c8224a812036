"""Rules on a real PostgreSQL, through the same ledger the consumer uses."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Case, Claim, Close, Contact
from alerting.core.rules.policy import Policy
from alerting.store.views import CaseDetail, Views
from events.mention import Mention
from events.runtime.database import transaction
from support.alerting_member import Member, answered, desk, event, reported
from support.alerting_schema import migrated

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


def member(engine: AsyncEngine, number: int = 0, **document: Any) -> Member:
    return Member(engine, number, policy=Policy.model_validate(document))


async def every_case(engine: AsyncEngine) -> list[CaseDetail]:
    views = Views(engine)
    page = await views.page("default", state=None, after=None, limit=100)
    return [found for case in page if (found := await views.one("default", case.id)) is not None]


async def the_case(engine: AsyncEngine) -> CaseDetail:
    found = await every_case(engine)
    assert len(found) == 1, f"{len(found)} cases"
    return found[0]


def entries(detail: CaseDetail) -> list[str]:
    return [entry.what for entry in detail.timeline]


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with transaction(engine) as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


def ago(delta: timedelta) -> datetime:
    return datetime.now(UTC) - delta


async def contacted(engine: AsyncEngine) -> UUID:
    case = (await the_case(engine)).case
    done = await desk(engine).act("default", case.id, Claim(by="Dana", version=case.version))
    assert isinstance(done, Case)
    assert isinstance(await desk(engine).act("default", case.id, Contact(by="Dana", version=done.version)), Case)
    return case.id


async def closed(engine: AsyncEngine) -> None:
    case = (await the_case(engine)).case
    close = Close(by="Kim", version=case.version, outcome="dismissed", reason="a test")
    assert isinstance(await desk(engine).act("default", case.id, close), Case)


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_low_score_after_a_good_one_opens_a_case_that_says_so(engine: AsyncEngine, at_once: bool) -> None:
    told = [
        event(answered(5, response_id="r-0", interaction_id="call-0", said_ago=30 * MINUTE)),
        event(answered(1)),
        event(answered(1, response_id="r-9", interaction_id="call-9", customer_id="cus-9")),
    ]
    one = member(engine)
    for batch in [told] if at_once else [[each] for each in told]:
        await one.take(*batch)
    reasons = {found.case.customer_id: found.case.reason for found in await every_case(engine)}
    assert reasons == {"cus-1": "score_fell", "cus-9": "low_score"}


@pytest.mark.parametrize("now", [{"value": 3}, {"value": None, "status": "dismissed"}])
async def test_a_score_that_was_corrected_or_withdrawn_was_never_good(engine: AsyncEngine, now: dict[str, Any]) -> None:
    was = {"response_id": "r-0", "interaction_id": "call-0", "said_ago": 30 * MINUTE}
    one = member(engine)
    await one.take(event(answered(5, **was, revision=1)))
    await one.take(event(answered(**now, **was, revision=2)), event(answered(1)))
    assert (await the_case(engine)).case.reason == "low_score"


async def test_a_threat_opens_a_case_however_good_the_score_and_keeps_the_words(engine: AsyncEngine) -> None:
    await member(engine).take(event(answered(5, comment="My lawyer will write to you.")))
    found = await the_case(engine)
    assert (found.case.reason, found.evidence[0].comment) == ("legal_threat", "My lawyer will write to you.")


async def test_a_comment_that_turns_up_in_a_newer_report_of_a_good_answer_opens_a_case(engine: AsyncEngine) -> None:
    one = member(engine)
    await one.take(event(answered(5, revision=1, comment=None)))
    assert await every_case(engine) == []
    await one.take(event(answered(5, revision=2, comment="I will sue you")))
    assert (await the_case(engine)).case.reason == "legal_threat"


async def test_a_newer_report_that_makes_it_worse_says_so_on_the_case_and_tells_nobody(engine: AsyncEngine) -> None:
    one = member(engine)
    await one.take(event(answered(1, revision=1, comment=None)))
    await one.take(event(answered(1, revision=2, comment="My lawyer will write to you.")))
    found = await the_case(engine)
    assert [(entry.what, entry.note) for entry in found.timeline][1:] == [("answer_updated", "legal threat")]
    assert len(found.notifications) == 2


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    "added",
    [
        {"value": 1, "revision": 2, "comment": "Added later."},
        {"value": 5, "response_id": "r-2", "comment": "Added later."},
        {"value": None, "response_id": "r-2", "status": "partial", "comment": "Added later."},
        {"value": 5, "response_id": "r-2", "customer_id": None, "comment": "Added later."},
    ],
)
async def test_the_comment_that_comes_after_its_score_joins_the_case(
    engine: AsyncEngine, added: dict[str, Any], at_once: bool
) -> None:
    told = [event(answered(1, revision=1, comment=None)), event(answered(**added))]
    one = member(engine)
    for batch in [told] if at_once else [[each] for each in told]:
        await one.take(*batch)
    found = await the_case(engine)
    assert "Added later." in [each.comment for each in found.evidence]
    assert entries(found)[0] == "opened"
    assert len(found.notifications) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"value": 5, "response_id": "r-2", "customer_id": "cus-2", "comment": "Not hers."},
        {"value": 5, "response_id": "r-2", "interaction_id": "call-2", "comment": "About something else."},
        {"value": 5, "response_id": "r-2", "comment": None},
        {"value": 5, "response_id": "r-2", "status": "preview", "comment": "A preview."},
        {"value": 5, "response_id": "r-2", "comment": "Old.", "said_ago": 2 * DAY},
    ],
)
async def test_what_another_customer_says_or_is_about_something_else_or_old_joins_no_case(
    engine: AsyncEngine, other: dict[str, Any]
) -> None:
    one = member(engine)
    await one.take(event(answered(1)))
    await one.take(event(answered(**other)))
    assert [each.answer_id for each in (await the_case(engine)).evidence] == ["r-1"]


async def test_a_good_answer_after_the_contact_is_recorded_on_the_case_and_opens_nothing(engine: AsyncEngine) -> None:
    one = member(engine)
    await one.take(event(answered(1, said_ago=MINUTE)))
    case_id = await contacted(engine)
    await one.take(event(answered(4, response_id="r-2", interaction_id=None, comment="Much better now.")))
    found = await the_case(engine)
    assert (found.case.id, found.case.rerated_percent) == (case_id, 75)
    assert entries(found)[-1] == "rerated"
    assert {each.comment for each in found.evidence} == {"Nobody called back.", "Much better now."}
    await one.take(event(answered(1, response_id="r-0", said_ago=30 * MINUTE, revision=1, comment=None)))
    assert (await the_case(engine)).case.rerated_percent == 75


async def test_of_two_later_answers_the_newer_one_counts_in_any_order(engine: AsyncEngine) -> None:
    one = member(engine)
    await one.take(event(answered(1, said_ago=MINUTE)))
    await contacted(engine)
    older = event(answered(5, response_id="r-2", interaction_id=None))
    newer = event(answered(3, response_id="r-3", interaction_id=None))
    await one.take(newer)
    await one.take(older)
    assert (await the_case(engine)).case.rerated_percent == 50


async def test_a_bad_answer_after_the_contact_is_recorded_too_and_joins_as_ever(engine: AsyncEngine) -> None:
    one = member(engine)
    await one.take(event(answered(1, said_ago=MINUTE)))
    await contacted(engine)
    await one.take(event(answered(2, response_id="r-2")))
    found = await the_case(engine)
    assert found.case.rerated_percent == 25
    assert entries(found)[-2:] == ["answer_added", "rerated"]


@pytest.mark.parametrize("beside", [True, False])
async def test_an_old_answer_rates_nothing(engine: AsyncEngine, beside: bool) -> None:
    one = member(engine)
    await one.take(event(answered(1, said_ago=MINUTE)))
    await contacted(engine)
    late = event(answered(5, response_id="r-2", submitted_at=datetime.now(UTC) + MINUTE), recorded_ago=2 * HOUR)
    news = event(answered(3, response_id="r-3"))
    await one.take(*[news, late] if beside else [late])
    found = await the_case(engine)
    assert found.case.rerated_percent == (50 if beside else None)
    assert entries(found).count("rerated") == beside


GOLD = {
    "rules": {"low_score": {"at_or_below": {"1-5": 1}}},
    "overrides": [{"tiers": ["gold"], "rules": {"low_score": {"at_or_below": {"1-5": 3}}}}],
}


@pytest.mark.parametrize("answer_first", [True, False])
@pytest.mark.parametrize(("tier", "cases"), [("gold", 1), ("silver", 0)])
async def test_a_customer_group_has_its_own_limit_whichever_is_told_first(
    engine: AsyncEngine, answer_first: bool, tier: str, cases: int
) -> None:
    told = [event(answered(3)), event(reported(customer_tier=tier))]
    one = member(engine, **GOLD)
    for each in told if answer_first else reversed(told):
        await one.take(each)
    assert len(await every_case(engine)) == cases
    await one.take(event(reported(customer_tier=tier, revision=1)))
    assert [len(found.notifications) for found in await every_case(engine)] == [2] * cases


async def test_a_contact_that_takes_an_answer_out_of_a_rule_says_so_on_its_case(engine: AsyncEngine) -> None:
    one = member(engine, overrides=[{"teams": ["trial"], "rules": {"low_score": {"enabled": False}}}])
    await one.take(event(answered(1)))
    await one.take(event(reported(team="trial")))
    found = await the_case(engine)
    assert (found.case.state, found.case.corrected, entries(found)[-1]) == ("open", True, "answer_corrected")


REPEATS = {"rules": {"repeat_unresolved": {"enabled": True}}}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_repeat_that_resolves_nothing_opens_one_case_about_the_later_contact(
    engine: AsyncEngine, order: tuple[int, int], at_once: bool
) -> None:
    both = [
        event(reported(interaction_id="call-0", offered_at=ago(50 * MINUTE), answered_at=None, resolved=True)),
        event(reported(offered_at=ago(20 * MINUTE), answered_at=None, resolved=False)),
    ]
    told, one = [both[number] for number in order], member(engine, **REPEATS)
    for batch in [told] if at_once else [[each] for each in told]:
        await one.take(*batch)
    case = (await the_case(engine)).case
    assert (case.interaction_id, case.reason, case.play, case.customer_id) == (
        "call-1",
        "repeat_unresolved",
        "recover",
        "cus-1",
    )


WAITS = {"rules": {"long_wait": {"enabled": True, "tiers": ["gold"], "seconds": 300}}}


def waited(**changes: Any) -> Any:
    return event(reported(customer_tier="gold", queue_wait_seconds=301, **changes))


async def test_a_contact_opens_one_case_however_often_it_is_reported(engine: AsyncEngine) -> None:
    one = member(engine, **WAITS)
    await one.take(waited(revision=1))
    await one.take(waited(revision=2), waited(revision=3))
    found = await the_case(engine)
    assert (found.case.reason, len(found.notifications), entries(found)) == ("long_wait", 2, ["opened"])
    await closed(engine)
    await one.take(waited(revision=4))
    assert (await the_case(engine)).case.state == "closed"


async def test_a_bad_answer_about_a_contact_that_went_wrong_joins_its_case(engine: AsyncEngine) -> None:
    one = member(engine, **WAITS)
    await one.take(waited())
    await one.take(event(answered(1)))
    found = await the_case(engine)
    assert (found.case.reason, entries(found)) == ("long_wait", ["opened", "answer_added"])
    assert [each.answer_id for each in found.evidence] == ["r-1"]


async def test_a_contact_that_is_reported_otherwise_is_noted_on_its_case(engine: AsyncEngine) -> None:
    one = member(engine, **WAITS)
    await one.take(waited(revision=1))
    await one.take(event(reported(customer_tier="gold", queue_wait_seconds=3, revision=2)))
    found = await the_case(engine)
    assert (found.case.state, entries(found)) == ("open", ["opened", "answer_corrected"])
    await one.take(waited(revision=3))
    assert entries(await the_case(engine))[-1] == "answer_added"


async def test_an_old_contact_tells_nobody(engine: AsyncEngine) -> None:
    one = member(engine, **WAITS)
    old = reported(customer_tier="gold", queue_wait_seconds=301, offered_at=ago(2 * DAY), answered_at=ago(DAY))
    await one.take(event(old))
    assert await every_case(engine) == []
    assert await rows(engine, "SELECT verdict, verdict_reason FROM contact") == [("suppressed_stale", "arrived_late")]


async def test_a_public_remark_with_a_threat_is_answered_in_public(engine: AsyncEngine) -> None:
    remark = Mention(mention_id="m", network="x", text="My attorney will call", published_at=datetime.now(UTC))
    await member(engine).take(event(remark))
    case = (await the_case(engine)).case
    assert (case.reason, case.play) == ("legal_threat", "reply")
