"""Slack as people see it: against a server that keeps messages, threads and direct messages as Slack does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from alerting.channels.port import Channel, Delivered, Failed, Refused, Result
from alerting.core.message import FOLLOW_UPS, What
from support.channel_rigs import PERSON, RIGS
from support.notices import CASE, DESK, envelope, incident, many, notice
from support.vendor_channels import Slack
from support.vendor_http import LOST, Reply, serving

ROOM = "C0123456"


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with serving(Slack()) as found:
        yield found
        assert found.complaints == []


@pytest.fixture
async def channel(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Channel]:
    found = RIGS["slack"].build(slack, monkeypatch.setenv)
    yield found
    await found.close()


def ref(result: Result) -> Any:
    assert isinstance(result, Delivered)
    return result.ref


def title(document: dict[str, Any]) -> str:
    return str(document["blocks"][0]["text"]["text"])


def buttons(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for block in document["blocks"] if block["type"] == "actions" for each in block["elements"]]


def error(said: str) -> Reply:
    return Reply(200, {"ok": False, "error": said})


async def test_a_page_is_one_message_with_the_facts_and_a_button_to_the_desk(slack: Slack, channel: Channel) -> None:
    result = await channel.send(notice(), envelope())
    assert ref(result) == {"channel": ROOM, "ts": slack.posts[0].ts}
    document = slack.posts[0].document
    assert title(document) == "Unhappy customer: 1 on 1-5, Billing, voice"
    assert document["text"] == title(document)
    assert "Team\nBilling" in [each["text"] for each in document["blocks"][1]["fields"]]
    assert "2026-03-02 11:00 UTC" in document["blocks"][2]["elements"][0]["text"]
    assert buttons(document) == [
        {
            "type": "button", "action_id": "open", "style": "primary", "url": f"{DESK}/desk/cases/{CASE}",
            "text": {"type": "plain_text", "text": "Open at the desk", "emoji": False},
        }
    ]  # fmt: skip


async def test_the_link_can_be_text_where_the_app_answers_no_clicks(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = RIGS["slack"].build(slack, monkeypatch.setenv, buttons=False)
    await plain.send(notice(), envelope())
    assert buttons(slack.posts[0].document) == []
    link = f"<{DESK}/desk/cases/{CASE}|Open at the desk>"
    assert slack.posts[0].document["blocks"][-1]["text"] == {"type": "mrkdwn", "text": link}
    await plain.close()


@pytest.mark.parametrize("what", sorted(FOLLOW_UPS))
async def test_what_follows_updates_the_message_and_wakes_nobody(slack: Slack, channel: Channel, what: What) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    followed = notice(what, by="Dana Reyes", outcome="recovered")
    assert await channel.send(followed, envelope("step-2", ref=kept)) == Delivered()
    assert len(slack.posts) == 1
    assert slack.posts[0].updates == 1
    assert title(slack.posts[0].document) == followed.title
    assert ("Reach the customer by" in str(slack.posts[0].document)) == (what in ("claimed", "reopened"))


async def test_an_escalation_updates_the_message_and_is_heard_by_the_whole_room(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    assert await channel.send(notice(step=2), envelope("step-2", ref=kept)) == Delivered()
    first, reply = slack.posts
    assert title(first.document).startswith("Still waiting (2): ")
    assert reply.thread_ts == first.ts
    assert reply.document["reply_broadcast"] is True
    assert title(reply.document) == title(first.document)
    assert buttons(reply.document)


async def test_a_reminder_is_a_reply_and_leaves_the_message_as_it_is(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope(to=PERSON)))
    assert await channel.send(notice("reminder"), envelope("step-2", to=PERSON, ref=kept)) == Delivered()
    first, reply = slack.posts
    assert first.updates == 0
    assert reply.thread_ts == first.ts
    assert reply.document["reply_broadcast"] is False


async def test_a_person_is_written_to_directly_and_their_message_updated_there(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope(to=PERSON)))
    assert kept["channel"] == f"D{PERSON[1:]}"
    assert await channel.send(notice("claimed", by="Ravi"), envelope("step-2", to=PERSON, ref=kept)) == Delivered()
    assert [post.updates for post in slack.posts] == [1]


async def test_many_cases_in_one_message_touch_no_cases_message(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    assert await channel.send(many({"Billing": 11, None: 1}), envelope("bundle-1", ref=kept)) == Delivered()
    assert [title(post.document) for post in slack.posts] == [notice().title, "12 more cases wait"]
    assert "Billing\n11" in [each["text"] for each in slack.posts[1].document["blocks"][1]["fields"]]
    assert slack.posts[0].updates == 0


async def test_an_incident_is_told_without_a_case(slack: Slack, channel: Channel) -> None:
    assert ref(await channel.send(incident(), envelope("i-1", thread="incident-1"))) is not None
    assert title(slack.posts[0].document) == "Incident: Long waits in Billing"
    assert "Reach the customer by" not in str(slack.posts[0].document)
    assert buttons(slack.posts[0].document)[0]["url"] == f"{DESK}/desk/incidents/{CASE}"


async def test_a_message_somebody_deleted_is_posted_anew_and_kept_up_to_date_from_then_on(
    slack: Slack, channel: Channel
) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    slack.posts.clear()
    anew = ref(await channel.send(notice("claimed", by="Dana"), envelope("step-2", ref=kept)))
    assert anew == {"channel": ROOM, "ts": slack.posts[0].ts}
    assert await channel.send(notice("closed", by="Dana"), envelope("step-3", ref=anew)) == Delivered()
    assert len(slack.posts) == 1


async def test_where_late_edits_are_forbidden_a_new_message_says_how_it_went_on(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    slack.editable = False
    assert ref(await channel.send(notice(step=2), envelope("step-2", ref=kept))) is not None
    assert [post.thread_ts for post in slack.posts] == [None, None]


async def test_a_message_whose_answer_was_lost_appears_twice_with_one_key(slack: Slack, channel: Channel) -> None:
    slack.script.append(LOST)
    assert isinstance(await channel.send(notice(), envelope()), Failed)
    assert isinstance(await channel.send(notice(), envelope()), Delivered)
    assert [post.document["metadata"]["event_payload"] for post in slack.posts] == [{"key": "step-1"}] * 2


async def test_an_update_that_is_repeated_is_still_one_message(slack: Slack, channel: Channel) -> None:
    kept = ref(await channel.send(notice(), envelope()))
    slack.script.append(LOST)
    assert isinstance(await channel.send(notice("closed"), envelope("step-2", ref=kept)), Failed)
    assert await channel.send(notice("closed"), envelope("step-2", ref=kept)) == Delivered()
    assert len(slack.posts) == 1


@pytest.mark.parametrize(
    "said", ["ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"]
)
async def test_what_slack_says_may_pass_is_failed(slack: Slack, channel: Channel, said: str) -> None:
    slack.script.append(error(said))
    assert await channel.send(notice(), envelope()) == Failed(f"Slack says {said}")


async def test_the_wait_slack_asks_for_is_said(slack: Slack, channel: Channel) -> None:
    slack.script.append(Reply(200, {"ok": False, "error": "ratelimited"}, {"retry-after": "30"}))
    assert await channel.send(notice(), envelope()) == Failed("Slack says ratelimited", 30.0)
    slack.script.append(Reply(429, {"ok": False, "error": "ratelimited"}, {"retry-after": "30"}))
    assert await channel.send(notice(), envelope()) == Failed("answered 429", 30.0)


@pytest.mark.parametrize(
    "said", ["channel_not_found", "invalid_auth", "is_archived", "missing_scope", "not_in_channel", "token_revoked"]
)
async def test_what_an_operator_has_to_mend_is_refused(slack: Slack, channel: Channel, said: str) -> None:
    slack.script.append(error(said))
    assert await channel.send(notice(), envelope()) == Refused(f"Slack says {said}")


async def test_a_200_that_is_not_slacks_is_no_delivery(slack: Slack, channel: Channel) -> None:
    for body in (b"<html>sign in to the Wi-Fi</html>", b"{}", b'{"ok": "true"}', b'{"ok": false, "error": "See <x>"}'):
        slack.script.append(Reply(200, body))
        assert isinstance(await channel.send(notice(), envelope()), Failed)


async def test_an_answer_as_long_as_slacks_may_be_is_read_and_a_longer_one_is_not(
    slack: Slack, channel: Channel
) -> None:
    for size, result in ((500_000, Delivered), (2_000_000, Failed)):
        slack.script.append(Reply(200, {"ok": True, "channel": ROOM, "ts": "1.000000", "message": "x" * size}))
        assert isinstance(await channel.send(notice(), envelope()), result)


async def test_a_token_that_is_not_the_workspaces_is_refused(slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("support.vendor_channels.SLACK_TOKEN", "xoxb-another")
    stale = RIGS["slack"].build(slack, lambda name, value: monkeypatch.setenv(name, "xoxb-revoked"))
    assert await stale.send(notice(), envelope()) == Refused("Slack says invalid_auth")
    await stale.close()


async def test_somebody_slack_does_not_know_is_refused(channel: Channel) -> None:
    assert await channel.send(notice(), envelope(to="U9999999")) == Refused("Slack says channel_not_found")
