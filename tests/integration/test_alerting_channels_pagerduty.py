"""PagerDuty as whoever is on call there hears it: against a server that keeps alerts by their dedup key."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting.channels.port import Channel, Delivered, Failed, Refused, Result
from alerting.core.message import Notice
from support.channel_rigs import RIGS
from support.notices import CASE, DESK, envelope, notice
from support.vendor_channels import ROUTING_KEY, PagerDuty
from support.vendor_http import LOST, RESET, Reply, serving

ALERT = str(CASE)


@pytest.fixture
async def pagerduty() -> AsyncIterator[PagerDuty]:
    async with serving(PagerDuty()) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
async def channel(pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Channel]:
    found = RIGS["pagerduty"].build(pagerduty, monkeypatch.setenv)
    yield found
    await found.close()


def ref(result: Result) -> Any:
    assert isinstance(result, Delivered)
    return result.ref


async def test_a_page_triggers_an_alert_with_the_facts(pagerduty: PagerDuty, channel: Channel) -> None:
    assert ref(await channel.send(notice(), envelope())) == {"episode": 1}
    link = f"{DESK}/desk/cases/{CASE}"
    assert pagerduty.alerts[ALERT].seen == [
        {
            "routing_key": ROUTING_KEY,
            "event_action": "trigger",
            "dedup_key": ALERT,
            "payload": {
                "summary": "Unhappy customer: 1 on 1-5, Billing, voice",
                "source": "amends",
                "severity": "critical",
                "timestamp": "2026-03-02T09:00:00+00:00",
                "component": "Billing",
                "group": "default",
                "class": "low_score",
                "custom_details": {
                    "About": "Claim the case, then reach the customer the way they prefer",
                    "Answer": "1 on 1-5", "Team": "Billing", "Channel": "voice", "Why": "low score",
                },
            },
            "client": "Amends",
            "client_url": link,
            "links": [{"href": link, "text": "Open at the desk"}],
        }
    ]  # fmt: skip


async def test_claimed_acknowledges_and_closed_resolves_it(pagerduty: PagerDuty, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    for what, state in (("claimed", "acknowledged"), ("contacted", "acknowledged"), ("closed", "ended")):
        assert await channel.send(notice(what, by="Dana"), envelope(what, ref=kept)) == Delivered()
        assert pagerduty.alerts[ALERT].state == state
    assert pagerduty.rings == 1


async def test_nobodys_name_goes_to_pagerduty(pagerduty: PagerDuty, channel: Channel) -> None:
    kept = ref(await channel.send(notice(by="Dana Reyes"), envelope()))
    await channel.send(notice("claimed", by="Dana Reyes"), envelope("step-2", ref=kept))
    assert not [asked for asked in pagerduty.asked if b"Dana" in asked.body]


async def test_however_often_a_page_is_repeated_it_rings_once(pagerduty: PagerDuty, channel: Channel) -> None:
    for fault in (LOST, Reply(500), RESET, LOST):
        pagerduty.script.append(fault)
        assert isinstance(await channel.send(notice(), envelope()), Failed)
    kept = ref(await channel.send(notice(), envelope()))
    assert await channel.send(notice(step=2), envelope("step-2", ref=kept)) == Delivered({"episode": 1})
    assert pagerduty.rings == 1


async def test_a_case_that_nobody_has_any_more_rings_again(pagerduty: PagerDuty, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    await channel.send(notice("claimed"), envelope("step-2", ref=kept))
    kept = ref(await channel.send(notice(episode=2), envelope("step-3", ref=kept)))
    assert kept == {"episode": 2}
    assert pagerduty.rings == 2
    assert pagerduty.open == {f"{ALERT}:2": "triggered"}
    await channel.send(notice("claimed", episode=2), envelope("step-4", ref=kept))
    assert pagerduty.open == {f"{ALERT}:2": "acknowledged"}
    await channel.send(notice("closed", episode=2), envelope("step-5", ref=kept))
    assert pagerduty.open == {}


async def test_a_case_opened_again_after_its_end_rings_again(pagerduty: PagerDuty, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    await channel.send(notice("closed"), envelope("step-2", ref=kept))
    await channel.send(notice(episode=2), envelope("step-3", ref=kept))
    assert pagerduty.rings == 2
    assert pagerduty.open == {f"{ALERT}:2": "triggered"}


async def test_a_follow_up_ends_the_alert_that_is_open_whatever_episode_it_speaks_of(
    pagerduty: PagerDuty, channel: Channel
) -> None:
    kept = ref(await channel.send(notice(episode=3), envelope()))
    for episode in (1, 4):
        await channel.send(notice("claimed", episode=episode), envelope("step-2", ref=kept))
        assert pagerduty.open == {f"{ALERT}:3": "acknowledged"}
    await channel.send(notice("closed", episode=1), envelope("step-3", ref=kept))
    assert pagerduty.open == {}


async def test_a_reminder_rings_though_the_case_is_acknowledged_and_ends_with_it(
    pagerduty: PagerDuty, channel: Channel
) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    await channel.send(notice("claimed"), envelope("step-2", ref=kept))
    kept = ref(await channel.send(notice("reminder"), envelope("step-3", ref=kept)))
    assert pagerduty.open == {ALERT: "acknowledged", f"{ALERT}:reminder": "triggered"}
    for key in ("step-3", "step-4"):
        assert ref(await channel.send(notice("reminder"), envelope(key, ref=kept))) == kept
    assert pagerduty.rings == 2
    await channel.send(notice("closed"), envelope("step-5", ref=kept))
    assert pagerduty.open == {}


async def test_a_new_episode_ends_the_reminders_of_the_one_before(pagerduty: PagerDuty, channel: Channel) -> None:
    kept = ref(await channel.send(notice("reminder"), envelope()))
    kept = ref(await channel.send(notice(episode=2), envelope("step-2", ref=kept)))
    assert pagerduty.open == {f"{ALERT}:2": "triggered"}
    assert kept == {"episode": 2}


@pytest.mark.parametrize("fault", [Reply(500), LOST, RESET])
async def test_a_new_episode_rings_once_though_ending_the_old_alert_failed(
    pagerduty: PagerDuty, channel: Channel, fault: Any
) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    plain = pagerduty.answer

    def answer(asked: Any) -> Reply:
        if asked.document["event_action"] == "resolve" and not failed:
            failed.append(fault)
            pagerduty.script.append(fault)
            return Reply(500)
        return plain(asked)

    failed: list[Any] = []
    pagerduty.answer = answer  # type: ignore[method-assign]
    assert isinstance(await channel.send(notice(episode=2), envelope("step-2", ref=kept)), Failed)
    for _ in range(2):
        result = await channel.send(notice(episode=2), envelope("step-2", ref=kept))
    assert result == Delivered({"episode": 2})
    assert pagerduty.rings == 2
    assert pagerduty.open == {f"{ALERT}:2": "triggered"}


async def test_how_urgent_it_is_is_its_severity(pagerduty: PagerDuty, channel: Channel) -> None:
    for what, urgent, severity in (
        ("page", True, "critical"), ("incident", False, "error"), ("incident", True, "critical"),
        ("reminder", False, "error"), ("bundle", False, "warning"), ("reopened", False, "warning"),
    ):  # fmt: skip
        await channel.send(Notice(what, "t", "", f"{DESK}/desk", {}, urgent=urgent), envelope())  # type: ignore[arg-type]
        assert pagerduty.asked[-1].document["payload"]["severity"] == severity


@pytest.mark.parametrize("length", [255, 256, 300])
async def test_a_thread_longer_than_its_key_may_be_is_still_one_alert(
    pagerduty: PagerDuty, channel: Channel, length: int
) -> None:
    kept = ref(await channel.send(notice(), envelope(thread="t" * length)))
    await channel.send(notice("closed"), envelope("step-2", thread="t" * length, ref=kept))
    assert len(pagerduty.alerts) == 1
    assert pagerduty.open == {}


async def test_a_key_pagerduty_does_not_know_is_refused(pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = RIGS["pagerduty"].build(pagerduty, lambda name, value: monkeypatch.setenv(name, "0" * 32))
    assert await stale.send(notice(), envelope()) == Refused("answered 400")
    await stale.close()


@pytest.mark.parametrize("length", [1024, 1025])
async def test_a_summary_is_cut_where_pagerduty_stops_reading(
    pagerduty: PagerDuty, channel: Channel, length: int
) -> None:
    await channel.send(Notice("page", "t" * length, "", f"{DESK}/desk", {}), envelope())
    assert len(pagerduty.asked[0].document["payload"]["summary"]) == 1024


async def test_it_is_not_told_what_would_ring_without_need(channel: Channel) -> None:
    assert channel.tells == {"page", "reminder", "claimed", "contacted", "closed", "incident"}
    assert channel.per_minute is None
