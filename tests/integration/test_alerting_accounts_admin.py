"""What an admin does with accounts, what nobody else does, and what is told of it."""

import html
import json
import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.accounts import Role
from alerting.desk.visitor import Access
from alerting.store import audit_log
from alerting.store.accounts import Accounts
from alerting.store.audit_log import AuditLog, Wanted
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_accounts import BY, PASSWORD, an_account, do, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance

ACCESS = Access("default", ORIGIN)
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def admin(engine: AsyncEngine) -> AsyncIterator[Browser]:
    await an_account(engine, "alma", "admin")
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        await browser.sign_in("alma", PASSWORD)
        yield browser


def link_in(page: str) -> str:
    found = re.search(r'value="(http://desk\.test/desk/invitation/[^"]+)"', page)
    assert found, page
    return found[1].removeprefix(ORIGIN)


async def invited(admin: Browser, login: str = "ravi", name: str = "Ravi", role: str = "specialist") -> str:
    await admin.open("/desk/accounts")
    await admin.submit("/desk/accounts", login=login, name=name, role=role)
    return link_in(admin.page.text)


async def test_an_invitation_sets_the_password_once(admin: Browser, engine: AsyncEngine) -> None:
    link = await invited(admin, role="supervisor")
    app = only_the_entrance(ACCESS, engine)
    async with Browser(app) as ravi, Browser(app) as thief:
        for _ in range(2):  # looking takes nothing
            await ravi.open(link)
            assert "For Ravi." in ravi.text
        await thief.open(link)
        await ravi.submit(link, new="short", again="short")
        assert "at least 12" in ravi.text
        await ravi.submit(link, new=PASSWORD, again=PASSWORD)
        assert ravi.text.startswith("Ravi supervisor local")
        await thief.submit(link, new="six patient mules", again="six patient mules")
        assert thief.page.status_code == 404
        assert (await thief.open(link)).status_code == 404
        await thief.sign_in("ravi", PASSWORD)
        assert thief.text.startswith("Ravi")


async def test_an_invitation_ends_with_time_with_a_newer_one_and_with_the_account(
    admin: Browser, engine: AsyncEngine
) -> None:
    async with Browser(only_the_entrance(ACCESS, engine)) as ravi:
        first = await invited(admin)
        assert (await ravi.open(first)).status_code == 200
        account = await Accounts(engine, "default").find("ravi")
        assert account is not None
        await admin.open("/desk/accounts")
        await admin.submit(f"/desk/accounts/{account.id}/invite")
        second = link_in(admin.page.text)
        assert (await ravi.open(first)).status_code == 404
        assert (await ravi.open(second)).status_code == 200
        await do(engine, "UPDATE account SET invited_until = now() WHERE login = 'ravi'")
        assert (await ravi.open(second)).status_code == 404
        third = await invited(admin, "kim", "Kim")
        await do(engine, "UPDATE account SET disabled_at = now() WHERE login = 'kim'")
        assert (await ravi.open(third)).status_code == 404


@pytest.mark.parametrize("role", ["specialist", "supervisor"])
async def test_only_an_admin_sees_or_changes_accounts_or_reads_the_audit_log(engine: AsyncEngine, role: Role) -> None:
    made, other = await an_account(engine, role=role), await an_account(engine, "kim")
    before = await Accounts(engine, "default").all()
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        await browser.sign_in("dana", PASSWORD)
        for path in ("/desk/accounts", "/desk/audit", "/desk/admins"):
            assert (await browser.open(path)).status_code == 403
            assert "Not for your role" in browser.text
            assert "Kim" not in browser.text
        for path in (f"{other}/disable", f"{made}/role", f"{other}/invite", ""):
            await browser.open("/desk/account")
            await browser.submit(f"/desk/accounts/{path}".rstrip("/"), role="admin", login="eve", name="Eve")
            assert browser.page.status_code == 403
    after = await Accounts(engine, "default").all()
    assert [(each.login, each.role, each.state) for each in after] == [
        (each.login, each.role, each.state) for each in before
    ]


async def test_an_admin_gives_roles_and_disables_and_each_is_told(admin: Browser, engine: AsyncEngine) -> None:
    made = await an_account(engine, "kim")
    for change, fields in (("role", {"role": "supervisor"}), ("disable", {}), ("enable", {})):
        await admin.open("/desk/accounts")
        await admin.submit(f"/desk/accounts/{made}/{change}", **fields)
        assert admin.page.url.path == "/desk/accounts"
    found = await Accounts(engine, "default").find("kim")
    assert found is not None
    assert (found.role, found.state) == ("supervisor", "active")
    assert (await told(engine))[-3:] == [
        ("Alma", "account.role_changed", {"role": "supervisor"}),
        ("Alma", "account.disabled", {}),
        ("Alma", "account.enabled", {}),
    ]


@pytest.mark.parametrize(
    ("change", "fields", "status"),
    [
        ("role", {"role": "root"}, 404),
        ("role", {}, 404),
        ("delete", {}, 404),
        ("password", {"password": "x"}, 404),
    ],
)
async def test_nothing_else_can_be_asked_for(
    admin: Browser, engine: AsyncEngine, change: str, fields: dict[str, str], status: int
) -> None:
    made = await an_account(engine, "kim")
    await admin.open("/desk/accounts")
    assert (await admin.submit(f"/desk/accounts/{made}/{change}", **fields)).status_code == status


async def test_nobody_demotes_or_disables_themselves(admin: Browser, engine: AsyncEngine) -> None:
    alma = await Accounts(engine, "default").find("alma")
    assert alma is not None
    for change in ("role", "disable", "invite"):
        await admin.open("/desk/accounts")
        await admin.submit(f"/desk/accounts/{alma.id}/{change}", role="specialist")
        assert admin.page.status_code == 409
    assert (await admin.open("/desk/admins")).status_code == 200


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"login": "kim", "name": "Somebody", "role": "admin"}, 409, "already"),
        ({"login": "other", "name": "KIM", "role": "admin"}, 409, "already"),
        ({"login": "a b", "name": "A B", "role": "admin"}, 422, "the login"),
        ({"login": "ab", "name": "", "role": "admin"}, 422, "the name"),
        ({"login": "ab", "name": "A B", "role": "root"}, 422, "the role"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_in_words(
    admin: Browser, engine: AsyncEngine, fields: dict[str, str], status: int, said: str
) -> None:
    await an_account(engine, "kim")
    await admin.open("/desk/accounts")
    await admin.submit("/desk/accounts", **fields)
    assert (admin.page.status_code, said in admin.text) == (status, True), admin.text
    assert len(await Accounts(engine, "default").all()) == 2


async def test_names_are_text_and_nothing_else(admin: Browser, engine: AsyncEngine) -> None:
    await invited(admin, "eve", XSS)
    for path in ("/desk/accounts", "/desk/audit"):
        await admin.open(path)
        assert "<script>alert" not in admin.page.text
        assert "<img src=x" not in admin.page.text
    await admin.open("/desk/accounts")
    assert XSS in html.unescape(admin.page.text)


async def test_the_audit_log_is_paged_and_filtered(admin: Browser, engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        for number in range(120):
            await audit_log.add(tx, "default", "Kim", "case.claim", f"case:{number}", {"version": number})
        await audit_log.add(tx, "other", "Eve", "case.claim", "case:0")
    seen: list[str] = []
    await admin.open("/desk/audit?part=case")
    while True:
        seen += re.findall(r">case:(\d+)</a>", admin.page.text)
        older = re.search(r'href="([^"]+)">Older', admin.page.text)
        if older is None:
            break
        await admin.open(html.unescape(older[1]))
    assert seen == [str(number) for number in reversed(range(120))]
    await admin.open("/desk/audit?object=case:7")
    assert admin.page.text.count(">case:7</a>") == 1
    await admin.open("/desk/audit?who=alma&part=sign_in")
    assert "Signed in" in admin.text
    assert "Eve" not in admin.text
    for odd in ("part=nonsense", "before=x", "before=99999999999999999999", "who=" + "x" * 5000, "part=%25", "who=%00"):
        assert (await admin.open(f"/desk/audit?{odd}")).status_code == 200


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_log SET who = 'Eve'", "DELETE FROM audit_log", "TRUNCATE audit_log"],
)
async def test_what_is_told_is_never_changed(admin: Browser, engine: AsyncEngine, statement: str) -> None:
    before = await told(engine)
    assert before
    with pytest.raises(DBAPIError, match="only ever added to"):
        await do(engine, statement)
    assert await told(engine) == before


async def test_what_is_not_done_is_not_told(engine: AsyncEngine) -> None:
    async def half_done() -> None:
        async with transaction(engine) as tx:
            await audit_log.add(tx, "default", "Kim", "case.claim", "case:1")
            raise LookupError

    with pytest.raises(LookupError):
        await half_done()
    assert await AuditLog(engine).page("default", Wanted(), before=None, limit=9) == []


async def test_neither_a_password_nor_a_token_is_kept_as_it_is(admin: Browser, engine: AsyncEngine) -> None:
    link = await invited(admin)
    secrets_ = [PASSWORD, link.rpartition("/")[2], *admin.http.cookies.values()]
    async with transaction(engine) as tx:
        kept = ""
        for table in ("account", "session", "audit_log", "sign_in_failure"):
            rows = await tx.execute(text(f"SELECT CAST(row_to_json({table}) AS text) AS row FROM {table}"))
            kept += "".join(row.row for row in rows)
    assert "Alma" in kept
    for secret in secrets_:
        assert secret not in kept
        assert json.dumps(secret)[1:-1] not in kept
    assert BY.who in kept
