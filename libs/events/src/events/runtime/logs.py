"""Logs: JSON lines on standard error, ours and other people's, that say where an error happened but not with what.
Senders' identifiers are in them only where they tell of nobody by their form, else as digests (``events.opaque``).

Every line says which service it is of, in which version, and, where spans are told, what was being done.
"""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from events.opaque import opaque
from events.runtime import tracing

QUIET_SECONDS = 10.0
IDENTIFIERS = ("event_id", "id", "ids", "request_id")
"""The fields of our lines that hold what a sender chose: a text, or a list of them."""


def configure_logging(level: str = "info", service: str | None = None) -> None:
    """Call once, from a service's main. Foreign loggers speak from warning up. On a terminal lines are for people.

    Args:
        service: its name, for every line; None for a command, whose lines are read by who started it.
    """
    about = {} if service is None else {"service": service, "version": version(f"amends-{service}")}
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Foreign(about))
    handler.addFilter(_Seldom())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_it_broke,
            _identifying_nobody,
            lambda _, __, entry: {**about, **tracing.now(), **entry},
            structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class _Foreign(logging.Formatter):
    """A foreign line as JSON, its exception without the message. ``about``: what every line says."""

    def __init__(self, about: Mapping[str, str]) -> None:
        super().__init__()
        self._about = about

    def format(self, record: logging.LogRecord) -> str:
        said = {"event": _stated(record), "logger": record.name, "level": record.levelname.lower()}
        entry: dict[str, Any] = {**self._about, **tracing.now(), **said}
        if record.exc_info and record.exc_info[1]:
            entry |= {"exception": places(record.exc_info[1])}
        return json.dumps(entry | {"timestamp": datetime.fromtimestamp(record.created, UTC).isoformat()})


class _Seldom(logging.Filter):
    """The same complaint of a foreign library at most every 10 s: a client without its broker makes 90 a second."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(key, -QUIET_SECONDS) < QUIET_SECONDS:
            return False
        self._said[key] = now
        return True


def _stated(record: logging.LogRecord) -> str:
    """The message, of asyncio's no more than what happened: to whom it adds in full, with arguments and exceptions."""
    said = record.getMessage()
    return re.split(r"\n|<|\((?!\))", said, maxsplit=1)[0] if record.name == "asyncio" else said


def _identifying_nobody(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in IDENTIFIERS:
        if isinstance(value := entry.get(name), str):
            entry[name] = opaque(value)
        elif isinstance(value, list):
            entry[name] = [opaque(each) for each in value]
    return entry


def _where_it_broke(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and the places it passed, never its message: that may hold what a customer said."""
    found = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        entry["exception"] = places(error)
    return entry


def places(error: BaseException) -> list[str]:
    """The type of an error, and the file, line and function of each frame it passed, outermost first."""
    if isinstance(error, BaseExceptionGroup):
        return [line for inner in error.exceptions for line in places(inner)]
    frames = traceback.extract_tb(error.__traceback__)
    return [type(error).__name__, *(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)]
