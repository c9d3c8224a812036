"""The queue: its order, what can be looked for, its pages, and taking a case from its row."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.case import Appoint, Claim, Close, Contact, Release
from alerting.desk.live import Hub
from alerting.store.queue import person_key
from support.alerting_schema import migrated
from support.desk_cases import a_case, change, minutes_ago
from support.desk_server import PASSPHRASE, desk_app
from support.desk_visitor import ORIGIN, Browser


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def desk(engine: AsyncEngine) -> tuple[Any, Cases]:
    return desk_app(engine, Hub(engine), ORIGIN)


@pytest.fixture
def cases(desk: tuple[Any, Cases]) -> Cases:
    return desk[1]


@pytest.fixture
async def dana(desk: tuple[Any, Cases]) -> AsyncIterator[Browser]:
    async with Browser(desk[0]) as browser:
        await browser.enter("Dana", PASSPHRASE)
        yield browser


async def listed(browser: Browser, query: str = "") -> list[UUID]:
    await browser.open(f"/desk/{query}")
    assert browser.page.status_code == 200
    return [UUID(found) for found in re.findall(r'id="case-([0-9a-f-]{36})"', browser.page.text)]


async def test_what_is_due_first_is_first_whatever_has_to_be_done(
    dana: Browser, engine: AsyncEngine, cases: Cases
) -> None:
    fresh, overdue, held, spoken, sooner = [await a_case(engine, number) for number in range(5)]
    await minutes_ago(engine, overdue, 30)  # its claim was due after 15
    for case_id in (held, spoken, sooner):
        await cases.act("default", case_id, Claim(by="Dana", version=1))
    await cases.act("default", spoken, Contact(by="Dana", version=2))
    await cases.act("default", sooner, Appoint(by="Dana", version=2, at=datetime.now(UTC) + timedelta(hours=1)))
    assert await listed(dana) == [overdue, fresh, sooner, held, spoken]
    rows = re.split(r'<li class="case', html.unescape(dana.page.text))[1:]
    told = [re.sub(r"<[^>]+>|\s+", " ", row) for row in rows]
    assert "15 min overdue" in " ".join(told[0].split())
    for row, said in zip(told, ("to claim", "to claim", "call back at", "first contact", "to close"), strict=True):
        assert said in row


async def test_everything_can_be_looked_for_and_the_address_can_be_shared(
    dana: Browser, engine: AsyncEngine, cases: Cases
) -> None:
    first = await a_case(engine, 1, contact={"team": "billing", "channel": "phone"})
    second = await a_case(engine, 2, contact={"team": "orders", "channel": "chat"})
    third = await a_case(engine, 3, contact={"team": "a&b <c>", "channel": "email"})
    await minutes_ago(engine, second, 240)
    await change(engine, third, "play = 'call_back', reason = 'call_back_missed', customer_tier = 'gold'")
    await cases.act("default", first, Claim(by="Dana", version=1))
    await cases.act("default", second, Claim(by="Kim", version=1))
    for query, found in {
        "?state=open": [third],
        "?state=claimed": [second, first],
        "?team=orders": [second],
        "?team=a%26b+%3Cc%3E": [third],
        "?channel=phone": [first],
        "?reason=call_back_missed": [third],
        "?play=recover": [second, first],
        "?tier=gold": [third],
        f"?person={person_key('Kim')}": [second],
        "?person=Kim": [],
        "?person=me": [first],
        "?due=overdue": [second],
        "?due=soon": [third],
        "?state=claimed&team=billing&person=me": [first],
        "?team=nobody": [],
        "?state=nonsense&page=x": [second, third, first],
    }.items():
        assert await listed(dana, query) == found, query
    assert 'value="a&amp;b &lt;c&gt;"' in dana.page.text


async def test_a_flood_comes_in_pages(dana: Browser, engine: AsyncEngine, cases: Cases) -> None:
    made = [await a_case(engine, number) for number in range(53)]
    first = await listed(dana)
    assert "1 to 50 of 53" in dana.page.text
    second = await listed(dana, re.search(r'rel="next" href="/desk/([^"]+)"', dana.page.text)[1])  # type: ignore[index]
    assert (len(first), len(second)) == (50, 3)
    assert set(first) | set(second) == set(made)
    assert 'rel="next"' not in dana.page.text


async def test_one_click_takes_a_case_and_the_second_one_stays_where_they_looked(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    case_id = await a_case(engine, 1, contact={"team": "billing"})
    async with Browser(desk[0]) as kim:
        await kim.enter("Kim", PASSPHRASE)
        await kim.open("/desk/?team=billing")
        await dana.open("/desk/")
        await dana.submit(f"/desk/claim/{case_id}")
        assert dana.page.url.path == f"/desk/cases/{case_id}"
        await kim.submit(f"/desk/claim/{case_id}")
        assert kim.page.status_code == 409
        assert "Dana has it. Nothing was changed." in kim.text
        assert '<option value="billing" selected>' in kim.text


async def test_a_row_that_has_changed_since_is_not_taken_unseen(
    dana: Browser, engine: AsyncEngine, cases: Cases
) -> None:
    case_id = await a_case(engine)
    await dana.open("/desk/")
    await cases.act("default", case_id, Claim(by="Kim", version=1))
    await cases.act("default", case_id, Release(by="Kim", version=2, note="Look at what they wrote first."))
    await dana.submit(f"/desk/claim/{case_id}")
    assert dana.page.status_code == 409
    await dana.submit(f"/desk/claim/{case_id}")
    assert dana.page.url.path == f"/desk/cases/{case_id}"


async def test_a_case_that_is_gone_is_told_of(dana: Browser, engine: AsyncEngine) -> None:
    await a_case(engine)
    await dana.open("/desk/")
    await dana.submit("/desk/claim/00000000-0000-0000-0000-000000000000")
    assert dana.page.status_code == 409
    assert "There is no such case any more." in dana.text


async def test_closed_cases_are_found_too(dana: Browser, engine: AsyncEngine, cases: Cases) -> None:
    old, new = await a_case(engine, 1), await a_case(engine, 2, contact={"team": "orders"})
    for case_id in (old, new):
        await cases.act("default", case_id, Close(by="Dana", version=1, outcome="dismissed", reason="A test."))
    await change(engine, old, "closed_at = closed_at - interval '40 days'")
    assert await listed(dana) == [new]
    assert await listed(dana, "?state=closed") == [new, old]
    assert await listed(dana, "?state=closed&team=billing") == [old]


async def test_other_tenants_are_not_seen(dana: Browser, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    await change(engine, case_id, "tenant = 'other'")
    assert await listed(dana) == []
    assert (await dana.open(f"/desk/cases/{case_id}")).status_code == 404
