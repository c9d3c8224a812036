"""Every page of the desk, in every state: legible, well formed, narrow and wide, light and dark."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Appoint, Attempt, Claim, Close, Contact, Note, Reopen
from alerting.store import timeline
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_browser import flaws, live, window
from support.desk_cases import a_case, an_incident, minutes_ago
from support.desk_server import DeskServer, desk_server, people

UNFOLD = "document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
SIZES = ((360, 740), (768, 1024), (1440, 900))
pytestmark = pytest.mark.timeout(420)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url, pool_size=8) as engine:
        yield engine


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[DeskServer]:
    async with desk_server(engine, duty=people("Dana", "Ravi")) as server:
        yield server


async def a_day(desk: DeskServer, engine: AsyncEngine) -> list[str]:
    """A case in every state, an incident, a lost customer; the addresses of all pages about them."""
    act = desk.cases.act
    long = "Nobody called back, and the line went dead twice. " * 60
    open_, late, held, spoken, done, again = [
        await a_case(engine, number, customer_id=f"cus-{number % 2}", comment=long if number == 3 else None)
        for number in range(1, 7)
    ]
    await minutes_ago(engine, late, 200)
    for case_id in (held, spoken, done, again):
        await act("default", case_id, Claim(by="Dana", version=1))
    await act("default", held, Attempt(by="Dana", version=2, result="voicemail", note="Will try again."))
    at = datetime.now(UTC) + timedelta(hours=3)
    await act("default", held, Appoint(by="Dana", version=3, at=at, note="After work."))
    await act("default", held, Note(by="Maria", version=1, note="A long one. " * 40))
    for case_id in (spoken, done, again):
        await act("default", case_id, Contact(by="Dana", version=2, note="Apologised."))
    lost = Close(by="Dana", version=3, outcome="not_recovered", cause="staffing", remedy="Nothing helped.")
    await act("default", done, lost)
    await act("default", again, lost)
    await act("default", again, Reopen(by="Maria", version=4, reason="They called again."))
    async with transaction(engine) as tx:
        await timeline.add(tx, late, timeline.What.NOBODY_ON_CALL)
        await tx.execute(
            text("UPDATE notification SET state = 'dead', problem = 'HTTP 500' WHERE case_id = :id"), {"id": late}
        )
    incident = await an_incident(engine, [open_, late, done])
    cases = [f"/desk/cases/{case_id}" for case_id in (open_, late, held, spoken, done, again)]
    lists = ["/desk/", "/desk/?state=closed", "/desk/?team=nobody", "/desk/team", "/desk/incidents", "/desk/lost"]
    return [*lists, "/desk/causes", "/desk/causes?by=week&cause=staffing", f"/desk/incidents/{incident}", *cases]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_is_legible_and_well_formed_at_every_size(
    chromium: Any, desk: DeskServer, engine: AsyncEngine, scheme: str
) -> None:
    paths = await a_day(desk, engine)
    found = {}
    for width, height in SIZES:
        size = {"width": width, "height": height}
        async with window(chromium, desk.url, viewport=size, color_scheme=scheme, reduced_motion="reduce") as page:
            for path in paths:
                await page.goto(path)
                await page.evaluate(
                    "document.querySelectorAll('main details').forEach((each) => { each.open = true; })"
                )
                found[path, width] = await flaws(page)
            await page.keyboard.press("?")
            found["help", width] = await flaws(page)
    assert {where: told for where, told in found.items() if told} == {}


async def test_the_keyboard_reaches_everything_on_a_case_and_shows_where_it_is(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    paths = await a_day(desk, engine)
    named = "document.activeElement.outerHTML.slice(0, 200)"
    reachable = "a[href], button, select, input:not([type=hidden]):not([type=radio]), textarea, summary"
    focused = f"""(() => {{
      const each = document.activeElement, style = getComputedStyle(each);
      if (each === document.body) return null;
      const place = [...document.querySelectorAll("{reachable}")].indexOf(each);
      return [place, style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
    }})()"""
    async with window(chromium, desk.url) as page:
        await page.goto(paths[-4])
        await live(page)
        await page.evaluate(UNFOLD)
        everything = page.locator(reachable)
        wanted = {n for n in range(await everything.count()) if await everything.nth(n).is_visible()}
        reached: set[int] = set()
        for _ in range(len(wanted) + 12):
            await page.keyboard.press("Tab")
            told = await page.evaluate(focused)
            if told is not None and told[0] >= 0:
                assert told[1], f"nothing shows that this has the focus: {await page.evaluate(named)}"
                reached.add(told[0])
        skip = 0  # "skip to the content" is seen only once it has the focus
        assert wanted - reached - {skip} == set()


async def test_a_lost_customer_is_followed_up_with_two_clicks(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    case_id = await a_case(engine)
    for action in (
        Claim(by="Dana", version=1),
        Contact(by="Dana", version=2),
        Close(by="Dana", version=3, outcome="not_recovered", cause="staffing", remedy="Nothing helped."),
    ):
        await desk.cases.act("default", case_id, action)
    for width in (360, 1440):
        async with window(chromium, desk.url, viewport={"width": width, "height": 800}) as page:
            await page.goto("/desk/lost")
            await page.click(f"#follow-{case_id} > summary")
            await page.click(f"#follow-{case_id} textarea")
            assert page.url.endswith("/desk/lost")
    async with window(chromium, desk.url) as page:
        await page.goto("/desk/lost")
        await page.click(f"#follow-{case_id} > summary")
        await page.click(f"#follow-{case_id} button")
        assert "every customer who was not won back has been seen to" in await page.inner_text("main")
