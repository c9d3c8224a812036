"""Signing in to the desk in a real browser: its cookies, its policy, the way to another site and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.desk import oidc
from alerting.desk.live import Hub
from alerting.desk.visitor import Access
from amends.local.ports import free_port
from support.alerting_schema import migrated
from support.desk_accounts import PASSWORD, an_account
from support.desk_browser import flaws, window
from support.desk_server import desk_app
from support.oidc_provider import CLIENT, SECRET, Provider, provider
from support.serving import serving

pytestmark = pytest.mark.timeout(240)

PASSPHRASE = "open sesame"
ROLES: Any = {"desk": "specialist", "owners": "admin"}
CASE = "/desk/cases/00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@asynccontextmanager
async def desk(engine: AsyncEngine, **ways: Any) -> AsyncIterator[tuple[str, Provider]]:
    """The desk, and a provider that is another site to browsers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    back = f"{url}/desk/sign-in/oidc/back"
    async with provider(back, host="localhost") as theirs:
        known = oidc.Provider(theirs.issuer, CLIENT, SECRET, back, ROLES)
        access = Access("default", url, oidc=known, **ways)
        app, _ = desk_app(engine, Hub(engine), url, access=access)
        async with serving(app, port):
            yield url, theirs


async def test_to_the_provider_and_back_to_the_case_that_was_asked_for_and_out_again(
    chromium: Any, engine: AsyncEngine
) -> None:
    """Through two sites: the session's cookie is strict, and comes along all the same."""
    async with desk(engine) as (url, theirs), window(chromium, url, name=None, refused=True) as page:
        await page.goto(CASE)
        await page.wait_for_url("**/desk/sign-in?to=*")
        await page.click("text=Sign in with your organisation")
        await page.wait_for_url(f"**{CASE}")
        await page.wait_for_selector("text=There is no such page")
        await page.goto("/desk/")
        await page.click("text=Sign out")
        await page.wait_for_selector("text=You are signed out of the desk")
        assert await flaws(page) == []
        await page.click("text=Sign out there too")
        await page.wait_for_url("**/desk/sign-in")
        assert [each["sub"] for each in theirs.signed_out] == ["u-1"]
        await page.goto("/desk/")
        await page.wait_for_url("**/desk/sign-in")


async def test_a_link_on_another_site_opens_the_desk_for_whoever_is_signed_in(
    chromium: Any, engine: AsyncEngine
) -> None:
    await an_account(engine)
    async with desk(engine) as (url, theirs), window(chromium, url, name=None, refused=True) as page:
        await page.goto("/desk/sign-in")
        await page.fill("[name=login]", "dana")
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("#tally")
        await page.goto(f"{theirs.issuer}/link?to={url}/desk/account")
        await page.click("text=open")
        await page.wait_for_selector("text=Your account")
        assert page.url == f"{url}/desk/account"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
async def test_every_page_of_it_is_accessible_and_fits(
    chromium: Any, engine: AsyncEngine, scheme: str, width: int
) -> None:
    await an_account(engine, "alma", "admin")
    await an_account(engine, "ravi.with.a.rather.long.login@recovery.example.org")
    size = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    async with (
        desk(engine, passphrase=PASSPHRASE) as (url, _),
        window(chromium, url, name=None, refused=True, **size) as page,
    ):
        await page.goto("/desk/sign-in")
        assert await flaws(page) == []
        await page.fill("[name=login]", "alma")
        await page.fill("[name=password]", "wrong")
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("[role=alert]")
        assert await flaws(page) == []
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_selector("#tally")
        for path in ("account", "accounts", "audit"):
            await page.goto(f"/desk/{path}")
            assert await flaws(page) == [], path
        await page.goto("/desk/accounts")
        await page.fill("[name=login]", "kim")
        await page.fill("[name=name]", "Kim")
        await page.click("text=Add and make an invitation")
        await page.wait_for_selector("text=Invitation for Kim")
        assert await flaws(page) == []
        await page.goto(await page.input_value("input[readonly]"))
        await page.wait_for_selector("text=Choose your password")
        assert await flaws(page) == []
