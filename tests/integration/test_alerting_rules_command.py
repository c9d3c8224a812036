"""``python -m alerting rules``: checking a file, and trying one on what is in the database."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.commands import rules
from alerting.core.rules.policy import Policy
from events.mention import Mention
from events.runtime.database import transaction
from support.alerting_member import Member, answered, event, reported
from support.alerting_schema import migrated

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


class Shell:
    """Args:
    url: of the database, which the command reaches in a thread of its own: it runs a loop of its own.
    """

    def __init__(self, url: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._environ = {"DATABASE_URL": url}
        self._folder = folder
        self._capsys = capsys

    async def run(self, *arguments: str, document: Any = None) -> tuple[int, str, str]:
        file = self._folder / "rules.yaml"
        file.write_text(json.dumps(document or {}))
        said = [str(file) if each == "FILE" else each for each in arguments]
        self._capsys.readouterr()  # what was logged before
        code = await asyncio.to_thread(rules.execute, said, self._environ)
        return (code, *self._capsys.readouterr())

    async def tried(self, document: Any, *more: str) -> dict[str, Any]:
        code, out, err = await self.run("test", "--rules", "FILE", "--json", *more, document=document)
        assert (code, err) == (0, "")
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def shell(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(database_url, tmp_path, capsys)


def fired(found: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    shown = {name: (r["would"], r["did"], r["new"], r["gone"]) for name, r in found["rules"].items()}
    return {name: counts for name, counts in shown.items() if any(counts)}


async def some_days(engine: AsyncEngine) -> None:
    member = Member(engine, 0, policy=Policy())
    wait = {"answered_at": datetime.now(UTC), "queue_wait_seconds": 900}
    asked = {"offered_at": datetime.now(UTC) - 40 * MINUTE, "answered_at": None, "talk_seconds": None}
    await member.take(
        event(reported(interaction_id="call-2", customer_id="cus-2", customer_tier="gold", **wait)),
        event(reported(interaction_id="call-3", customer_id="cus-3", callback_queued=True, **asked)),
        event(answered(5, response_id="r-0", interaction_id="call-0", said_ago=30 * MINUTE, team="sales")),
        event(answered(1)),
        event(answered(2, response_id="r-2", interaction_id="call-2", customer_id="cus-2", comment=None)),
        event(answered(5, response_id="r-4", interaction_id="call-4", customer_id="cus-4", comment="See you in court")),
        event(answered(1, response_id="r-5", interaction_id="call-5", customer_id="cus-5", said_ago=2 * HOUR)),
        event(Mention(mention_id="m-1", network="x", sentiment="negative", published_at=datetime.now(UTC))),
        event(Mention(mention_id="m-2", network="x", sentiment="positive", published_at=datetime.now(UTC))),
    )


async def test_the_rules_in_use_would_do_what_they_did(engine: AsyncEngine, shell: Shell) -> None:
    await some_days(engine)
    found = await shell.tried({})
    assert fired(found) == {
        "legal_threat": (1, 1, 0, 0),
        "score_fell": (1, 1, 0, 0),
        "negative_mention": (1, 1, 0, 0),
        "low_score": (1, 1, 0, 0),
    }
    assert (found["answers"], found["contacts"], found["tenant"]) == (7, 2, "default")


async def test_other_rules_are_told_beside_what_was_done(engine: AsyncEngine, shell: Shell) -> None:
    await some_days(engine)
    other = {
        "rules": {
            "low_score": {"at_or_below": {"1-5": 1}},
            "legal_threat": {"ignore": ["see you in court"]},
            "score_fell": {"enabled": False},
            "negative_mention": {"enabled": False},
            "public_praise": {"enabled": True},
            "long_wait": {"enabled": True, "tiers": ["gold"]},
            "call_back_missed": {"minutes": 30},
        }
    }
    found = await shell.tried(other)
    assert fired(found) == {
        "legal_threat": (0, 1, 0, 1),
        "score_fell": (0, 1, 0, 0),
        "negative_mention": (0, 1, 0, 1),
        "low_score": (1, 1, 0, 1),
        "public_praise": (1, 0, 1, 0),
        "long_wait": (1, 0, 1, 0),
        "call_back_missed": (1, 0, 1, 0),
    }
    low = found["rules"]["low_score"]
    assert (low["examples"], low["teams"], low["cases"]) == (["survey:r-1"], {"unknown": 1}, 1)
    assert list(low["days"].values()) == [1]
    assert found["rules"]["long_wait"]["examples"] == ["contact:call-2"]


async def test_it_changes_nothing(engine: AsyncEngine, shell: Shell) -> None:
    await some_days(engine)

    async def everything() -> list[Any]:
        async with transaction(engine) as tx:
            found = []
            for table in ("assessment", "contact", "recovery_case", "timeline", "notification", "watch", "incident"):
                found.append(sorted((await tx.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t"))).all()))
            return found

    before = await everything()
    await shell.tried({"rules": {"public_praise": {"enabled": True}}})
    assert await everything() == before


async def test_only_the_days_and_the_tenant_asked_for_are_looked_at(engine: AsyncEngine, shell: Shell) -> None:
    await some_days(engine)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE assessment SET occurred_at = occurred_at - interval '3 days'"))
        await tx.execute(text("UPDATE contact SET offered_at = offered_at - interval '3 days'"))
    looked = [await shell.tried({}, "--days", days) for days in ("2", "4")]
    assert [(one["answers"], one["contacts"]) for one in looked] == [(0, 0), (7, 2)]
    other = await shell.tried({}, "--tenant", "other")
    assert (other["answers"], other["contacts"]) == (0, 0)


async def test_portions_neither_skip_nor_repeat(
    engine: AsyncEngine, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some_days(engine)
    monkeypatch.setattr("alerting.store.tryout.AT_ONCE", 2)
    found = await shell.tried({})
    assert (found["answers"], found["contacts"]) == (7, 2)


async def test_people_read_a_table_and_what_stands_behind_it(engine: AsyncEngine, shell: Shell) -> None:
    await some_days(engine)
    code, out, err = await shell.run("test", "--days", "7")
    assert (code, err) == (0, "")
    assert "7 answers and 2 contacts of default" in out
    assert ["low_score", "1", "1", "0", "0", "1"] in [line.split() for line in out.splitlines()]
    assert "examples  survey:r-2" in out


async def test_a_wrong_file_is_told_with_its_place(shell: Shell) -> None:
    wrong = {"rules": {"low_scores": {}}}
    for command in (("check", "FILE"), ("test", "--rules", "FILE")):
        code, out, err = await shell.run(*command, document=wrong)
        assert (code, out) == (1, "")
        assert "/rules/low_scores is no rule or setting we know" in err
    assert await shell.run("check", "FILE") == (0, "rules.yaml is a rules file\n", "")


async def test_a_command_line_that_makes_no_sense_is_told_so(shell: Shell) -> None:
    for words in ((), ("tests",), ("test", "--days", "0"), ("test", "--days", "61"), ("check",)):
        assert (await shell.run(*words))[0] == 2


def test_without_a_database_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert rules.execute(["test"], {}) == 1
    assert "DATABASE_URL is missing" in capsys.readouterr().err
