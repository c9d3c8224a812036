"""From events to cases, on a real PostgreSQL, through the same ledger the consumer uses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.case import Case, Claim, Close
from alerting.store.audit import audit
from alerting.store.views import CaseDetail, Views
from events.mention import Mention
from events.runtime.database import transaction
from support.alerting_member import Member, answered, desk, event, reported
from support.alerting_schema import migrated

HOUR = timedelta(hours=1)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def member(engine: AsyncEngine) -> Member:
    return Member(engine, 0)


@pytest.fixture
def views(engine: AsyncEngine) -> Views:
    return Views(engine)


@pytest.fixture
def cases(engine: AsyncEngine) -> Cases:
    return desk(engine)


async def every_case(views: Views) -> list[CaseDetail]:
    page = await views.page("default", state=None, after=None, limit=100)
    found = [await views.one("default", case.id) for case in page]
    return [case for case in found if case is not None]


async def the_case(views: Views) -> CaseDetail:
    found = await every_case(views)
    assert len(found) == 1, f"{len(found)} cases"
    return found[0]


def entries(detail: CaseDetail) -> list[str]:
    return [entry.what for entry in detail.timeline]


async def test_a_bad_answer_opens_a_case_that_keeps_the_answer_and_tells_every_channel_once(
    member: Member, views: Views
) -> None:
    told = event(answered())
    await member.take(told)
    found = await the_case(views)
    case = found.case
    assert (case.state, case.version, case.reason, case.event_id) == ("open", 1, "low_score", told.id)
    assert (case.score, case.scale, case.instrument, case.customer_id) == (1, "1-5", "csat", "cus-1")
    assert case.contact_due_at - case.opened_at == timedelta(hours=2)
    assert [one.comment for one in found.evidence] == ["Nobody called back."]
    assert [(one.channel, one.state) for one in found.notifications] == [("webhook", "queued"), ("apprise-x", "queued")]


async def test_a_good_answer_is_remembered_without_its_words(member: Member, views: Views, engine: AsyncEngine) -> None:
    await member.take(event(answered(5)))
    assert await every_case(views) == []
    async with transaction(engine) as tx:
        row = (await tx.execute(text("SELECT verdict, reason, comment FROM assessment"))).one()
    assert tuple(row) == ("none", "score_not_low", None)


@pytest.mark.parametrize("survey_first", [True, False])
async def test_a_case_shows_the_contact_whichever_was_told_first(
    member: Member, views: Views, survey_first: bool
) -> None:
    both = [event(answered(customer_id=None, team="as the survey tool has it")), event(reported())]
    for told in both if survey_first else reversed(both):
        await member.take(told)
    case = (await the_case(views)).case
    assert (case.channel, case.team, case.agent, case.contact_reason) == ("phone", "billing", "a-17", "invoice")
    assert (case.wait_seconds, case.handle_seconds, case.customer_id) == (60, 250, "cus-1")


async def test_until_the_contact_is_known_the_case_shows_what_the_survey_tool_says(
    member: Member, views: Views
) -> None:
    await member.take(event(answered(team="billing", channel="chat")))
    case = (await the_case(views)).case
    assert (case.team, case.channel, case.wait_seconds) == ("billing", "chat", None)


async def test_the_newest_report_of_a_contact_wins_in_any_order(member: Member, views: Views) -> None:
    await member.take(event(answered()), event(reported(revision=2, team="retention")), event(reported(revision=1)))
    await member.take(event(reported(revision=1, team="older")))
    assert (await the_case(views)).case.team == "retention"


async def test_redelivery_changes_nothing(member: Member, engine: AsyncEngine, views: Views) -> None:
    told = event(answered())
    await member.take(told)
    before = await the_case(views)
    assert await Member(engine, 1).take(told) == 0
    assert await the_case(views) == before


async def test_a_second_bad_answer_about_the_same_contact_joins_the_case_and_tells_nobody(
    member: Member, views: Views
) -> None:
    await member.take(event(answered()))
    await member.take(event(answered(response_id="r-2", instrument="ces", scale="1-7", value=2)))
    found = await the_case(views)
    assert entries(found) == ["opened", "answer_added"]
    assert {one.answer_id for one in found.evidence} == {"r-1", "r-2"}
    assert len(found.notifications) == 2


async def test_two_customers_never_share_a_case(member: Member, views: Views) -> None:
    await member.take(event(answered()), event(answered(response_id="r-2", customer_id="cus-2")))
    assert {found.case.customer_id for found in await every_case(views)} == {"cus-1", "cus-2"}


async def test_about_one_contact_an_unknown_customer_is_the_known_one(member: Member, views: Views) -> None:
    await member.take(event(answered(customer_id=None)))
    await member.take(event(answered(response_id="r-2")))
    await member.take(event(answered(response_id="r-3", customer_id=None)))
    found = await the_case(views)
    assert found.case.customer_id == "cus-1"
    assert len(found.evidence) == 3


async def test_another_contact_of_the_same_customer_is_another_case(member: Member, views: Views) -> None:
    await member.take(event(answered()), event(answered(response_id="r-2", interaction_id="call-2")))
    assert len(await every_case(views)) == 2


async def test_an_anonymous_answer_about_nothing_known_is_a_case_of_its_own(member: Member, views: Views) -> None:
    nobody = {"customer_id": None, "interaction_id": None}
    await member.take(event(answered(**nobody)), event(answered(response_id="r-2", **nobody)))
    await member.take(event(answered(2, revision=1, **nobody)))
    assert [len(found.evidence) for found in await every_case(views)] == [1, 1]


async def test_a_negative_mention_opens_a_case_without_an_interaction(member: Member, views: Views) -> None:
    remark = Mention(
        mention_id="post-1",
        network="trustpilot",
        author="sam",
        text="Three calls and still no answer.",
        sentiment="negative",
        published_at=datetime.now(UTC),
    )
    await member.take(event(remark))
    found = await the_case(views)
    assert (found.case.reason, found.case.network, found.case.score) == ("negative_mention", "trustpilot", None)
    assert found.evidence[0].author == "sam"


async def test_a_newer_report_of_the_same_answer_updates_the_evidence_and_an_older_one_does_not(
    member: Member, views: Views
) -> None:
    await member.take(event(answered(2, revision=1)))
    await member.take(event(answered(1, revision=3, comment="Still nobody.")))
    await member.take(event(answered(2, revision=2, comment="Too late.")))
    found = await the_case(views)
    assert (found.case.score, found.evidence[0].comment) == (1, "Still nobody.")
    assert entries(found) == ["opened", "answer_updated"]
    assert len(found.notifications) == 2


async def test_an_answer_that_is_no_longer_bad_is_noted_and_the_case_stays_for_a_person_to_settle(
    member: Member, views: Views
) -> None:
    await member.take(event(answered(1, revision=1)), event(answered(4, revision=2)))
    found = await the_case(views)
    assert (found.case.state, found.case.corrected) == ("open", True)
    assert entries(found) == ["opened", "answer_corrected"]


async def test_an_answer_that_was_newer_and_good_is_not_undone_by_an_older_bad_one(
    member: Member, views: Views
) -> None:
    await member.take(event(answered(5, revision=2)))
    await member.take(event(answered(1, revision=1)))
    assert await every_case(views) == []


async def test_after_a_case_is_closed_a_new_bad_answer_opens_another_but_a_revision_does_not(
    member: Member, views: Views, cases: Cases
) -> None:
    await member.take(event(answered(1, revision=1)))
    first = (await the_case(views)).case.id
    close = Close(by="Kim", version=1, outcome="dismissed", reason="a test")
    assert isinstance(await cases.act("default", first, close), Case)
    await member.take(event(answered(2, revision=2)))
    assert (await the_case(views)).case.state == "closed"
    await member.take(event(answered(1, response_id="r-2")))
    assert [found.case.state for found in await every_case(views)] == ["closed", "open"]


@pytest.mark.parametrize(
    ("said_ago", "recorded_ago", "reason"),
    [(timedelta(days=1900), timedelta(0), "arrived_late"), (timedelta(days=1900), timedelta(days=1900), "replayed")],
)
async def test_old_news_is_recorded_and_tells_nobody(
    member: Member,
    views: Views,
    engine: AsyncEngine,
    said_ago: timedelta,
    recorded_ago: timedelta,
    reason: str,
) -> None:
    await member.take(event(answered(said_ago=said_ago), recorded_ago=recorded_ago))
    assert await every_case(views) == []
    async with transaction(engine) as tx:
        row = (await tx.execute(text("SELECT verdict, reason, case_id FROM assessment"))).one()
        assert await tx.scalar(text("SELECT count(*) FROM notification")) == 0
    assert row.verdict == "suppressed_stale"
    assert row.case_id is None
    assert row.reason == reason


async def test_members_racing_on_one_contact_open_exactly_one_case(engine: AsyncEngine, views: Views) -> None:
    members = [Member(engine, number) for number in range(4)]
    for round_ in range(10):
        told = [
            event(
                answered(
                    response_id=f"r-{round_}-{number}",
                    interaction_id=f"call-{round_}",
                    customer_id="cus-1" if number % 2 else None,
                )
            )
            for number in range(4)
        ]
        await asyncio.gather(*(one.take(said) for one, said in zip(members, told, strict=True)))
    found = await every_case(views)
    assert len(found) == 10
    assert all(len(one.evidence) == 4 and len(one.notifications) == 2 for one in found)
    assert {one.case.customer_id for one in found} == {"cus-1"}


async def test_members_racing_on_one_customer_without_a_contact_open_exactly_one_case(
    engine: AsyncEngine, views: Views
) -> None:
    members = [Member(engine, number) for number in range(4)]
    told = [event(answered(response_id=f"r-{number}", interaction_id=None)) for number in range(4)]
    await asyncio.gather(*(one.take(said) for one, said in zip(members, told, strict=True)))
    assert len((await the_case(views)).evidence) == 4


async def test_a_claim_cancels_what_is_queued(member: Member, views: Views, cases: Cases) -> None:
    await member.take(event(answered()))
    id_ = (await the_case(views)).case.id
    await cases.act("default", id_, Claim(by="Dana", version=1))
    found = await the_case(views)
    assert {one.state for one in found.notifications} == {"cancelled"}
    assert entries(found) == ["opened", "claimed"]


async def test_of_many_claims_at_once_one_is_done(member: Member, views: Views, cases: Cases) -> None:
    await member.take(event(answered()))
    id_ = (await the_case(views)).case.id
    results = await asyncio.gather(
        *(cases.act("default", id_, Claim(by=f"p-{number}", version=1)) for number in range(8))
    )
    assert sum(isinstance(result, Case) for result in results) == 1
    assert entries(await the_case(views)) == ["opened", "claimed"]


async def test_another_tenant_neither_sees_nor_moves_a_case(member: Member, views: Views, cases: Cases) -> None:
    await member.take(event(answered()))
    id_ = (await the_case(views)).case.id
    assert await views.one("other", id_) is None
    assert await cases.act("other", id_, Claim(by="Eve", version=1)) is None
    await member.take(event(answered(), tenant="other"))
    assert len(await views.page("other", state=None, after=None, limit=9)) == 1


async def test_pages_neither_skip_nor_repeat(member: Member, views: Views) -> None:
    for number in range(5):
        await member.take(event(answered(response_id=f"r-{number}", interaction_id=f"call-{number}")))
    seen, after = [], None
    while page := await views.page("default", state="open", after=after, limit=2):
        seen += [case.interaction_id for case in page]
        after = (page[-1].opened_at, page[-1].id)
    assert seen == [f"call-{number}" for number in range(5)]


async def test_the_auditor_finds_open_cases_nobody_will_be_told_of(
    member: Member, engine: AsyncEngine, views: Views, cases: Cases
) -> None:
    await member.take(event(answered()))
    assert (await audit(engine, ("webhook",))).without_next_step == 0
    found = await audit(engine, ("another",))
    assert (found.by_state, found.without_next_step) == ({"open": 1}, 1)
    await cases.act("default", (await the_case(views)).case.id, Claim(by="Dana", version=1))
    assert (await audit(engine, ())).without_next_step == 0


async def test_the_promises_hold_in_the_database_too(member: Member, engine: AsyncEngine) -> None:
    await member.take(event(answered()))
    for broken in ("SET state = 'closed'", "SET state = 'closed', closed_at = now(), outcome = 'recovered'"):
        with pytest.raises(Exception, match="violates check constraint"):
            async with transaction(engine) as tx:
                await tx.execute(text(f"UPDATE recovery_case {broken}"))
