"""Signing in with an account of the desk or its passphrase, from the outside, and the ways around it that are shut."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core import passwords
from alerting.desk import hashing
from alerting.desk.sign_in import WRONG
from alerting.desk.visitor import COOKIE, Access
from alerting.store.accounts import Accounts
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_accounts import BY, PASSWORD, an_account, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance

ACCESS = Access("default", ORIGIN)
PASSPHRASE = "open sesame"
WITH_PASSPHRASE = Access("default", ORIGIN, PASSPHRASE)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def browser(engine: AsyncEngine) -> AsyncIterator[Browser]:
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        yield browser


async def test_who_signs_in_is_who_their_account_says(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine, role="supervisor")
    await browser.sign_in("Dana", PASSWORD)
    assert browser.text.startswith("Dana supervisor local")
    assert (await told(engine))[-1] == ("Dana", "sign_in.done", {"way": "password"})


async def test_a_link_leads_where_it_was_to_lead_once_signed_in(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    case = "/desk/cases/00000000-0000-0000-0000-000000000001"
    await browser.open(case)
    assert browser.page.url.path == "/desk/sign-in"
    await browser.submit("/desk/sign-in", login="dana", password=PASSWORD)
    assert browser.page.url.path == case


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.test/",
        "//evil.test/desk/",
        "/\\evil.test",
        "/desk/../../evil",
        "/desk//evil.test",
        "/desk/%2f%2fevil.test",
        "/desk/\r\nSet-Cookie: a=b",
        "/desk/cases/\n1",
        "javascript:alert(1)",
        "/v1/cases",
        "",
    ],
)
async def test_nobody_is_sent_away_from_the_desk(browser: Browser, engine: AsyncEngine, to: str) -> None:
    await an_account(engine)
    await browser.open("/desk/sign-in")
    answer = await browser.submit("/desk/sign-in", follow=False, login="dana", password=PASSWORD, to=to)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/")


async def test_the_wrong_password_no_account_and_a_disabled_one_look_the_same(
    browser: Browser, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in the work that is done: one look at a password each, with the same parameters."""
    accounts = Accounts(engine, "default")
    for login in ("dana", "kim"):
        made = await an_account(engine, login)
        await accounts.set_password(made, passwords.hashed(PASSWORD, b"salt"), BY)
    await accounts.disable(made, BY)
    await accounts.add("ravi", "Ravi", "specialist", BY)
    looks = []
    look = passwords.fits
    monkeypatch.setattr(passwords, "fits", lambda *said: looks.append(said[1].split("$")[:4]) or look(*said))
    seen = set()
    for login, password in (("dana", "wrong"), ("nobody", "wrong"), ("kim", PASSWORD), ("ravi", ""), ("a\0b", "x")):
        await browser.sign_in(login, password)
        assert WRONG in browser.text
        shown = browser.text.replace(f'value="{login}"', "").replace(f'value="{login.lower()}"', "")
        seen.add((browser.page.status_code, re.sub(r'data-now="[^"]+"', "", shown)))
    assert len(seen) == 1
    assert looks == [["scrypt", "65536", "8", "2"]] * 5


async def test_what_somebody_typed_as_login_is_kept_nowhere(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    await browser.sign_in("my secret password", "x")
    async with transaction(engine) as tx:
        everything = str(list(await tx.execute(text("SELECT row_to_json(audit_log) FROM audit_log"))))
    assert "sign_in.refused" in everything
    assert "secret" not in everything
    assert "192.0.2.0/24" in everything
    assert "192.0.2.7" not in everything


async def test_a_password_kept_with_less_effort_is_kept_anew(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    found = await Accounts(engine, "default").find("dana")
    assert found is not None
    assert found.password is not None
    assert not passwords.outdated(found.password)
    assert passwords.fits(PASSWORD, found.password)


async def test_a_token_that_somebody_planted_is_not_the_one_that_opens(browser: Browser, engine: AsyncEngine) -> None:
    """Session fixation: the token changes at signing in, and the one before opens nothing, signed in or not."""
    await an_account(engine)
    planted = "A" * 43
    browser.http.cookies.set(COOKIE, planted, domain="desk.test", path="/desk")
    await browser.sign_in("dana", PASSWORD)
    assert browser.text.startswith("Dana")
    assert browser.http.cookies.get(COOKIE, path="/desk") != planted
    async with Browser(only_the_entrance(ACCESS, engine)) as thief:
        thief.http.cookies.set(COOKIE, planted, domain="desk.test", path="/desk")
        await thief.open("/desk/")
        assert thief.page.url.path == "/desk/sign-in"


async def test_signing_in_again_ends_the_session_before(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    before = browser.http.cookies.get(COOKIE)
    browser.page = await browser.http.get("/desk/account")
    await browser.submit("/desk/sign-in", login="dana", password=PASSWORD)
    assert browser.text.startswith("Dana")
    browser.http.cookies.clear()
    browser.http.cookies.set(COOKIE, before or "", domain="desk.test", path="/desk")
    assert (await browser.open("/desk/")).url.path == "/desk/sign-in"


@pytest.mark.parametrize(
    ("origin", "fields"),
    [("own", {"csrf": ""}), ("own", {"csrf": "guessed"}), ("http://evil.test", {}), ("null", {}), (None, {})],
)
async def test_a_form_that_is_not_ours_does_nothing(
    browser: Browser, engine: AsyncEngine, origin: str | None, fields: dict[str, str]
) -> None:
    await an_account(engine)
    await browser.open("/desk/sign-in")
    await browser.submit("/desk/sign-in", origin, login="dana", password=PASSWORD, **fields)
    assert (browser.page.status_code, browser.page.text) == (403, "forged")
    await browser.sign_in("dana", PASSWORD)
    await browser.open("/desk/account")
    for path in ("/desk/act", "/desk/sign-out", "/desk/account"):
        await browser.open("/desk/account")
        assert (await browser.submit(path, origin, **fields)).text == "forged"
    await browser.open("/desk/account")
    assert (await browser.submit("/desk/act")).text == "done"


async def test_the_token_of_a_form_fits_one_browser_alone(engine: AsyncEngine) -> None:
    await an_account(engine)
    app = only_the_entrance(ACCESS, engine)
    async with Browser(app) as mine, Browser(app) as theirs:
        await mine.sign_in("dana", PASSWORD)
        await theirs.sign_in("dana", PASSWORD)
        await theirs.open("/desk/account")
        mine.page = theirs.page
        assert (await mine.submit("/desk/act")).text == "forged"


async def test_a_cookie_that_another_site_held_back_is_not_replaced(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    for path in ("/desk/", "/desk/sign-in", f"/desk/invitation/{'x' * 43}"):
        await browser.open(path, **{"sec-fetch-site": "cross-site"})
        assert 'http-equiv="refresh" content="0"' in browser.page.text
        assert "set-cookie" not in browser.page.headers


@pytest.mark.parametrize(("origin", "secure"), [("https://desk.test", True), ("http://desk.test", False)])
async def test_the_cookie_is_for_this_site_this_path_and_no_script(
    engine: AsyncEngine, origin: str, secure: bool
) -> None:
    await an_account(engine)
    async with Browser(only_the_entrance(Access("default", origin), engine), origin=origin) as browser:
        first = (await browser.open("/desk/sign-in")).headers["set-cookie"].lower()
        second = (await browser.sign_in("dana", PASSWORD, follow=False)).headers["set-cookie"].lower()
    for cookie in (first, second):
        assert all(each in cookie for each in ("httponly", "samesite=strict", "path=/desk"))
        assert ("; secure" in cookie) == secure


async def test_every_answer_keeps_to_itself(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    for path in ("/desk/sign-in", "/desk/nothing", "/desk/sign-in/oidc", "/desk/"):
        headers = (await browser.open(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self';" in policy
        assert "unsafe" not in policy
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


async def test_the_desk_is_shut_until_there_is_a_way_in_and_needs_no_restart_then(
    browser: Browser, engine: AsyncEngine
) -> None:
    for path in ("/desk/", "/desk/sign-in"):
        assert (await browser.open(path)).status_code == 503
        assert "ALERTING_DESK_PASSPHRASE" in browser.text
    await an_account(engine)
    await browser.sign_in("dana", PASSWORD)
    assert browser.text.startswith("Dana")


async def test_with_the_passphrase_one_says_a_name_and_has_the_role_that_is_set(engine: AsyncEngine) -> None:
    async with Browser(only_the_entrance(WITH_PASSPHRASE, engine)) as browser:
        await browser.enter("Kim", "wrong")
        assert browser.page.status_code == 403
        await browser.enter("", PASSPHRASE)
        assert browser.page.status_code == 422
        await browser.enter("Kim", PASSPHRASE)
        assert browser.text.startswith("Kim supervisor passphrase")
        assert (await browser.open("/desk/supervisors")).status_code == 200
        assert (await browser.open("/desk/admins")).status_code == 403


async def test_nobody_takes_the_name_of_somebody_with_an_account(engine: AsyncEngine) -> None:
    await an_account(engine)
    async with Browser(only_the_entrance(WITH_PASSPHRASE, engine)) as browser:
        await browser.enter("dana", PASSPHRASE)
        assert browser.page.status_code == 409
        assert (await browser.open("/desk/")).url.path == "/desk/sign-in"


async def test_who_came_with_the_passphrase_has_to_leave_with_it(engine: AsyncEngine) -> None:
    async with Browser(only_the_entrance(WITH_PASSPHRASE, engine)) as old:
        await old.enter("Kim", PASSPHRASE)
        for access in (Access("default", ORIGIN, "close sesame"), ACCESS):
            async with Browser(only_the_entrance(access, engine)) as new:
                new.http.cookies = old.http.cookies
                assert not (await new.open("/desk/")).text.startswith("Kim")
        assert (await old.open("/desk/")).text.startswith("Kim")


async def test_an_account_of_another_tenant_opens_nothing_here(browser: Browser, engine: AsyncEngine) -> None:
    await an_account(engine)
    other = Access("other", ORIGIN, PASSPHRASE)
    async with Browser(only_the_entrance(other, engine)) as there:
        await browser.sign_in("dana", PASSWORD)
        there.http.cookies = browser.http.cookies
        await there.open("/desk/")
        assert there.page.url.path == "/desk/sign-in"
        await there.sign_in("dana", PASSWORD)
        assert WRONG in there.text


async def test_a_body_too_large_and_a_form_of_too_many_fields_are_refused(
    browser: Browser, engine: AsyncEngine
) -> None:
    await an_account(engine)
    await browser.open("/desk/sign-in")
    assert (await browser.submit("/desk/sign-in", login="x" * 70_000)).status_code == 413
    await browser.open("/desk/sign-in")
    assert (await browser.submit("/desk/sign-in", **{f"f{n}": "x" for n in range(60)})).text == "forged"


async def test_more_at_once_than_can_be_looked_at_are_told_so(
    browser: Browser, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_account(engine)
    monkeypatch.setattr(hashing, "MOST_WAITING", 0)
    await browser.sign_in("dana", PASSWORD)
    assert browser.page.status_code == 503
    assert browser.page.headers["retry-after"] == "5"
