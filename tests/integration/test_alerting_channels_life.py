"""A case from its first page to its end, told to Slack, Teams, PagerDuty and Opsgenie at once by the dispatcher itself,
with what they answered kept in PostgreSQL in between."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from alerting.channels.port import Channel
from alerting.core.case import Action, Case, Claim, Close, Contact, Release, Reopen
from alerting.core.duty import everybody
from alerting.core.message import FOLLOW_UPS
from support.channel_rigs import RIGS
from support.delivery_rig import Rig, delivery_rig, running
from support.until import until
from support.vendor_channels import Opsgenie, PagerDuty, Slack, Teams
from support.vendor_http import LOST, Reply, serving

CLOSED = {"outcome": "recovered", "cause": "staffing", "remedy": "Refunded."}


@dataclass
class Told:
    slack: Slack
    teams: Teams
    pagerduty: PagerDuty
    opsgenie: Opsgenie
    channels: list[Channel]

    @property
    def vendors(self) -> tuple[Any, ...]:
        return self.slack, self.teams, self.pagerduty, self.opsgenie

    @property
    def titles(self) -> list[str]:
        """Of Slack's messages as they stand, answers in threads left out."""
        first = [post.document["blocks"][0]["text"]["text"] for post in self.slack.posts if post.thread_ts is None]
        return [title.partition(":")[0] for title in first]


@pytest.fixture
async def told(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Told]:
    async with contextlib.AsyncExitStack() as stack:
        vendors = [await stack.enter_async_context(serving(made())) for made in (Slack, Teams, PagerDuty, Opsgenie)]
        kinds = ("slack", "teams", "pagerduty", "opsgenie")
        channels = [RIGS[kind].build(at, monkeypatch.setenv) for kind, at in zip(kinds, vendors, strict=True)]
        found = Told(*vendors, channels)  # type: ignore[arg-type]
        yield found
        assert [vendor.complaints for vendor in found.vendors] == [[]] * 4


@pytest.fixture
async def rig(database_url: str, told: Told) -> AsyncIterator[Rig]:
    async with delivery_rig(database_url) as found:
        found.duty = everybody(tuple(channel.name for channel in told.channels))
        found.follows = {what: tuple(c.name for c in told.channels if what in c.tells) for what in FOLLOW_UPS}
        yield found


async def act(rig: Rig, action: type[Action], **said: Any) -> None:
    (case_id,) = await rig.cases()
    (row,) = await rig.rows("SELECT version FROM recovery_case")
    done = await rig.acting.act(
        "default", case_id, action.model_validate({"by": "Dana", "version": row.version, **said})
    )
    assert isinstance(done, Case), done
    await until(rig.all_are("sent"), f"everybody to be told of {action.__name__}", seconds=60)


async def test_each_tool_shows_the_case_as_it_stands_through_its_life(rig: Rig, told: Told) -> None:
    async with running(*(rig.lane(channel).run for channel in told.channels)):
        await rig.bad_answer()
        await until(rig.all_are("sent"), "everybody to be told")
        assert (told.titles, len(told.teams.cards)) == (["Unhappy customer"], 1)
        assert [list(pager.open.values()) for pager in (told.pagerduty, told.opsgenie)] == [["triggered"]] * 2

        await act(rig, Claim)
        assert (told.titles, len(told.teams.cards)) == (["Claimed"], 1)
        assert [list(pager.open.values()) for pager in (told.pagerduty, told.opsgenie)] == [["acknowledged"]] * 2

        await act(rig, Release)
        assert told.titles == ["Open again"]
        assert [post.document["reply_broadcast"] for post in told.slack.posts if post.thread_ts] == [True]
        assert [(pager.rings, list(pager.open.values())) for pager in (told.pagerduty, told.opsgenie)] == [
            (2, ["triggered"])
        ] * 2

        await act(rig, Claim)
        await act(rig, Contact)
        await act(rig, Close, **CLOSED)
        assert told.titles == ["Closed"]
        assert [pager.open for pager in (told.pagerduty, told.opsgenie)] == [{}, {}]
        assert told.teams.cards[-1]["body"][0]["inlines"][0]["text"].startswith("Closed: ")

        await act(rig, Reopen, reason="She called again.")
        assert [(pager.rings, list(pager.open.values())) for pager in (told.pagerduty, told.opsgenie)] == [
            (3, ["triggered"])
        ] * 2


async def test_however_badly_they_answer_pagers_ring_once_and_no_message_is_lost(rig: Rig, told: Told) -> None:
    for vendor in told.vendors:
        vendor.script.extend([Reply(503, headers={"retry-after": "1"}), LOST, Reply(500)])
    async with running(*(rig.lane(channel).run for channel in told.channels)):
        await rig.bad_answer()
        await until(rig.all_are("sent"), "everybody to be told", seconds=120)
    assert [pager.rings for pager in (told.pagerduty, told.opsgenie)] == [1, 1]
    assert (len(told.slack.posts), len(told.teams.cards)) == (2, 2)
    keys = {post.document["metadata"]["event_payload"]["key"] for post in told.slack.posts}
    assert len(keys) == 1
    assert [row.attempts for row in await rig.rows("SELECT attempts FROM notification")] == [4] * 4
