"""Opsgenie as whoever is on call there hears it: against a server that keeps alerts by their alias."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting.channels.opsgenie import Options
from alerting.channels.port import Channel, Delivered, Failed, Refused, Result
from support.channel_rigs import RIGS
from support.notices import CASE, DESK, envelope, notice
from support.vendor_channels import Opsgenie
from support.vendor_http import LOST, Reply, serving

ALIAS = str(CASE)
DANA = "dana.canary@example.org"


@pytest.fixture
async def opsgenie() -> AsyncIterator[Opsgenie]:
    async with serving(Opsgenie()) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
async def channel(opsgenie: Opsgenie, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Channel]:
    found = RIGS["opsgenie"].build(opsgenie, monkeypatch.setenv)
    yield found
    await found.close()


def ref(result: Result) -> Any:
    assert isinstance(result, Delivered)
    assert result.ref is not None
    return dict(result.ref)


async def test_a_page_creates_an_alert_with_the_facts(opsgenie: Opsgenie, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    assert kept.pop("request")
    assert kept == {"episode": 1}
    link = f"{DESK}/desk/cases/{CASE}"
    assert opsgenie.alerts[ALIAS].seen == [
        {
            "message": "Unhappy customer: 1 on 1-5, Billing, voice",
            "alias": ALIAS,
            "description": f"Claim the case, then reach the customer the way they prefer:\n{link}",
            "details": {
                "Answer": "1 on 1-5", "Team": "Billing", "Channel": "voice", "Why": "low score", "Desk": link,
            },
            "source": "Amends",
            "priority": "P1",
            "entity": "Billing",
            "tags": ["low_score"],
        }
    ]  # fmt: skip


async def test_claimed_acknowledges_and_closed_closes_it(opsgenie: Opsgenie, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    for what, state in (("claimed", "acknowledged"), ("contacted", "acknowledged"), ("closed", "ended")):
        assert await channel.send(notice(what, by="Dana Reyes"), envelope(what, ref=kept)) == Delivered()
        assert opsgenie.alerts[ALIAS].state == state
    assert opsgenie.rings == 1
    assert not [asked for asked in opsgenie.asked if b"Dana" in asked.body]


async def test_however_often_a_page_is_repeated_it_rings_once(opsgenie: Opsgenie, channel: Channel) -> None:
    for fault in (LOST, Reply(500), LOST):
        opsgenie.script.append(fault)
        assert isinstance(await channel.send(notice(), envelope()), Failed)
    await channel.send(notice(), envelope())
    assert opsgenie.rings == 1


async def test_a_case_that_nobody_has_any_more_rings_again(opsgenie: Opsgenie, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    await channel.send(notice("claimed"), envelope("step-2", ref=kept))
    kept = ref(await channel.send(notice(episode=2), envelope("step-3", ref=kept)))
    assert kept["episode"] == 2
    assert opsgenie.rings == 2
    assert opsgenie.open == {f"{ALIAS}:2": "triggered"}
    await channel.send(notice("closed"), envelope("step-4", ref=kept))
    assert opsgenie.open == {}


async def test_a_reminder_rings_though_the_case_is_acknowledged_and_ends_with_it(
    opsgenie: Opsgenie, channel: Channel
) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    await channel.send(notice("claimed"), envelope("step-2", ref=kept))
    kept = ref(await channel.send(notice("reminder"), envelope("step-3", ref=kept)))
    assert opsgenie.open == {ALIAS: "acknowledged", f"{ALIAS}:reminder": "triggered"}
    assert opsgenie.asked[-1].document["priority"] == "P2"
    await channel.send(notice("closed"), envelope("step-4", ref=kept))
    assert opsgenie.open == {}


async def test_a_person_gets_an_alert_of_their_own(opsgenie: Opsgenie, channel: Channel) -> None:
    await channel.send(notice(), envelope())
    kept = ref(await channel.send(notice(), envelope("step-2", to=DANA)))
    await channel.send(notice(step=2), envelope("step-3", to="ravi@example.org"))
    assert opsgenie.rings == 3
    assert [asked.document.get("responders") for asked in opsgenie.asked] == [
        None,
        [{"type": "user", "username": DANA}],
        [{"type": "user", "username": "ravi@example.org"}],
    ]
    assert not [alias for alias in opsgenie.alerts if "@" in alias]
    await channel.send(notice("closed"), envelope("step-4", to=DANA, ref=kept))
    assert sorted(opsgenie.open.values()) == ["triggered", "triggered"]


async def test_an_alert_is_routed_to_the_responders_of_the_file(
    opsgenie: Opsgenie, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [{"type": "team", "name": "Recovery"}, {"type": "user", "name": DANA}, {"type": "schedule", "id": "s-1"}]
    channel = RIGS["opsgenie"].build(opsgenie, monkeypatch.setenv, responders=said)
    await channel.send(notice(), envelope())
    assert opsgenie.asked[0].document["responders"] == [
        {"type": "team", "name": "Recovery"},
        {"type": "user", "username": DANA},
        {"type": "schedule", "id": "s-1"},
    ]
    await channel.close()


@pytest.mark.parametrize(
    "said", [{"type": "team"}, {"type": "team", "name": "a", "id": "b"}, {"type": "bot", "id": "b"}]
)
def test_a_responder_is_named_once(said: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSGENIE_KEY", "k")
    with pytest.raises(ValueError, match=r"either an id or a name|Input should be"):
        Options.model_validate({"api_key": {"env": "OPSGENIE_KEY"}, "responders": [said]})


async def test_an_alias_with_odd_characters_is_found_again(opsgenie: Opsgenie, channel: Channel) -> None:
    odd = "tenant/ü?x=1&y#z%2F é"
    kept = ref(await channel.send(notice(), envelope(thread=odd)))
    await channel.send(notice("closed"), envelope("step-2", thread=odd, ref=kept))
    assert opsgenie.open == {}
    assert list(opsgenie.alerts) == [odd]


@pytest.mark.parametrize("length", [512, 513])
async def test_a_thread_longer_than_an_alias_may_be_is_still_one_alert(
    opsgenie: Opsgenie, channel: Channel, length: int
) -> None:
    kept = ref(await channel.send(notice(), envelope(thread="t" * length)))
    await channel.send(notice("closed"), envelope("step-2", thread="t" * length, ref=kept))
    assert (len(opsgenie.alerts), opsgenie.open) == (1, {})


async def test_a_key_opsgenie_does_not_know_is_refused(opsgenie: Opsgenie, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = RIGS["opsgenie"].build(opsgenie, lambda name, value: monkeypatch.setenv(name, "stale"))
    assert await stale.send(notice(), envelope()) == Refused("answered 401: it does not accept the key")
    await stale.close()
