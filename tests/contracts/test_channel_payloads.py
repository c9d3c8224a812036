"""Whatever is told, what goes out is what the vendor takes, and no name in it becomes mark-up."""

import asyncio
import contextlib
import re
import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.channels.port import Channel, Delivered, Envelope
from alerting.channels.text import fit, headline
from alerting.core.message import Notice
from support.channel_rigs import RIGS, Rig
from support.notices import CASE, TRICKY, any_notice, notice
from support.vendor_http import Asked, serving

REFS = {
    "slack": [None, {"channel": "C0123456", "ts": "1700000000.000001"}],
    "pagerduty": [None, {"episode": 1}, {"episode": 7, "reminded": True}],
    "opsgenie": [None, {"episode": 1}, {"episode": 7, "request": "x"}],
}
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@contextlib.contextmanager
def running(rig: Rig, **more: Any) -> Iterator[tuple[asyncio.Runner, Any, Channel]]:
    with asyncio.Runner() as runner, pytest.MonkeyPatch.context() as patched, contextlib.ExitStack() as stack:
        server = serving(rig.vendor())
        vendor: Any = runner.run(server.__aenter__())
        stack.callback(lambda: runner.run(server.__aexit__(None, None, None)))

        async def build() -> Channel:
            return rig.build(vendor, patched.setenv, **more)

        channel = runner.run(build())
        stack.callback(lambda: runner.run(channel.close()))
        yield runner, vendor, channel


@pytest.mark.parametrize("rig", RIGS.values(), ids=lambda rig: rig.kind)
def test_any_notice_is_what_the_vendor_takes(rig: Rig) -> None:
    with running(rig) as (runner, vendor, channel):
        refs = st.sampled_from(REFS.get(rig.kind, [None]))
        threads = st.just(str(CASE)) | st.text("thread-0:", min_size=1, max_size=700)

        @MANY
        @given(any_notice(), refs, threads, st.text(string.ascii_letters + string.digits + "-_.:", min_size=1))
        def holds(told: Notice, ref: Any, thread: str, key: str) -> None:
            sent = channel.send(told, Envelope(key, thread, rig.to, ref))
            assert isinstance(runner.run(_within(sent)), Delivered)
            assert vendor.complaints == []

        holds()


async def _within(sent: Any) -> Any:
    return await sent


@pytest.mark.parametrize("buttons", [True, False])
def test_in_slack_no_text_of_ours_is_read_as_mark_up(buttons: bool) -> None:
    with running(RIGS["slack"], buttons=buttons) as (runner, vendor, channel):

        @MANY
        @given(any_notice())
        def holds(told: Notice) -> None:
            vendor.asked.clear()
            runner.run(_within(channel.send(told, Envelope("k", "t"))))
            message = vendor.asked[-1].document
            for marked in _marked(message["blocks"]):
                assert re.fullmatch(r"Reach the customer by <!date\^[^<>]*>|<https://amends[^<>|]*\|[^<>|]*>", marked)
            assert not set("<>") & set(message["text"])
            assert message["mrkdwn"] is message["link_names"] is False

        holds()
        assert vendor.complaints == []


def _marked(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _marked(part)


@pytest.mark.parametrize("name", [name for name in TRICKY if name.strip()])
@pytest.mark.parametrize("rig", RIGS.values(), ids=lambda rig: rig.kind)
def test_a_name_arrives_as_it_is_written(rig: Rig, name: str) -> None:
    with running(rig) as (runner, vendor, channel):
        runner.run(_within(channel.send(notice(team=name), Envelope("k", "t", rig.to if rig.personal else None))))
        assert any(name in text for text in _texts(vendor.asked[-1]))


def _texts(asked: Asked) -> Iterator[str]:
    if asked.headers["content-type"].startswith("application/json"):
        yield from _strings(asked.document)
    else:
        yield from dict(parse_qsl(asked.body.decode())).values()


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(part)


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 50))
def test_what_fits_is_no_longer_than_that_and_what_did_fit_is_not_cut(text: str, most: int) -> None:
    short = fit(text, most)
    assert len(short.encode("utf-16-le")) // 2 <= most
    assert "\x00" not in short
    if text.isascii() and text.isprintable() and len(text.strip()) <= most:
        assert short == text.strip()
    elif text.isascii() and text.isprintable():
        assert short.endswith("…")


@given(any_notice(), st.integers(2, 200))
def test_a_headline_is_one_line_and_says_something(told: Notice, most: int) -> None:
    line = headline(told, most)
    assert line.strip()
    assert "\n" not in line
    assert len(line.encode("utf-16-le")) // 2 <= most or line == "Amends"
