"""Microsoft Teams as a channel shows it: against a flow that takes Adaptive Cards."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting.channels.port import Channel, Delivered, Failed, Refused
from support.channel_rigs import RIGS
from support.notices import CASE, DESK, envelope, incident, many, notice
from support.vendor_channels import Teams
from support.vendor_http import LOST, serving


@pytest.fixture
async def teams() -> AsyncIterator[Teams]:
    async with serving(Teams()) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
async def channel(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Channel]:
    found = RIGS["teams"].build(teams, monkeypatch.setenv)
    yield found
    await found.close()


def lines(card: dict[str, Any]) -> list[str]:
    return ["".join(run["text"] for run in block["inlines"]) for block in card["body"]]


async def test_a_page_is_a_card_with_the_facts_and_a_button_to_the_desk(teams: Teams, channel: Channel) -> None:
    assert await channel.send(notice(), envelope()) == Delivered()
    assert lines(teams.cards[0]) == [
        "Unhappy customer: 1 on 1-5, Billing, voice",
        "Claim the case, then reach the customer the way they prefer",
        "Answer: 1 on 1-5",
        "Team: Billing",
        "Channel: voice",
        "Why: low score",
    ]
    assert teams.cards[0]["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open at the desk", "url": f"{DESK}/desk/cases/{CASE}"}
    ]


async def test_a_room_hears_that_somebody_is_needed_and_how_it_ended(teams: Teams, channel: Channel) -> None:
    assert channel.tells == {"page", "reminder", "closed", "incident", "bundle"}
    await channel.send(notice("closed", by="Dana", outcome="recovered"), envelope())
    assert lines(teams.cards[0])[:2] == [
        "Closed: Unhappy customer: 1 on 1-5, Billing, voice", "closed as recovered by Dana",
    ]  # fmt: skip
    assert [card["body"][0]["inlines"][0]["color"] for card in teams.cards] == ["good"]


async def test_what_is_urgent_stands_out(teams: Teams, channel: Channel) -> None:
    await channel.send(notice(), envelope())
    await channel.send(notice("reminder"), envelope())
    assert [card["body"][0]["inlines"][0]["color"] for card in teams.cards] == ["attention", "default"]


async def test_many_cases_are_one_card_and_an_incident_another(teams: Teams, channel: Channel) -> None:
    await channel.send(many({"Billing": 11, None: 1}), envelope())
    await channel.send(incident(), envelope())
    assert lines(teams.cards[0])[0] == "12 more cases wait"
    assert lines(teams.cards[0])[2:] == ["Billing: 11", "No team: 1"]
    assert lines(teams.cards[1])[0] == "Incident: Long waits in Billing"


async def test_a_card_whose_answer_was_lost_is_sent_twice(teams: Teams, channel: Channel) -> None:
    teams.script.append(LOST)
    assert isinstance(await channel.send(notice(), envelope()), Failed)
    assert await channel.send(notice(), envelope()) == Delivered()
    assert teams.cards[0] == teams.cards[1]


async def test_a_flow_whose_signature_was_renewed_is_refused(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = RIGS["teams"].build(teams, lambda name, value: monkeypatch.setenv(name, f"{teams.hook}-stale"))
    assert await stale.send(notice(), envelope()) == Refused("answered 401: it does not accept the key")
    await stale.close()
