"""When topics may be given more partitions, and what is said of those that differ."""

import pytest

from events.runtime.kafka.raising import Unread, objection
from events.topics import uneven


@pytest.mark.parametrize(
    ("number", "members", "unread", "says"),
    [
        (12, {}, {}, ""),
        (6, {"scoring": 0}, {("scoring", "mentions"): 0}, ""),
        (5, {}, {}, "partitions are never taken away: alerts has 6, mentions has 6, more than 5"),
        (
            12,
            {"alerting": 2, "scoring": 0},
            {},
            "not raised, processes still read: stop alerting (2) (docs/scaling.md)",
        ),
        (
            12,
            {"alerting": 1},
            {("scoring", "alerts"): 7, ("alerting", "mentions"): 0},
            "not raised, processes still read: stop alerting (1);"
            " records are unread: scoring has 7 of alerts to read (docs/scaling.md)",
        ),
    ],
)
def test_topics_are_raised_when_nobody_reads_and_nothing_is_unread(
    number: int, members: dict[str, int], unread: Unread, says: str
) -> None:
    assert objection({"mentions": 6, "alerts": 6}, number, members, unread) == says


def test_topics_that_differ_are_told_with_their_numbers() -> None:
    assert uneven({"alerts": 6, "mentions": 6}) == ""
    assert uneven({}) == ""
    assert uneven({"mentions": 12, "alerts": 6, "customers": 12}).endswith(
        "do not meet: 6 in alerts; 12 in customers, mentions"
    )
