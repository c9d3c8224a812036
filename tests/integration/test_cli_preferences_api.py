"""``amends preferences`` as it is typed, against profile-sync's API behind a real port."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from amends.main import run
from events.preference import Accessibility, ContactLanguage
from profile_sync.sweeping import Sweeper
from support.preferences_api import Desk, desk
from support.serving import serving

BENGALI = ("only in Bengali", ContactLanguage(kind="language", value="bn"), 0.9)
FRENCH = ("perhaps in French", ContactLanguage(kind="language", value="fr"), 0.5)
DEAF = ("hardly hear", Accessibility(kind="accessibility", value="hearing"), 0.9)


@dataclass
class Terminal:
    url: str
    desk: Desk
    capture: pytest.CaptureFixture[str]

    async def type(self, *words: str, key: str | None = None) -> tuple[int, str, str]:
        secret = self.desk.key if key is None else key
        code = await asyncio.to_thread(run, ["preferences", *words, "--url", self.url, "--key", secret])
        told = self.capture.readouterr()
        return code, told.out, told.err

    async def typed(self, *words: str) -> str:
        code, out, error = await self.type(*words)
        assert (code, error) == (0, ""), (words, error)
        return out


@pytest.fixture
async def terminal(
    database_url: str, free_port: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Terminal]:
    monkeypatch.setenv("USER", "Dana")
    async with desk(database_url, BENGALI, FRENCH, DEAF) as found, serving(found.app, free_port):
        capsys.readouterr()
        yield Terminal(f"http://127.0.0.1:{free_port}", found, capsys)


def note_of(table: str) -> str:
    return table.splitlines()[1].split()[0]


async def test_a_customers_preferences_are_shown_and_their_words_only_where_asked_for(terminal: Terminal) -> None:
    assert await terminal.typed("show", "cus-42") == "nothing was ever said\n"
    await terminal.desk.say("1", "Talk to me only in Bengali.")
    shown = await terminal.typed("show", "cus-42")
    assert "language: bn" in shown
    assert "CRM: pending" in shown
    assert "Bengali" not in shown
    assert "only in Bengali" in await terminal.typed("show", "cus-42", "--words")


async def test_what_waits_is_listed_and_decided(terminal: Terminal) -> None:
    assert await terminal.typed("review") == "nothing waits\n"
    for number in range(3):
        await terminal.desk.say(str(number), "perhaps in French", customer=f"cus-{number}")
    for action, status in (("accept", "active"), ("reject", "retracted"), ("retract", "retracted")):
        note = note_of(await terminal.typed("review", "--kind", "language"))
        if action == "retract":
            await terminal.typed("accept", note)
        assert await terminal.typed(action, note) == f"{note[:8]} is {status}\n"
    assert await terminal.typed("review") == "nothing waits\n"
    rows = await terminal.desk.rows("SELECT DISTINCT actor FROM audit_entry")
    assert rows == [("Dana",)]


async def test_consent_is_shown_refused_and_given(terminal: Terminal) -> None:
    assert await terminal.typed("consent", "cus-42") == "free text and habits are read\n"
    assert "not read (Dana" in await terminal.typed("consent", "cus-42", "--refuse")
    assert "no consent" in await terminal.typed("show", "cus-42")
    assert await terminal.typed("consent") == "free text and habits are read\n"
    assert "not read (Dana" in await terminal.typed("consent", "--refuse")
    assert "for this tenant they are not" in await terminal.typed("consent", "cus-42", "--allow")


async def test_what_is_parked_is_listed_and_tried_again(terminal: Terminal) -> None:
    assert await terminal.typed("parked") == "nothing is parked\n"
    await terminal.desk.say("1", "Talk to me only in Bengali.")
    await terminal.desk.do("UPDATE crm_push SET state = 'parked', reason = 'rejected'")
    listed = await terminal.typed("parked", "--trouble", "parked")
    assert "cus-42" in listed
    assert "rejected" in listed
    assert await terminal.typed("retry", "cus-42") == "cus-42 is pending\n"
    assert await terminal.typed("parked") == "nothing is parked\n"


async def test_a_backfill_is_started_followed_and_listed(terminal: Terminal) -> None:
    for number in range(12):
        await terminal.desk.say(str(number), "only in Bengali", customer=f"cus-{number}")
    stop = asyncio.Event()
    jobs = [asyncio.create_task(Sweeper(terminal.desk.engine, reconcile_hours=0).run(stop))]
    jobs.append(asyncio.create_task(_settling(terminal.desk, stop)))
    said = await terminal.typed("backfill", "--rate", "10")
    stop.set()
    await asyncio.gather(*jobs)
    assert said.splitlines()[-1] == "backfill finished: 12 of 12 customers"
    assert "Dana  backfill finished: 12 of 12" in await terminal.typed("sweeps")


async def _settling(room: Desk, stop: asyncio.Event) -> None:
    """The pusher, as far as a sweep sees it."""
    settled = "UPDATE crm_push SET state = 'done', sweep = NULL WHERE sweep IS NOT NULL RETURNING 1"
    while not stop.is_set():
        await room.do(
            f"WITH done AS ({settled}) UPDATE sweep SET checked = checked + (SELECT count(*) FROM done)"
            " WHERE EXISTS (SELECT FROM done)"
        )
        await asyncio.sleep(0.05)


async def test_a_walk_is_cancelled_and_a_second_has_to_wait(terminal: Terminal) -> None:
    assert await terminal.typed("sweeps") == "there was none yet\n"
    assert "reconcile running" in await terminal.typed("reconcile", "--no-follow")
    code, _, error = await terminal.type("backfill", "--no-follow")
    assert (code, "running already" in error) == (1, True)
    listed = (await terminal.typed("sweeps")).split()[0]
    assert "reconcile cancelled" in await terminal.typed("sweeps", "--cancel", listed)
    assert "backfill running" in await terminal.typed("backfill", "--no-follow")
    assert await terminal.desk.rows("SELECT actor, action FROM audit_entry ORDER BY number") == [
        ("Dana", "sweep.reconcile"), ("Dana", "sweep.cancelled"), ("Dana", "sweep.backfill")
    ]  # fmt: skip


async def test_what_is_refused_is_said_in_one_line(terminal: Terminal) -> None:
    for words, key, said in (
        (("accept", "0" * 32), None, "no such note"),
        (("accept", "ffff"), None, "note_id"),
        (("backfill", "--rate", "1000"), None, "rate_per_second must be"),
        (("sweeps", "--cancel", "ffff"), None, "no sweeps begin like that"),
        (("backfill",), terminal.desk.weaker, "scope preferences:act"),
        (("retry", "cus-7"), None, "no such customer"),
        (("show", "a@b"), None, "customer_id"),
        (("review",), "amk_wrong", "key"),
        (("review",), "", "an API key is needed"),
    ):
        code, out, error = await terminal.type(*words, key=key)
        assert (code, out, error.count("\n")) == (1, "", 1), (words, error)
        assert said in error, error


async def test_a_service_that_is_away_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["preferences", "review", "--key", "amk_x", "--url", "http://127.0.0.1:1"]
    assert await asyncio.to_thread(run, words) == 1
    assert "profile-sync could not be reached at http://127.0.0.1:1" in capsys.readouterr().err
