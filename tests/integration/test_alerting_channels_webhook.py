"""The signed webhook and Apprise, each alone, against a receiver over HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from alerting.channels import quick_start
from alerting.channels.apprise import AppriseChannel
from alerting.channels.apprise import Options as AppriseOptions
from alerting.channels.apprise import build as build_apprise
from alerting.channels.port import Delivered, Failed, Refused
from alerting.channels.webhook import Options, WebhookChannel, build
from alerting.core.message import WHATS, What
from support.notices import envelope, incident, many, notice
from support.receiver import SECRET, Receiver, Reply
from support.receiver import receiver as receiving

NOTICE = notice()
TYPES: dict[What, str] = {
    "page": "case.opened",
    "reminder": "case.reminder",
    "claimed": "case.claimed",
    "contacted": "case.contacted",
    "closed": "case.closed",
    "reopened": "case.reopened",
    "incident": "incident.opened",
    "bundle": "bundle",
}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


@pytest.fixture
async def webhook(receiver: Receiver) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel(receiver.url, SECRET, timeout=0.5)
    yield channel
    await channel.close()


# --- the webhook


async def test_a_webhook_is_signed_and_bears_the_key(webhook: WebhookChannel, receiver: Receiver) -> None:
    assert await webhook.send(NOTICE, envelope("case-1-e1p1-webhook")) == Delivered()
    assert receiver.verified() == NOTICE.data
    assert receiver.got[0][0]["webhook-id"] == "case-1-e1p1-webhook"


async def test_every_transition_is_told_by_its_own_type(webhook: WebhookChannel, receiver: Receiver) -> None:
    assert webhook.tells == frozenset(WHATS) == frozenset(TYPES)
    for what in TYPES:
        told = {"incident": incident(), "bundle": many({"Billing": 3})}.get(what) or notice(what)
        assert await webhook.send(told, envelope(what)) == Delivered()
    await webhook.send(notice("page", step=2), envelope("later"))
    said = [receiver.verified(number)["type"] for number in range(len(receiver.got))]
    assert said == [*TYPES.values(), "case.escalated"]


async def test_what_is_written_in_any_script_is_signed_as_it_is_sent(
    webhook: WebhookChannel, receiver: Receiver
) -> None:
    told = notice(team="Équipe 東京 🙂")
    assert await webhook.send(told, envelope()) == Delivered()
    assert receiver.verified()["data"]["team"] == "Équipe 東京 🙂"


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        ((200, {}), Delivered()),
        ((500, {}), Failed("answered 500")),
        ((503, {"retry-after": "7"}), Failed("answered 503", 7.0)),
        ((429, {"retry-after": "120"}), Failed("answered 429", 120.0)),
        ((429, {"retry-after": "soon"}), Failed("answered 429")),
        ((429, {"retry-after": "Mon, 02 Mar 2020 12:00:00 GMT"}), Failed("answered 429", 0.0)),
        ((408, {}), Failed("answered 408")),
        ((400, {}), Refused("answered 400")),
        ((410, {"retry-after": "7"}), Refused("answered 410")),
        ((302, {"location": "http://127.0.0.1:1/"}), Refused("answered 302: redirects are not followed")),
        (5.0, Failed("no answer within 0.5 s")),
    ],
)
async def test_what_a_receiver_answers_decides(
    webhook: WebhookChannel, receiver: Receiver, reply: Reply | float, result: object
) -> None:
    receiver.script = [reply]
    assert await webhook.send(NOTICE, envelope()) == result


async def test_a_receiver_that_is_not_there_is_tried_again(free_port: int) -> None:
    channel = WebhookChannel(f"http://127.0.0.1:{free_port}/", SECRET)
    assert await channel.send(NOTICE, envelope()) == Failed("could not be reached (ConnectError)")
    await channel.close()


async def test_an_endless_answer_is_not_read() -> None:
    async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()

    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server:
        channel = WebhookChannel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", SECRET)
        assert await channel.send(NOTICE, envelope()) == Delivered()
        await channel.close()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("ftp://canary.example", SECRET, "https"),
        ("http://canary.example/hook", SECRET, "must be https"),
        ("https://canary.example/hook", "canary", "must be whsec_ and base64"),
        ("https://canary.example/hook", "whsec_Y2FuYXJ5", "at least 24 random bytes"),
    ],
)
def test_options_that_cannot_work_are_told_so(
    monkeypatch: pytest.MonkeyPatch, url: str, secret: str, words: str
) -> None:
    monkeypatch.setenv("HOOK_URL", url)
    monkeypatch.setenv("HOOK_SECRET", secret)
    with pytest.raises(ValidationError, match=words) as caught:
        Options.model_validate({"url": {"env": "HOOK_URL"}, "secret": {"env": "HOOK_SECRET"}})
    assert "canary" not in str(caught.value)


async def test_a_webhook_of_the_on_call_file_has_the_name_and_limit_it_is_given(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_URL", receiver.url)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    said: dict[str, Any] = {"url": {"env": "HOOK_URL"}, "secret": {"env": "HOOK_SECRET"}}
    made = build("crm", Options.model_validate({**said, "per_minute": 30}))
    assert (made.name, made.kind, made.per_minute, made.personal) == ("crm", "webhook", 30, False)
    assert await made.send(NOTICE, envelope()) == Delivered()
    assert build("crm", Options.model_validate(said)).per_minute is None
    await made.close()


# --- Apprise


async def test_apprise_delivers_title_and_text(receiver: Receiver) -> None:
    channel = AppriseChannel(f"json://127.0.0.1:{receiver.port}/")
    assert await channel.send(NOTICE, envelope()) == Delivered()
    body = json.loads(receiver.got[0][1])
    assert (body["title"], body["message"]) == (NOTICE.title, NOTICE.text)
    await channel.close()


async def test_apprise_says_when_a_service_fails_or_is_slow(receiver: Receiver) -> None:
    channel = AppriseChannel(f"json://127.0.0.1:{receiver.port}/", timeout=0.5)
    receiver.script = [(500, {}), 3.0]
    assert await channel.send(NOTICE, envelope()) == Failed("was not accepted, or the service could not be reached")
    assert await channel.send(NOTICE, envelope()) == Failed("no answer within 0.5 s")
    await channel.close()


async def test_an_apprise_url_that_is_none_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL", "canary://nowhere")
    with pytest.raises(ValidationError, match="is not a URL Apprise knows") as caught:
        AppriseOptions.model_validate({"url": {"env": "URL"}})
    assert "canary" not in str(caught.value)
    monkeypatch.setenv("URL", "json://127.0.0.1:1/")
    made = build_apprise("team", AppriseOptions.model_validate({"url": {"env": "URL"}}))
    assert (made.name, made.kind, made.per_minute) == ("team", "apprise", 20)
    await made.close()


# --- what environment variables name


def test_every_url_is_a_destination_with_a_stable_name_that_tells_no_secret() -> None:
    urls = ("json://user:canary@127.0.0.1:1/", "mailto://canary:pass@mail.example")
    names = [channel.name for channel in quick_start("https://hooks.example/canary", SECRET, (*urls, urls[0]))]
    assert names == [channel.name for channel in quick_start("https://hooks.example/canary", SECRET, urls)]
    assert names[0] == "webhook"
    assert len(set(names)) == 3
    assert not any("canary" in name or "." in name for name in names)


def test_without_variables_there_is_no_destination() -> None:
    assert quick_start(None, None, ()) == ()
    assert quick_start("https://hooks.example/", None, ()) == ()
