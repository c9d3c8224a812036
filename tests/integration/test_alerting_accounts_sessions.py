"""A session ends when it should: at once, whatever the browser still holds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core import passwords
from alerting.desk.hashing import Hasher
from alerting.desk.sign_in import WRONG
from alerting.desk.visitor import COOKIE, Access
from alerting.store.accounts import Accounts
from support.alerting_schema import migrated
from support.desk_accounts import BY, PASSWORD, QUICK, an_account, do, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance

ACCESS = Access("default", ORIGIN)
NEW = "five loud donkeys"

End = Callable[[Accounts, UUID], Awaitable[object]]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[Browser]:
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        yield browser


@pytest.mark.parametrize(
    "end",
    [
        lambda accounts, id_: accounts.disable(id_, BY),
        lambda accounts, id_: accounts.give_role(id_, "admin", BY),
        lambda accounts, id_: accounts.set_password(id_, passwords.hashed(NEW, b"salt", QUICK), BY),
    ],
    ids=["disabled", "another role", "another password"],
)
async def test_a_change_of_the_account_ends_its_sessions_in_the_middle(
    browser: Browser, engine: AsyncEngine, end: End
) -> None:
    made = await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    await browser.open("/desk/account")
    before = browser.page
    await end(Accounts(engine, "default"), made)
    browser.page = before
    assert (await browser.submit("/desk/act")).status_code == 403
    assert "You are not signed in any more" in browser.text
    assert (await browser.open("/desk/")).url.path == "/desk/sign-in"


@pytest.mark.parametrize(
    "change",
    [
        "disabled_at = now()",
        "role = 'admin', changed_at = now()",
        "password = 'another', changed_at = now()",
    ],
)
async def test_a_change_while_a_password_is_being_looked_at_is_not_overtaken(
    browser: Browser, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    await an_account(engine)
    look = Hasher.fits

    async def slowly(hasher: Hasher, password: str, kept: str | None) -> bool:
        right = await look(hasher, password, kept)
        await do(engine, f"UPDATE account SET {change}")
        return right

    monkeypatch.setattr(Hasher, "fits", slowly)
    await browser.sign_in("dana", PASSWORD)
    assert (browser.page.status_code, WRONG in browser.text) == (403, True)
    assert (await browser.open("/desk/")).url.path == "/desk/sign-in"


async def test_a_session_of_a_disabled_account_opens_nothing_even_if_it_was_left(
    browser: Browser, engine: AsyncEngine
) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    await do(engine, "UPDATE account SET disabled_at = now()")
    assert (await browser.open("/desk/")).url.path == "/desk/sign-in"


async def test_signing_out_ends_the_session_and_not_only_the_cookie(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    kept = browser.http.cookies.get(COOKIE) or ""
    await browser.open("/desk/account")
    await browser.submit("/desk/sign-out")
    assert browser.page.url.path == "/desk/sign-in"
    browser.http.cookies.clear()
    browser.http.cookies.set(COOKIE, kept, domain="desk.test", path="/desk")
    assert (await browser.open("/desk/")).url.path == "/desk/sign-in"
    assert (await told(engine))[-1] == ("Dana", "sign_in.ended", {})


@pytest.mark.parametrize(
    ("age", "alive"),
    [
        ("seen_at = now() - interval '119 minutes'", True),
        ("seen_at = now() - interval '121 minutes'", False),
        ("ends_at = now() + interval '1 minute'", True),
        ("ends_at = now() - interval '1 second'", False),
    ],
)
async def test_a_session_ends_when_it_is_not_used_and_in_any_case_after_a_shift(
    browser: Browser, engine: AsyncEngine, age: str, alive: bool
) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    await do(engine, f"UPDATE session SET {age}")
    await browser.open("/desk/")
    assert browser.text.startswith("Dana") == alive


async def test_using_it_keeps_a_session_alive_and_only_looking_on_does_not(
    browser: Browser, engine: AsyncEngine
) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    await do(engine, "UPDATE session SET seen_at = now() - interval '100 minutes'")
    await browser.open("/desk/")
    await do(engine, "UPDATE session SET seen_at = seen_at - interval '100 minutes'")
    assert (await browser.open("/desk/")).text.startswith("Dana")


async def test_a_page_that_stays_open_learns_that_its_visitor_was_thrown_out(
    browser: Browser, engine: AsyncEngine
) -> None:
    made = await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    assert (await browser.open("/desk/still")).text == "True"
    await Accounts(engine, "default").disable(made, BY)
    await browser.open("/desk/still")
    assert browser.page.url.path == "/desk/sign-in"


async def test_ones_own_new_password_ends_all_sessions_but_this_one(engine: AsyncEngine) -> None:
    await an_account(engine)
    app = only_the_entrance(ACCESS, engine)
    async with Browser(app) as here, Browser(app) as there:
        for one in (here, there):
            await one.sign_in("dana", PASSWORD)
        await here.open("/desk/account")
        for fields, status, said in (
            ({"password": "wrong", "new": NEW, "again": NEW}, 403, "not your password"),
            ({"password": PASSWORD, "new": NEW, "again": NEW + "x"}, 422, "not the same"),
            ({"password": PASSWORD, "new": "too short", "again": "too short"}, 422, "at least 12"),
            ({"password": PASSWORD, "new": "dana12345678", "again": "dana12345678"}, 422, "your name"),
            ({"password": PASSWORD, "new": "password1234", "again": "password1234"}, 422, "first anybody would"),
        ):
            await here.submit("/desk/account", **fields)
            assert (here.page.status_code, said in here.text) == (status, True), said
        await here.submit("/desk/account", password=PASSWORD, new=NEW, again=NEW)
        assert here.text.startswith("Dana")
        assert (await there.open("/desk/")).url.path == "/desk/sign-in"
        await there.sign_in("dana", PASSWORD)
        assert there.page.status_code == 403
        await there.sign_in("dana", NEW)
        assert there.text.startswith("Dana")


async def test_a_password_that_somebody_else_set_is_changed_before_anything_else(
    browser: Browser, engine: AsyncEngine
) -> None:
    await an_account(engine, must_change=True)
    await browser.sign_in("dana", PASSWORD)
    for path in ("/desk/", "/desk/supervisors"):
        assert (await browser.open(path)).url.path == "/desk/account"
    assert "set by somebody else" in browser.text
    assert (await browser.submit("/desk/act")).url.path == "/desk/account"
    await browser.submit("/desk/account", password=PASSWORD, new=NEW, again=NEW)
    assert browser.text.startswith("Dana")
