"""One suite over every kind of channel that posts over HTTP: what comes of an answer, and of none."""

import asyncio
import contextlib
import logging
import re
import textwrap
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerting import oncall_file
from alerting.channels import KINDS
from alerting.channels.http import TIMEOUT_SECONDS
from alerting.channels.port import Channel, Delivered, Envelope, Failed, Refused
from alerting.core.message import WHATS, Notice
from support.channel_rigs import RIGS, Rig
from support.notices import envelope, incident, many, notice
from support.until import until
from support.vendor_http import DRIP, LOST, RESET, SILENCE, Fault, Half, Reply, serving


@dataclass
class Wired:
    rig: Rig
    vendor: Any
    channel: Channel

    @property
    def secrets(self) -> list[str]:
        """What must be found nowhere; of a URL, the part that is secret and where it leads."""
        said = [*self.rig.secrets(self.vendor).values(), self.rig.to or ""]
        parts = {part for one in said for part in (one, one.partition("sig=")[2]) if part}
        return [*parts, f"127.0.0.1:{self.vendor.port}"]

    def envelope(self, **more: Any) -> Envelope:
        return envelope(to=self.rig.to if self.rig.personal else None, **more)

    def to_a_person(self) -> Envelope:
        return envelope(to=self.rig.to)

    def hidden_in(self, text: str) -> bool:
        return not [secret for secret in self.secrets if secret in text]


@contextlib.asynccontextmanager
async def wiring(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wired]:
    async with serving(rig.vendor()) as vendor:
        channel = rig.build(vendor, monkeypatch.setenv)
        yield Wired(rig, vendor, channel)
        await channel.close()


@pytest.fixture(params=RIGS.values(), ids=lambda rig: rig.kind)
async def wired(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wired]:
    async with wiring(request.param, monkeypatch) as found:
        yield found


async def test_what_was_taken_is_delivered(wired: Wired) -> None:
    assert isinstance(await wired.channel.send(notice(), wired.envelope()), Delivered)
    assert len(wired.vendor.asked) == 1
    assert wired.vendor.complaints == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_pass_is_failed(wired: Wired, status: int) -> None:
    wired.vendor.script.append(Reply(status, b"<html>later</html>"))
    assert await wired.channel.send(notice(), wired.envelope()) == Failed(f"answered {status}")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_wait_that_was_asked_for_is_said(wired: Wired, status: int) -> None:
    vendor_says = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    until_then = format_datetime(vendor_says + timedelta(seconds=90), usegmt=True)
    for headers, after in (
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": until_then, "date": format_datetime(vendor_says, usegmt=True)}, 90.0),
        ({"retry-after": "Mon, 02 Mar 2020 12:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
    ):
        wired.vendor.script.append(Reply(status, headers=headers))
        assert await wired.channel.send(notice(), wired.envelope()) == Failed(f"answered {status}", after), headers


async def test_a_connection_that_breaks_is_failed(wired: Wired) -> None:
    wired.vendor.script.append(RESET)
    assert isinstance(await wired.channel.send(notice(), wired.envelope()), Failed)


@pytest.mark.parametrize("status", [200, 202])
async def test_what_was_taken_is_delivered_though_the_rest_of_the_answer_never_came(wired: Wired, status: int) -> None:
    wired.vendor.script.append(Half(status))
    result = await wired.channel.send(notice(), wired.envelope())
    # Slack says in the body whether it took the message.
    assert isinstance(result, Failed if wired.rig.kind == "slack" else Delivered)


async def test_a_status_counts_though_the_rest_of_the_answer_never_came(wired: Wired) -> None:
    wired.vendor.script.append(Half(500))
    assert await wired.channel.send(notice(), wired.envelope()) == Failed("answered 500")
    wired.vendor.script.append(Half(410))
    assert await wired.channel.send(notice(), wired.envelope()) == Refused("answered 410")


async def test_a_vendor_that_is_not_there_is_failed(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    wired.vendor.port = 1  # nothing listens on it
    channel = wired.rig.build(wired.vendor, monkeypatch.setenv)
    assert isinstance(await channel.send(notice(), wired.envelope()), Failed)
    await channel.close()


async def test_silence_is_failed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(rig: Rig, fault: Fault) -> Any:
        async with wiring(rig, monkeypatch) as wired:
            wired.vendor.script.append(fault)
            return await asyncio.wait_for(wired.channel.send(notice(), wired.envelope()), TIMEOUT_SECONDS + 20)

    for fault in (SILENCE, DRIP):
        for result in await asyncio.gather(*(silent(rig, fault) for rig in RIGS.values())):
            assert isinstance(result, Failed)
            assert re.fullmatch(r"no answer within \d+ s", result.problem)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
async def test_what_will_not_help_to_try_again_is_refused(wired: Wired, status: int) -> None:
    wired.vendor.script.append(Reply(status, {"message": " ".join(wired.secrets)}))
    result = await wired.channel.send(notice(), wired.to_a_person())
    assert isinstance(result, Refused)
    assert str(status) in result.problem
    assert wired.hidden_in(result.problem)


async def test_a_redirect_is_not_followed(wired: Wired) -> None:
    async with serving(wired.rig.vendor()) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            wired.vendor.script.append(Reply(status, headers={"location": elsewhere.url}))
            result = await wired.channel.send(notice(), wired.envelope())
            assert result == Refused(f"answered {status}: redirects are not followed")
        assert elsewhere.asked == []


async def test_a_repeat_repeats_itself_exactly(wired: Wired) -> None:
    for fault in (Reply(500), RESET, LOST):
        wired.vendor.script.append(fault)
        assert isinstance(await wired.channel.send(notice(), wired.envelope()), Failed)
    assert isinstance(await wired.channel.send(notice(), wired.envelope()), Delivered)
    assert len({(asked.path, asked.body) for asked in wired.vendor.asked}) == 1
    if wired.rig.key is not None:
        assert len({wired.rig.key(asked) for asked in wired.vendor.asked}) == 1


@pytest.mark.parametrize("what", WHATS)
async def test_whatever_is_told_and_whatever_comes_of_it_nothing_is_raised(wired: Wired, what: Any) -> None:
    odd = Notice(what, "", "", "", {})
    answers: list[Reply | Fault | Half | None] = [
        None, RESET, LOST, Half(200), Reply(200, b"\xff"), Reply(200, b"[" * 40_000), Reply(200, b"x" * 100_000),
        Reply(200, {"ok": False, "error": 7}), Reply(200, {"ok": True, "ts": 7}), Reply(202, b"null"),
        Reply(299, b"", {"content-encoding": "gzip"}), Reply(200, b"not gzip", {"content-encoding": "gzip"}),
        Reply(200, b"", {"retry-after": "9" * 400}), Reply(429, b"", {"retry-after": "9" * 400, "date": "soon"}),
    ]  # fmt: skip
    usual = {"incident": incident(), "bundle": many({"Billing": 3})}.get(what) or notice(what)
    for told in (odd, usual):
        for answer in answers:
            if answer is not None:
                wired.vendor.script.append(answer)
            for ref in (
                None,
                {},
                {"channel": "C0123456", "ts": "1.000000", "episode": 3},
                {"episode": "x", "ts": None},
            ):
                result = await wired.channel.send(told, wired.envelope(ref=ref))
                assert isinstance(result, Delivered | Failed | Refused)
                assert isinstance(result, Delivered) or wired.hidden_in(result.problem)


@pytest.mark.parametrize("key", ["", "é", "a b", "a\nb", "x" * 5000])
async def test_whatever_the_key_nothing_is_raised(wired: Wired, key: str) -> None:
    told = Envelope(key, key, wired.envelope().to)
    assert isinstance(await wired.channel.send(notice(), told), Delivered | Failed | Refused)


async def test_close_ends_everything(wired: Wired) -> None:
    wired.vendor.script.append(SILENCE)
    sending = asyncio.create_task(wired.channel.send(notice(), wired.envelope()))
    await until(lambda: wired.vendor.asked, "the message is under way")
    await wired.channel.close()
    assert isinstance(await asyncio.wait_for(sending, TIMEOUT_SECONDS / 2), Failed)
    await until(lambda: wired.vendor.open_connections == 0, "no connection is left")
    assert isinstance(await wired.channel.send(notice(), wired.envelope()), Failed)


async def test_no_secret_and_no_address_is_shown_or_logged(wired: Wired, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await wired.channel.send(notice(), wired.to_a_person())
    options = KINDS[wired.rig.kind].options.model_validate(wired.rig.options(wired.vendor))
    for shown in (repr(wired.channel), str(wired.channel), repr(options), str(options), caplog.text):
        assert not [secret for secret in wired.secrets[:-1] if secret in shown]


async def test_a_personal_channel_without_an_address_is_refused(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = wired.channel
    if wired.rig.kind == "slack":
        channel = wired.rig.build(wired.vendor, monkeypatch.setenv, room=None)
        assert channel.personal
    result = await channel.send(notice(), envelope())
    assert isinstance(result, Refused if channel.personal else Delivered)
    assert len(wired.vendor.asked) == (0 if channel.personal else 1)
    if channel.personal:
        assert isinstance(await channel.send(notice(), wired.to_a_person()), Delivered)
    await channel.close()


async def test_it_says_what_it_is(wired: Wired) -> None:
    channel = wired.channel
    assert channel.kind == wired.rig.kind
    assert channel.personal == wired.rig.personal
    assert channel.name == f"the-{channel.kind}"
    assert channel.at_once >= 1
    assert channel.per_minute is None or channel.per_minute >= 1
    assert "page" in channel.tells
    assert channel.tells <= set(WHATS)


@pytest.mark.parametrize("rig", RIGS.values(), ids=lambda rig: rig.kind)
def test_options_that_are_wrong_are_refused_without_being_repeated(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = rig.vendor()
    vendor.port = 1
    secret = next(iter(rig.secrets(vendor)))
    for wrong in ("", "http://canary.example.org/with a space é"):
        monkeypatch.setenv(secret, wrong)
        with pytest.raises(ValueError, match=r"empty or not set|must be|odd character") as refused:
            KINDS[rig.kind].options.model_validate(rig.options(vendor))
        assert "canary" not in str(refused.value)
    monkeypatch.setenv(secret, rig.secrets(vendor)[secret])
    for more in ({"colour": "red"}, {"api": "http://amends.example.org"}):
        with pytest.raises(ValueError, match=r"Extra inputs|must be https"):
            KINDS[rig.kind].options.model_validate({**rig.options(vendor), **more})


def test_every_kind_that_posts_over_http_is_tried_here() -> None:
    assert set(RIGS) == set(KINDS) - {"email", "apprise"}  # these have protocols and suites of their own


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_is_documented(kind: str) -> None:
    pages = (Path(__file__).parents[2] / "docs/channels.md").read_text().split("\n## ")
    told = next(page for page in pages if f"| `kind` | required | `{kind}`" in page)
    for option in KINDS[kind].options.model_fields:
        assert f"| `{option}` |" in told, option


async def test_the_example_on_the_page_is_taken_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs/channels.md").read_text()
    example = textwrap.dedent(re.split(r"\n\n(?=    channels:)", page)[1].partition("\n\n")[0])
    for rig in RIGS.values():
        for name, value in rig.secrets(rig.vendor()).items():
            monkeypatch.setenv(name, value)
    built = oncall_file.parse(yaml.safe_load(example)).build()
    assert [(channel.name, channel.kind) for channel in built][:4] == [
        ("room", "slack"), ("floor", "teams"), ("pager", "pagerduty"), ("backup", "opsgenie"),
    ]  # fmt: skip
    for channel in built:
        await channel.close()
