"""What each kind of fact adds to the sums, told one fact at a time, as every reader gets them from the real store."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import PostgresLedger, transaction
from events.runtime.stream import Partition
from scoring.core.window import Window
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event, interaction, stamp
from support.metrics import apply, histograms, scoring_database, stored, total

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


def sent(survey_id: str = "s-1", **said: Any) -> Event[Any]:
    return event("survey.sent", {"survey_id": survey_id, "sent_at": stamp(NOON), **said})


async def test_a_contact_counts_once_however_often_it_is_reported(engine: AsyncEngine) -> None:
    reported = event("interaction.reported", answered())
    await apply(engine, reported)
    await apply(engine, reported, reported)
    assert (await total(engine))["contacts"] == 1
    assert (await total(engine))["handle_ms"] == 60_000


async def test_a_newer_revision_replaces_and_an_older_one_changes_nothing(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(revision=2, talk=90, wrap_seconds=30)))
    await apply(engine, event("interaction.reported", answered(revision=1, talk=60)))
    assert (await total(engine))["handle_ms"] == 120_000
    await apply(engine, event("interaction.reported", answered(revision=3, talk=50)))
    assert (await total(engine))["handle_ms"] == 50_000
    assert "wrapped" not in await total(engine)


async def test_of_two_reports_of_one_revision_the_first_stands_though_it_came_again_in_the_same_batch(
    engine: AsyncEngine,
) -> None:
    first = event("interaction.reported", answered(talk=60, revision=1))
    second = event("interaction.reported", answered(talk=90, revision=1))
    ledger, handler = PostgresLedger(engine), Handler(Sums(0), Calendars())
    await ledger.apply(Partition("t", 0), 0, 3, [first, second, first], handler)
    assert (await total(engine))["handle_ms"] == 60_000


async def test_talk_hold_and_wrap_of_the_contact_that_was_never_answered_are_no_handling(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", interaction(abandoned=True, talk_seconds=0, wrap_seconds=57)))
    assert await total(engine) == {"contacts": 1, "queued": 1, "abandoned": 1}


async def test_an_answer_that_comes_before_its_interaction_ends_with_who_handled_it(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(5, team="as the survey says")))
    assert set(await stored(engine, "team")) == {"as the survey says"}
    await apply(engine, event("interaction.reported", answered(team="billing", agent="a-1")))
    assert set(await stored(engine, "team")) == {"billing"}
    assert (await stored(engine, "agent"))["a-1"]["csat_satisfied"] == 1


async def test_an_agent_who_is_corrected_takes_the_answers_along(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(agent="a-1")), event("survey.answered", csat(5)))
    await apply(engine, event("interaction.reported", answered(agent="a-2", revision=1)))
    assert set(await stored(engine, "agent")) == {"a-2"}
    assert (await stored(engine, "agent"))["a-2"]["csat_satisfied"] == 1


async def test_an_answer_nobody_can_be_named_for_is_shown_as_unattributed(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(1, interaction_id=None)))
    assert (await stored(engine, "agent"))["unattributed"]["csat_dissatisfied"] == 1
    assert set(await stored(engine, "channel_team")) == {"unattributed/unattributed"}


async def test_a_rating_that_flips_moves_and_a_dismissed_one_is_taken_back(engine: AsyncEngine) -> None:
    await apply(engine, event("survey.answered", csat(1, revision=1)))
    await apply(engine, event("survey.answered", csat(5, revision=2)))
    assert await total(engine) == {
        "csat_satisfied": 1,
        "csat_millipercent": 100_000,
        "csat_square": 10_000,
        "answer_approvals": 1,
    }
    await apply(engine, event("survey.answered", csat(None, revision=3, status="dismissed")))
    assert await total(engine) == {}


async def test_an_answer_that_moves_to_another_contact_leaves_the_first(engine: AsyncEngine) -> None:
    await apply(
        engine,
        event("interaction.reported", answered("i-1", agent="a-1")),
        event("interaction.reported", answered("i-2", agent="a-2")),
        event("survey.answered", csat(5, "i-1", revision=1)),
    )
    await apply(engine, event("survey.answered", csat(5, "i-2", revision=2)))
    agents = await stored(engine, "agent")
    assert "csat_satisfied" not in agents["a-1"]
    assert agents["a-2"]["csat_satisfied"] == 1
    await apply(engine, event("survey.answered", csat(1, "i-1", revision=1)))
    assert (await stored(engine, "agent")) == agents


async def test_effort_is_a_series_per_scale(engine: AsyncEngine) -> None:
    seven = csat(5, None, "r-7", instrument="ces", scale="1-7")
    five = csat(3, None, "r-5", instrument="ces", scale="1-5")
    await apply(engine, event("survey.answered", seven), event("survey.answered", five))
    found = await total(engine)
    assert {name: n for name, n in found.items() if name.startswith("ces")} == {
        **{"ces7_answers": 1, "ces7_points": 5, "ces7_square": 25, "ces7_agree": 1},
        **{"ces5_answers": 1, "ces5_points": 3, "ces5_square": 9},
    }


async def test_a_survey_is_returned_by_a_completed_answer_whichever_comes_first(engine: AsyncEngine) -> None:
    answer = event("survey.answered", csat(5, survey_id="s-1", revision=1))
    await apply(engine, answer)
    assert "surveys_sent" not in await total(engine)
    await apply(engine, sent("s-1"), sent("s-1", sent_at=stamp(NOON + DAY)), sent("s-2"))
    assert (await total(engine))["surveys_sent"] == 2
    assert (await total(engine))["surveys_returned"] == 1
    await apply(engine, event("survey.answered", csat(None, survey_id="s-1", revision=2, status="dismissed")))
    assert "surveys_returned" not in await total(engine)


async def test_a_survey_stays_returned_when_its_answer_moves_to_another_contact(engine: AsyncEngine) -> None:
    await apply(engine, sent("s-1"), event("survey.answered", csat(5, "i-9", survey_id="s-1", revision=1)))
    await apply(engine, event("survey.answered", csat(5, "i-1", survey_id="s-1", revision=2)))
    assert (await total(engine))["surveys_returned"] == 1


async def test_a_first_reply_is_credited_to_who_replied_from_when_a_person_could(engine: AsyncEngine) -> None:
    said = {"channel": "email", "agent": "a-1", "first_response_by": "a-2"}
    said |= {
        "bot_handoff_at": stamp(NOON + timedelta(seconds=30)),
        "first_response_at": stamp(NOON + timedelta(seconds=90)),
    }
    await apply(engine, event("interaction.reported", interaction(**said)))
    agents = await stored(engine, "agent")
    assert agents["a-1"] == {"contacts": 1}
    assert agents["a-2"] == {
        "responded": 1,
        "response_ms": 60_000,
        "response_in_hours": 1,
        "response_business_ms": 60_000,
    }
    early = {**said, "revision": 1, "reopened_at": stamp(NOON + timedelta(seconds=91))}
    await apply(engine, event("interaction.reported", interaction(**early)))
    assert set(await stored(engine, "agent")) == {"a-1"}


async def test_a_mention_counts_on_the_social_channel_for_its_team(engine: AsyncEngine) -> None:
    said = {"mention_id": "m-1", "network": "n", "published_at": stamp(NOON), "team": "billing", "scale": "1-5"}
    await apply(engine, event("mention.published", {**said, "rating": 1, "sentiment": "positive"}))
    assert await stored(engine, "channel_team") == {"social/billing": {"mention_negative": 1}}


async def test_tenants_do_not_see_each_other(engine: AsyncEngine) -> None:
    await apply(
        engine,
        event("interaction.reported", answered(customer_id="c-1", resolved=True), tenant="one"),
        event("interaction.reported", interaction(customer_id="c-1"), tenant="two"),
        event("customer.erased", {"customer_id": "c-1", "requested_at": stamp(NOON)}, tenant="two"),
    )
    assert (await total(engine, tenant="one"))["settled"] == 1
    assert await total(engine, tenant="two") == {"contacts": 1}


async def test_what_claims_to_come_from_the_future_counts_when_it_was_taken(engine: AsyncEngine) -> None:
    ahead = interaction(offered_at=stamp(NOON + timedelta(hours=2)))
    await apply(engine, event("interaction.reported", ahead, at=NOON))
    assert await total(engine, window=Window.between(NOON, NOON + timedelta(minutes=1)))


async def test_the_series_and_the_sums_of_a_window_are_the_same_numbers(engine: AsyncEngine) -> None:
    moments = [NOON + n * timedelta(minutes=37) for n in range(60)]
    reports = [
        interaction(f"i-{n}", offered_at=stamp(at), customer_id="c-1", resolved=True) for n, at in enumerate(moments)
    ]
    await apply(engine, *(event("interaction.reported", said, at=NOON + 9 * DAY) for said in reports))
    window = Window.between(NOON, NOON + 2 * DAY)
    now: datetime = NOON + WEEK + DAY
    for grain in ("minute", "hour", "day"):
        async with transaction(engine) as tx:
            series = await Panes().series(tx, "default", "all", "", window, grain, now=now)
        assert [start for start, _ in series] == sorted(start for start, _ in series)
        assert sum(sums["contacts"] for _, sums in series) == 60
        assert sum(sums["settled"] + sums["pending"] for _, sums in series) == 60


async def test_a_histogram_forgets_what_is_taken_back(engine: AsyncEngine) -> None:
    await apply(engine, event("interaction.reported", answered(talk=60, wait=10)))
    await apply(engine, event("interaction.reported", answered(talk=600, wait=10, revision=1)))
    named = (await histograms(engine, "all"))[""]
    assert (named["handle"].n, named["handle"].percentile(0.5)) == (1, pytest.approx(600, rel=0.02))
    assert named["wait"].percentile(0.9) == pytest.approx(10, rel=0.02)
