"""``python -m alerting account``: the first admin, and everybody after."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.commands import account
from alerting.desk.visitor import Access
from support.alerting_schema import migrated
from support.desk_accounts import PASSWORD, an_account, told
from support.desk_visitor import ORIGIN, Browser, only_the_entrance

ACCESS = Access("default", ORIGIN)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


class Operator:
    """Runs commands as an operator does, in a thread: they bring an event loop of their own."""

    def __init__(self, url: str, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._environ = {"DATABASE_URL": url, "ALERTING_PUBLIC_URL": ORIGIN}
        self._capture = capture
        self._patch = patch
        self.said = self.complained = ""

    async def __call__(self, *arguments: str, typed: str = "", **environ: str) -> int:
        self._patch.setattr("sys.stdin", io.StringIO(typed))
        self._capture.readouterr()
        code = await asyncio.to_thread(account.execute, arguments, {**self._environ, **environ})
        self.said, self.complained = self._capture.readouterr()
        return code


@pytest.fixture
def amends(
    engine: AsyncEngine, database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Operator:
    return Operator(database_url, capsys, monkeypatch)


async def test_the_first_admin_comes_by_a_link_that_works_once(amends: Operator, engine: AsyncEngine) -> None:
    assert await amends("add", "Alma@Example.org", "--name", "Alma Diaz", "--role", "admin") == 0
    link = re.search(rf"{ORIGIN}(/desk/invitation/\S+)", amends.said)
    assert link
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        await browser.open(link[1])
        await browser.submit(link[1], new=PASSWORD, again=PASSWORD)
        assert browser.text.startswith("Alma Diaz admin local")
        assert (await browser.open("/desk/accounts")).status_code == 200
        assert (await browser.open(link[1])).status_code == 404
    who, what, _ = (await told(engine))[0]
    assert what == "account.added"
    assert who is not None
    assert who.endswith("(command line)")


async def test_a_password_is_read_and_never_an_argument(amends: Operator, engine: AsyncEngine) -> None:
    assert await amends("add", "ravi", "--name", "Ravi", "--password", typed=f"{PASSWORD}\n") == 0
    async with Browser(only_the_entrance(ACCESS, engine)) as browser:
        await browser.sign_in("ravi", PASSWORD)
        assert browser.text.startswith("Ravi specialist")
        assert await amends("password", "ravi", "--must-change", typed="five loud donkeys\n") == 0
        assert (await browser.open("/desk/")).url.path == "/desk/sign-in"
        await browser.sign_in("ravi", "five loud donkeys")
        assert browser.page.url.path == "/desk/account"
    assert PASSWORD not in amends.said + amends.complained
    assert await amends("password", "ravi", "five loud donkeys") == 2


async def test_role_disable_enable_and_a_new_link(amends: Operator, engine: AsyncEngine) -> None:
    await an_account(engine, "ravi")
    for arguments in (("role", "RAVI", "supervisor"), ("disable", "ravi")):
        assert await amends(*arguments) == 0
    await amends("list", "--json")
    (row,) = json.loads(amends.said)
    assert (row["login"], row["role"], row["state"]) == ("ravi", "supervisor", "disabled")
    assert await amends("enable", "ravi") == 0
    assert await amends("password", "ravi", "--invite") == 0
    assert "/desk/invitation/" in amends.said
    await amends("list")
    assert re.search(r"ravi +Ravi +supervisor +invited +never", amends.said)


@pytest.mark.parametrize(
    ("arguments", "typed", "code", "said"),
    [
        (["add", "dana", "--name", "Other"], "", 1, "already"),
        (["add", "other", "--name", "DANA"], "", 1, "already"),
        (["add", "a b", "--name", "A B"], "", 1, "LOGIN must be"),
        (["add", "ab", "--name", " "], "", 1, "--name must have"),
        (["add", "ab", "--name", "A B", "--password"], "short\n", 1, "at least 12"),
        (["add", "ab", "--name", "A B", "--password"], "", 1, "at least 12"),
        (["add", "ab", "--name", "A B", "--role", "root"], "", 2, "invalid choice"),
        (["role", "nobody", "admin"], "", 1, "no account with that login"),
        (["disable", "nobody"], "", 1, "no account with that login"),
        ([], "", 2, "required"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    amends: Operator, engine: AsyncEngine, arguments: list[str], typed: str, code: int, said: str
) -> None:
    await an_account(engine)
    before = await told(engine)
    assert await amends(*arguments, typed=typed) == code
    assert said in amends.complained
    assert "Traceback" not in amends.complained
    assert await told(engine) == before


async def test_a_tenant_sees_its_own(amends: Operator, engine: AsyncEngine) -> None:
    await an_account(engine)
    assert await amends("list", "--json", ALERTING_DESK_TENANT="other") == 0
    assert json.loads(amends.said) == []


@pytest.mark.parametrize(("url", "said"), [("", "DATABASE_URL is not set"), ("nonsense", "database address")])
async def test_without_a_database_it_says_what_to_set(amends: Operator, url: str, said: Any) -> None:
    assert await amends("list", DATABASE_URL=url) == 1
    assert said in amends.complained
