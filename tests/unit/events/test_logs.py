"""What a log line says of an error, and how often."""

import asyncio
import gc
import json
import logging
import subprocess
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import structlog

from events.runtime.logs import IDENTIFIERS, configure_logging

OURS = "r-609726f18afe27b06779ac757cc4e41d"
DIGEST = (
    "~" + subprocess.check_output("printf %s anna.meier-17 | sha256sum | cut -c1-12", shell=True, text=True).strip()
)
"""As docs/tracing.md says it is found."""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_foreign_error_is_a_json_line_without_the_message_of_its_exception(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging()
    try:
        raise ValueError("canary")
    except ValueError:
        logging.getLogger("asyncio").exception("a task failed")
    [line] = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("a task failed", "asyncio", "error")
    assert "ValueError" in str(line["exception"])
    assert "canary" not in str(line)


def test_the_same_foreign_complaint_is_heard_once_in_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    for port in range(50):
        logging.getLogger("aiokafka").error("Unable to connect to %s", port)
    logging.getLogger("aiokafka").error("something else")
    assert [line["event"] for line in lines(capsys)] == ["Unable to connect to 0", "something else"]


def test_every_line_says_which_service_it_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "ingest")
    structlog.get_logger().info("ours", topic="mentions")
    logging.getLogger("asyncio").error("theirs")
    ours, theirs = lines(capsys)
    assert (ours["service"], theirs["service"]) == ("ingest", "ingest")
    assert ours["version"] == theirs["version"] == version("amends-ingest")
    assert (ours["event"], ours["topic"]) == ("ours", "mentions")


def test_whatever_a_sender_calls_a_thing_is_a_digest_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    said: dict[str, object] = dict.fromkeys(IDENTIFIERS, "anna.meier-17") | {"ids": ["anna.meier-17", OURS]}
    structlog.get_logger().info("accepted", **said)
    [line] = lines(capsys)
    assert line.items() >= {"event_id": DIGEST, "id": DIGEST, "request_id": DIGEST}.items()
    assert line["ids"] == [DIGEST, OURS]


def test_a_loop_says_what_happened_and_not_with_what(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()

    async def begin() -> None:
        async def fail(with_what: str) -> None:
            raise ValueError(with_what)

        asyncio.get_running_loop().call_soon(int, "canary")
        task = asyncio.create_task(fail("canary"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(begin())
    said = [str(line["event"]) for line in lines(capsys)]
    assert [each.split()[0] for each in said] == ["Exception", "Task"]
    assert "canary" not in str(said)


def test_on_a_terminal_lines_are_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    configure_logging("info", "ingest")
    structlog.get_logger().info("ours", request_id="r-1")
    told = capsys.readouterr().err
    assert "ours" in told
    with pytest.raises(json.JSONDecodeError):
        json.loads(told)
