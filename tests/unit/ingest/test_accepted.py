"""How much ingest says of what it accepts."""

from typing import Any

import structlog
from structlog.testing import capture_logs

from events.origin import Origin
from ingest.api.accepted import A_SECOND, AT_ONCE, MOST_IDS, Accepted
from ingest.core.records import Understood

ORIGIN = Origin("r-1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def understood(events: int = 1, type_: str = "survey.answered") -> Understood:
    return Understood([], [("acme", "/x", f"e-{number}") for number in range(events)], {type_: events}, {}, 0)


def said(accepted: Accepted, times: int, **more: Any) -> list[dict[str, Any]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        for _ in range(times):
            accepted.say(understood(**more), ORIGIN)
    return [dict(line) for line in lines]


def test_the_line_names_request_trace_and_events() -> None:
    (line,) = said(Accepted(lambda: 0.0), 1)
    assert line == {
        "event": "accepted",
        "log_level": "info",
        "request_id": "r-1",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "events": 0,
        "ids": ["e-0"],
    }


def test_a_flood_is_told_in_a_bounded_number_of_lines_and_the_next_says_how_many_were_not() -> None:
    now = 0.0
    accepted = Accepted(lambda: now)
    lines = said(accepted, 1000)
    assert [line["log_level"] for line in lines].count("info") == AT_ONCE
    now = 1.0
    later = [line for line in said(accepted, 1000) if line["log_level"] == "info"]
    assert len(later) == A_SECOND
    assert [line.get("untold") for line in later[:2]] == [1000 - AT_ONCE, None]


def test_of_many_events_the_first_are_named_and_of_an_erasure_none() -> None:
    assert len(said(Accepted(lambda: 0.0), 1, events=500)[0]["ids"]) == MOST_IDS
    assert said(Accepted(lambda: 0.0), 1, type_="customer.erased")[0]["ids"] == []
