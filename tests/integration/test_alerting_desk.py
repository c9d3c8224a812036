"""The recovery desk as a browser meets it, once signed in; signing in has files of its own."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.app import create_app
from alerting.settings import Settings
from alerting.store.views import Views
from events.runtime.api_keys import Keyring
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_cases import a_case as opened

ORIGIN = "http://desk.test"
PASSPHRASE = "open sesame"
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


class Browser:
    """Keeps cookies, sends the origin with forms and takes the hidden fields along, as browsers do."""

    def __init__(self, engine: AsyncEngine, **changes: Any) -> None:
        needed = {"DATABASE_URL": "postgresql://x", "KAFKA_BOOTSTRAP_SERVERS": "x", "API_KEYS_FILE": __file__}
        settings = Settings(**{**needed, "desk_passphrase": PASSPHRASE, "public_url": ORIGIN, **changes})
        app = create_app(settings, engine, Keyring(())).app
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)
        self.page = httpx.Response(200)

    async def open(self, path: str, **headers: str) -> httpx.Response:
        self.page = await self.http.get(path, headers=headers, follow_redirects=True)
        return self.page

    async def submit(self, path: str, origin: str | None = ORIGIN, **fields: str) -> httpx.Response:
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page.text))
        self.page = await self.http.post(
            path, data={**hidden, **fields}, headers={"origin": origin} if origin else {}, follow_redirects=True
        )
        return self.page

    async def sign_in(self, name: str = "Dana", passphrase: str = PASSPHRASE) -> httpx.Response:
        await self.open("/desk/sign-in")
        return await self.submit("/desk/sign-in", name=name, passphrase=passphrase)


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[Browser]:
    browser = Browser(engine)
    yield browser
    await browser.http.aclose()


async def a_case(engine: AsyncEngine, *, comment: str | None = "Nobody called back.", number: int = 1) -> str:
    return f"/desk/cases/{await opened(engine, number, comment=comment)}"


async def test_the_home_of_the_service_is_the_desk(browser: Browser) -> None:
    await browser.open("/")
    assert browser.page.url.path == "/desk/sign-in"


async def test_a_link_to_a_case_leads_there_once_signed_in(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    await browser.open(case)
    await browser.submit("/desk/sign-in", name="Dana", passphrase=PASSPHRASE)
    assert browser.page.url.path == case
    assert "Nobody called back." in browser.page.text
    assert "6 min" in browser.page.text  # the wait


async def test_the_list_shows_what_is_due_first(browser: Browser, engine: AsyncEngine) -> None:
    first, second = await a_case(engine), await a_case(engine, number=2)
    async with transaction(engine) as tx:
        await tx.execute(
            text(
                "UPDATE recovery_case SET contact_due_at = now() - interval '5 min 30 s'"
                " WHERE interaction_id = 'call-2'"
            )
        )
    await browser.sign_in()
    page = browser.page.text
    assert page.index(second) < page.index(first)
    assert "5 min overdue" in page
    assert "1 on 1-5" in page
    assert "billing · phone" in page
    assert "Nobody called back." not in page


async def test_from_claim_to_closed_with_forms_alone(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    await browser.sign_in()
    await browser.open(case)
    await browser.submit(f"{case}/claim")
    assert "Claimed" in browser.page.text
    await browser.submit(f"{case}/contacted", note="Apologised.\r\nRefund promised.")
    assert "Apologised.\nRefund promised." in html.unescape(browser.page.text)
    await browser.submit(f"{case}/close", outcome="recovered", cause="workflow", words="Refunded.")
    assert "How it ended" in browser.page.text
    await browser.open("/desk/")
    assert "Closed today" in browser.page.text
    assert "Recovered" in browser.page.text


async def test_a_dismissal_needs_only_its_reason(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    await browser.sign_in()
    await browser.open(case)
    await browser.submit(f"{case}/close", outcome="dismissed", words="Our own test call.")
    assert "Our own test call." in browser.page.text


async def test_what_is_missing_is_said_and_what_was_typed_stays(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    await browser.sign_in()
    for step in ("claim", "contacted"):
        await browser.open(case)
        await browser.submit(f"{case}/{step}")
    for fields, said in (
        ({}, "the outcome is required"),
        ({"outcome": "dismissed"}, "it needs a reason where it is dismissed"),
        ({"outcome": "recovered", "words": "We refunded it."}, "it needs the cause and the remedy, unless dismissed"),
    ):
        await browser.submit(f"{case}/close", **fields)
        assert browser.page.status_code == 422
        assert f"Not done yet: {said}." in browser.page.text
    assert ">We refunded it.</textarea>" in browser.page.text
    assert 'value="recovered" required checked' in browser.page.text


async def test_who_comes_second_reads_who_was_first(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    other = Browser(engine)
    for person, name in ((browser, "Dana"), (other, "Kim")):
        await person.sign_in(name)
        await person.open(case)
    await browser.submit(f"{case}/claim")
    await other.submit(f"{case}/claim")
    assert other.page.status_code == 409
    assert "Somebody has claimed the case already. Dana has it. Nothing was changed." in other.page.text
    assert "Dana has this case." in other.page.text
    for person, whose in ((browser, "you"), (other, "Dana")):
        await person.open("/desk/")
        assert f"<small>{whose}</small>" in person.page.text
        assert (' mine" id="row-' in person.page.text) == (person is browser)
    await other.http.aclose()


async def test_what_a_customer_wrote_is_text_and_nothing_else(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine, comment=XSS)
    await browser.sign_in(name="<b>Dana</b>")
    await browser.open(case)
    assert "<script>alert" not in browser.page.text
    assert "<img src=x" not in browser.page.text
    assert "<b>Dana" not in browser.page.text
    assert XSS in html.unescape(browser.page.text)


@pytest.mark.parametrize(
    ("origin", "fields"),
    [
        (ORIGIN, {"csrf": ""}),
        (ORIGIN, {"csrf": "guessed"}),
        ("http://evil.test", {}),
        ("null", {}),
        (None, {}),
    ],
)
async def test_a_form_that_is_not_ours_changes_nothing(
    browser: Browser, engine: AsyncEngine, origin: str | None, fields: dict[str, str]
) -> None:
    case = await a_case(engine)
    await browser.sign_in()
    await browser.open(case)
    await browser.submit(f"{case}/claim", origin, **fields)
    assert browser.page.status_code == 403
    (found,) = await Views(engine).page("default", state=None, after=None, limit=9)
    assert found.state == "open"


async def test_looking_changes_nothing(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    await browser.sign_in()
    for path in (case, f"{case}/claim", f"{case}/contacted", f"{case}/close"):
        await browser.open(path)
    (found,) = await Views(engine).page("default", state=None, after=None, limit=9)
    assert found.version == 1


async def test_without_a_session_nothing_is_shown_or_done(browser: Browser, engine: AsyncEngine) -> None:
    case = await a_case(engine)
    for path in ("/desk/", case):
        await browser.open(path)
        assert browser.page.url.path == "/desk/sign-in"
        assert "billing" not in browser.page.text
    assert (await browser.submit(f"{case}/claim", version="1")).status_code == 403


async def test_pages_run_only_our_own_script_and_stay_out_of_caches_and_frames(browser: Browser) -> None:
    await browser.sign_in()
    policy = browser.page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert browser.page.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?! src=\"/desk/static/)|<style| style=| on\w+=", browser.page.text)
    for asset in re.findall(r'(?:href|src)="(/desk/static/[^"]+)"', browser.page.text):
        assert (await browser.open(asset)).status_code == 200


@pytest.mark.parametrize("path", ["/desk/nothing", "/desk/cases/x", "/desk/cases/00000000-0000-0000-0000-000000000000"])
async def test_what_is_not_there_is_said_on_a_page(browser: Browser, path: str) -> None:
    await browser.sign_in()
    assert (await browser.open(path)).status_code == 404
    assert "There is no such page" in browser.page.text
