"""What a log line says of an error, and how often."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from events.runtime.logs import configure_logging


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
