"""The recovery desk in a real browser: the work of a day, live for whoever looks on, by keyboard, without scripts."""

import asyncio
import time
from collections.abc import AsyncIterator
from statistics import median
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Claim, HandOver, Note
from support.alerting_schema import migrated
from support.desk_browser import live, window
from support.desk_cases import a_case, minutes_ago
from support.desk_server import DeskServer, desk_server

WITHIN_SECONDS = 2.0

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url, pool_size=8) as engine:
        yield engine


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[DeskServer]:
    async with desk_server(engine) as server:
        yield server


async def seen(page: Any, selector: str, text: str, since: float) -> float:
    """Seconds from ``since`` until the page shows the text, by itself."""
    script = "([selector, text]) => document.querySelector(selector)?.innerText.replace(/\\s+/g, ' ').includes(text)"
    await page.wait_for_function(script, arg=[selector, text], polling=20)
    return time.monotonic() - since


async def test_a_specialist_claims_calls_and_closes_while_a_supervisor_looks_on(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    async with window(chromium, desk.url, "Dana") as dana, window(chromium, desk.url, "Maria") as maria:
        delays: dict[str, float] = {}
        await maria.goto("/desk/team")
        await live(maria)
        await dana.goto("/desk/")
        await live(dana)
        since = time.monotonic()
        case_id = await a_case(engine)
        delays["opened"] = await seen(dana, "#tally", "1 to claim", since)

        await maria.goto("/desk/")
        await live(maria)
        since = time.monotonic()
        await dana.click(f"#claim-{case_id}")
        delays["claimed"] = await seen(maria, f"#row-{case_id}", "Dana", since)

        await maria.goto(f"/desk/cases/{case_id}")
        await live(maria)
        await dana.click("#step-attempt > summary")
        await dana.select_option("#attempt-result", "voicemail")
        since = time.monotonic()
        await dana.click("#form-attempt button")
        delays["attempted"] = await seen(maria, "#story", "phone, voicemail", since)

        await dana.fill("#contacted-note", "Apologised.\nRefund promised.")
        since = time.monotonic()
        await dana.click("#form-contacted button")
        delays["contacted"] = await seen(maria, "#head", "Customer contacted", since)

        await dana.check("[name=outcome][value=recovered]")
        await dana.select_option("#close-cause", "workflow")
        await dana.fill("#close-words", "Refunded.")
        since = time.monotonic()
        await dana.click("#form-close button")
        delays["closed"] = await seen(maria, "#head", "Recovered", since)
        assert "How it ended" in await dana.inner_text("main")
        assert median(delays.values()) < WITHIN_SECONDS, delays


async def test_what_somebody_types_survives_what_others_do(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    case_id = await a_case(engine)
    await desk.cases.act("default", case_id, Claim(by="Dana", version=1))
    async with window(chromium, desk.url, "Dana", refused=True) as dana:
        await dana.goto(f"/desk/cases/{case_id}")
        await live(dana)
        await dana.fill("#contacted-note", "She wants her money back")
        since = time.monotonic()
        await desk.cases.act("default", case_id, HandOver(by="Maria", to="Ravi", version=2))
        await seen(dana, "#head", "by Ravi", since)
        await seen(dana, "#kept", "What you are typing is kept", since)
        assert await dana.input_value("#contacted-note") == "She wants her money back"

        await dana.click("#form-contacted button")
        await dana.wait_for_selector("#complaint")
        await live(dana)
        await desk.cases.act("default", case_id, Note(by="Ravi", version=1, note="Mine now"))
        await seen(dana, "#story", "Mine now", time.monotonic())
        assert "The case has changed since it was read. Ravi has it. Nothing was changed." in await dana.inner_text(
            "#complaint"
        )
        assert await dana.input_value("#contacted-note") == "She wants her money back"
        await dana.click("#form-contacted button")
        await dana.wait_for_selector("#form-close")
        assert "She wants her money back" in await dana.inner_text("#story")


async def test_the_whole_way_by_keyboard_and_no_key_acts_while_one_writes(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    later, first = await a_case(engine, 1), await a_case(engine, 2)
    await minutes_ago(engine, first, 30)
    async with window(chromium, desk.url, "Dana") as page:
        focused = "document.activeElement.id"
        await page.keyboard.press("j")
        assert await page.evaluate(focused) == f"case-{first}"
        await page.keyboard.press("ArrowDown")
        assert await page.evaluate(focused) == f"case-{later}"
        await page.keyboard.press("k")
        await page.keyboard.press("c")
        await page.wait_for_url(f"**/cases/{first}")
        await page.wait_for_selector("#form-contacted")

        await page.keyboard.press("n")
        await page.keyboard.type("just a nucleus? u/c")
        assert await page.input_value("#note-note") == "just a nucleus? u/c"
        assert page.url.endswith(str(first))
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => document.querySelector('#story').innerText.includes('nucleus')")

        await page.keyboard.press("?")
        assert await page.locator("#help").is_visible()
        await page.keyboard.press("u")
        assert await page.locator("#help").is_visible()
        await page.keyboard.press("Escape")
        await page.keyboard.press("u")
        await page.wait_for_selector("#tally")
        await page.keyboard.press("/")
        assert await page.evaluate(focused) == "f-state"


async def test_keys_can_be_turned_off(chromium: Any, desk: DeskServer, engine: AsyncEngine) -> None:
    await a_case(engine)
    async with window(chromium, desk.url) as page:
        await page.keyboard.press("?")
        await page.click("#keys-off")
        await page.keyboard.press("Escape")
        await page.keyboard.press("j")
        assert not (await page.evaluate("document.activeElement.id")).startswith("case-")
        await page.reload()
        await page.keyboard.press("?")
        assert await page.inner_text("#keys-off") == "Turn them on"


async def test_without_scripts_everything_can_be_done(chromium: Any, desk: DeskServer, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    async with window(chromium, desk.url, java_script_enabled=False, refused=True) as page:
        await page.click(f"#claim-{case_id}")
        await page.click("#step-appoint > summary")
        await page.fill("#appoint-at", "2031-07-01T09:30")
        await page.click("#form-appoint button")
        assert "at most 30 days" in await page.inner_text("#complaint")
        assert await page.input_value("#appoint-at") == "2031-07-01T09:30"
        await page.click("#form-contacted button")
        await page.check("[name=outcome][value=not_recovered]")
        await page.select_option("#close-cause", "staffing")
        await page.fill("#close-words", "Nothing could be done.")
        await page.click("#form-close button")
        assert "Not recovered" in await page.inner_text("#head")


async def test_a_page_that_lost_its_desk_says_so_and_comes_back(
    chromium: Any, engine: AsyncEngine, free_port: int
) -> None:
    async with window(chromium, f"http://127.0.0.1:{free_port}", None, refused=True) as page:
        async with desk_server(engine, port=free_port):
            await page.goto("/desk/sign-in")
            await page.fill("[name=name]", "Dana")
            await page.fill("[name=passphrase]", "open sesame")
            await page.press("[name=passphrase]", "Enter")
            await live(page)
        await page.wait_for_selector("#status[data-state=away]")
        await a_case(engine)
        async with desk_server(engine, port=free_port):
            await live(page)
            await seen(page, "#tally", "1 to claim", time.monotonic())


async def test_a_page_nobody_sees_holds_no_seat(chromium: Any, desk: DeskServer) -> None:
    async with window(chromium, desk.url) as page:
        await live(page)
        assert desk.hub.viewers == 1
        await page.goto("about:blank")
        deadline = time.monotonic() + 20
        while desk.hub.viewers and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert desk.hub.viewers == 0


async def test_whoever_comes_second_reads_who_was_first_and_stays_in_the_queue(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    case_id: UUID = await a_case(engine)
    async with window(chromium, desk.url, "Kim", java_script_enabled=False, refused=True) as kim:
        await desk.cases.act("default", case_id, Claim(by="Dana", version=1))
        await kim.click(f"#claim-{case_id}")
        assert "Dana has it. Nothing was changed." in await kim.inner_text("#tally")
        assert "Dana" in await kim.inner_text(f"#row-{case_id}")
