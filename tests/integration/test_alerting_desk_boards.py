"""The pages for many cases at once: the team, the causes, incidents, lost customers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.case import Cause, Claim, Close, Contact, Outcome
from alerting.core.oncall.rotation import Rotation
from alerting.core.oncall.schedule import Schedule
from alerting.desk.live import Hub
from alerting.desk.visitor import Access
from alerting.store import supervision, timeline
from alerting.store.queue import person_key
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_cases import a_case, an_incident, change, minutes_ago
from support.desk_server import PASSPHRASE, ZONE, desk_app, people
from support.desk_visitor import ORIGIN, Browser


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def desk(engine: AsyncEngine) -> tuple[Any, Cases]:
    return desk_app(engine, Hub(engine), ORIGIN, duty=people("Dana", "Ravi"))


@pytest.fixture
async def dana(desk: tuple[Any, Cases]) -> AsyncIterator[Browser]:
    async with Browser(desk[0]) as browser:
        await browser.enter("Dana", PASSPHRASE)
        yield browser


def flat(browser: Browser) -> str:
    return " ".join(browser.text.split())


async def closed(
    engine: AsyncEngine, cases: Cases, number: int, outcome: Outcome, cause: Cause, **contact: Any
) -> UUID:
    case_id = await a_case(engine, number, contact=contact or None, comment=f"Words of {number}.")
    for action in (
        Claim(by="Dana", version=1),
        Contact(by="Dana", version=2),
        Close(by="Dana", version=3, outcome=outcome, cause=cause, remedy="Refunded."),
    ):
        await cases.act("default", case_id, action)
    return case_id


async def test_the_team_page_says_who_has_what_and_what_went_wrong(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    late, untold, held = [await a_case(engine, number) for number in range(3)]
    await minutes_ago(engine, late, 200)
    for case_id, name in ((late, "Kim <b>"), (held, "Dana")):
        await desk[1].act("default", case_id, Claim(by=name, version=1))
    async with transaction(engine) as tx:
        await timeline.add(tx, untold, timeline.What.NOBODY_ON_CALL)
        given_up = "UPDATE notification SET state = 'dead', problem = 'HTTP 500' WHERE case_id = :id"
        await tx.execute(text(given_up), {"id": untold})
    await dana.open("/desk/team")
    told = flat(dana)
    assert "that nobody has: nobody was on call at" in told
    assert "1 message about open cases could not be delivered" in told
    assert "HTTP 500" in told
    assert f'<a href="/desk/?person={person_key("Kim <b>")}">Kim &lt;b&gt;</a>' in dana.page.text
    assert '<dt>contacts overdue</dt><dd class="late">1' in told
    assert "<dt>to contact</dt><dd>2</dd>" in told
    assert "1 h 20 min overdue" in told
    await desk[1].act("default", untold, Claim(by="Dana", version=1))
    await dana.open("/desk/team")
    assert "nobody was on call" not in dana.text
    assert "could not be delivered" not in dana.text


@pytest.mark.parametrize("since", ["RELEASED", "LAPSED", "REOPENED"])
async def test_a_case_that_is_looked_after_anew_is_not_unanswered(engine: AsyncEngine, since: str) -> None:
    case_id = await a_case(engine)
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM timeline"))
        for what, found in ((timeline.What.EXHAUSTED, 1), (timeline.What[since], 0), (timeline.What.NOBODY_ON_CALL, 1)):
            await timeline.add(tx, case_id, what)
            assert len(await supervision.unanswered(tx, "default", 5)) == found


async def test_the_team_page_says_who_is_on_call_and_that_nobody_is(engine: AsyncEngine) -> None:
    turn = Rotation(("p0", "p1"), timedelta(days=7), datetime(2026, 1, 5, 9))  # noqa: DTZ001  (naive: by the clocks of the zone)
    schedules = {
        "recovery": Schedule("recovery", ZONE, (turn,)),
        "weekend": Schedule("weekend", ZONE, (replace(turn, since=turn.since.replace(year=2099)),)),
    }
    app, _ = desk_app(engine, Hub(engine), ORIGIN, duty=replace(people("Dana", "Ravi"), schedules=schedules))
    async with Browser(app) as browser:
        await browser.enter("Dana", PASSPHRASE)
        await browser.open("/desk/team")
        told = flat(browser)
        assert "Nobody is on call in <b>weekend</b> now" in told
        assert "<dt>Layer 1</dt><dd>Dana <small" in told or "<dt>Layer 1</dt><dd>Ravi <small" in told


async def test_the_team_page_is_for_supervisors(engine: AsyncEngine) -> None:
    access = Access("default", ORIGIN, PASSPHRASE, passphrase_role="specialist")
    app, _ = desk_app(engine, Hub(engine), ORIGIN, access=access)
    async with Browser(app) as browser:
        await browser.enter("Dana", PASSPHRASE)
        assert 'href="/desk/team"' not in browser.page.text
        assert (await browser.open("/desk/team")).status_code == 403


async def test_how_it_went_counts_what_was_closed_and_says_of_how_many(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    outcomes: tuple[Outcome, ...] = ("recovered", "recovered", "recovered", "not_recovered", "unreachable")
    made = [await closed(engine, desk[1], n, outcome, "workflow") for n, outcome in enumerate(outcomes)]
    old = await closed(engine, desk[1], 9, "not_recovered", "workflow")
    await change(engine, old, "closed_at = closed_at - interval '10 days'")
    await change(engine, made[0], "contact_due_at = contacted_at - interval '1 s'")
    await change(engine, made[1], "rerated_percent = 75, rerated_at = now()")
    async with transaction(engine) as tx:
        week, month = [await supervision.results(tx, "default", days) for days in (7, 30)]
    assert (week.closed, week.recovered, week.contacted, week.in_time, week.rerated) == (5, 3, 5, 4, 1)
    assert (month.closed, month.recovered) == (6, 3)
    await dana.open("/desk/team")
    told = flat(dana)
    assert "Last 7 days, 5 cases closed" in told
    assert "60 % <small>of 5, 23 to 88 %</small>" in told  # Wilson
    assert "50 % <small>of 6," in told
    assert "75 <small>of 100, n = 1</small>" in told


async def test_the_causes_board_is_a_pareto_with_the_customers_words(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    for number, (cause, team) in enumerate(
        [("staffing", "orders")] * 3 + [("workflow", "billing")] * 2 + [("agent", "a&b")]
    ):
        await closed(engine, desk[1], number, "recovered", cause, team=team)  # type: ignore[arg-type]
    await dana.open("/desk/causes?by=team")
    told = flat(dana)
    places = [told.index(f'cause={cause}">') for cause in ("staffing", "workflow", "agent")]
    assert places == sorted(places)
    for said in ("6 cases closed with a cause; 100 % recovered", ">50 %</td>", ">83 %</td>", ">100 %</td>", "a&b"):
        assert said in told, said
    assert all(f"Words of {number}." in told for number in range(6))
    await dana.open("/desk/causes?cause=workflow")
    assert "Words of 3." in dana.text
    assert "Words of 0." not in dana.text
    await dana.open("/desk/causes?team=a%26b")
    assert "1 case closed with a cause" in flat(dana)
    assert (await dana.open("/desk/causes?days=x&by=y&cause=z&channel=q&team=" + "x" * 999)).status_code == 200


async def test_an_incident_is_closed_with_what_was_found(dana: Browser, engine: AsyncEngine) -> None:
    cases = [await a_case(engine, number) for number in range(3)]
    path = f"/desk/incidents/{await an_incident(engine, cases)}"
    await dana.open("/desk/incidents")
    assert path in dana.page.text
    await dana.open(path)
    assert "3 cases, 3 not settled" in flat(dana)
    await dana.submit(f"{path}/close", finding="")
    assert dana.page.status_code == 422
    await dana.submit(f"{path}/close", finding="The billing tool was down.")
    assert dana.page.url.path == path
    assert "closed by Dana" in flat(dana)
    await dana.submit(f"{path}/close", finding="It was something else.")
    assert dana.page.status_code in (403, 409)


async def test_who_closes_an_incident_second_keeps_what_they_wrote(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    path = f"/desk/incidents/{await an_incident(engine, [await a_case(engine)])}"
    async with Browser(desk[0]) as kim:
        await kim.enter("Kim", PASSPHRASE)
        await kim.open(path)
        await dana.open(path)
        await dana.submit(f"{path}/close", finding="The billing tool was down.")
        await kim.submit(f"{path}/close", finding="It was something else.")
        assert kim.page.status_code == 409
        assert "Somebody else has closed it." in kim.text
        assert ">It was something else.</textarea>" in kim.text
        assert "The billing tool was down." in kim.text


async def test_a_lost_customer_is_followed_up(dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]) -> None:
    case_id = await closed(engine, desk[1], 1, "not_recovered", "staffing")
    await dana.open("/desk/lost")
    assert str(case_id) in dana.page.text
    await dana.submit(f"/desk/lost/{case_id}", note="Wrote a letter.")
    assert "Nobody: every customer who was not won back has been seen to." in dana.text
    await dana.open("/desk/lost?show=done")
    assert "followed up by Dana" in flat(dana)
    assert "<q>Wrote a letter.</q>" in dana.text


async def test_nothing_is_done_by_looking(dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]) -> None:
    case_id = await closed(engine, desk[1], 1, "not_recovered", "staffing")
    incident = await an_incident(engine, [case_id])
    for path in (f"/desk/lost/{case_id}", f"/desk/incidents/{incident}/close", f"/desk/claim/{case_id}"):
        assert (await dana.open(path)).status_code == 405
    for path in ("/desk/incidents/00000000-0000-0000-0000-000000000000", "/desk/lost?before=x~y&show=z"):
        assert (await dana.open(path)).status_code in (404, 200)
