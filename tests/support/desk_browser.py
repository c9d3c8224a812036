"""A browser window at the desk, and what can be wrong with a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Error

from support.desk_server import PASSPHRASE

_REPORTS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@asynccontextmanager
async def window(
    chromium: Any, url: str, name: str | None = "Dana", *, refused: bool = False, **options: Any
) -> AsyncIterator[Any]:
    """A page of a window of its own, signed in as ``name``. Whatever its console complains of is an error, and so are
    dialogs and whatever the page's policy kept out.

    Args:
        refused: the test makes the desk refuse something, which browsers complain of too.
    """
    context = await chromium.new_context(base_url=url, **options)
    context.set_default_timeout(15_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    if options.get("java_script_enabled", True):
        await page.add_init_script(_REPORTS)
    if name is not None:
        await sign_in(page, name)
    yield page
    await leave(page)
    await context.close()
    expected = ("Failed to load resource",) if refused else ()
    assert [said for said in complaints if not said.startswith(expected or ("\0",))] == []


async def sign_in(page: Any, name: str) -> None:
    await page.goto("/desk/sign-in")
    await page.fill("[name=name]", name)
    await page.fill("[name=passphrase]", PASSPHRASE)
    await page.press("[name=passphrase]", "Enter")
    await page.wait_for_selector("#tally")


async def leave(page: Any) -> None:
    """To an empty page: Chromium may never end a window whose page is just then on its way to another one."""
    while page.url != "about:blank":
        with suppress(Error):  # the page's own way was faster
            await page.goto("about:blank")


async def live(page: Any) -> None:
    await page.wait_for_selector("#status[data-state=live]")


async def flaws(page: Any) -> list[str]:
    """What axe finds, and whether something is cut off at the side."""
    found = (await Axe().run(page)).response["violations"]
    told = [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return told + ([f"{wider} px too wide"] if wider > 0 else [])
