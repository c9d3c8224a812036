"""When many unhappy customers are an incident, and what the on-call file may say of it."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.core.incidents import CloseIncident, IncidentRule, Sighting, burst, title
from alerting.core.incidents.detect import Burst
from alerting.core.incidents.file import IncidentsSection

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = IncidentRule("queue", "team", 3, 10 * MINUTE, "maria")
SAID = {"name": "queue", "by": "team", "cases": 5, "within": "30m", "owner": "maria"}


def seen(*minutes: float, customer: str | None = None) -> list[Sighting]:
    return [Sighting(UUID(int=n), START + m * MINUTE, customer or f"cus-{n}") for n, m in enumerate(minutes)]


def test_exactly_the_length_of_time_is_still_within_it() -> None:
    assert burst(RULE, seen(0, 5, 10)) == Burst(3, START, START + 10 * MINUTE)
    assert burst(RULE, seen(0, 5, 10.001)) is None


def test_the_stretch_may_lie_anywhere() -> None:
    found = burst(RULE, seen(0, 30, 60, 61, 62, 90))
    assert found == Burst(3, START + 60 * MINUTE, START + 62 * MINUTE)


def test_a_customer_who_complains_twice_counts_once() -> None:
    assert burst(RULE, [*seen(0, 1, 2, customer="cus-1"), *seen(3)]) is None


def test_a_customer_who_is_left_behind_counts_no_more() -> None:
    assert burst(RULE, [*seen(0, customer="a"), *seen(9, customer="b"), *seen(11, customer="c")]) is None


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from("abcdef")), max_size=12),
    st.integers(2, 5),
    st.integers(1, 20),
)
def test_it_is_found_just_where_looking_at_every_group_finds_it(
    said: list[tuple[int, str]], cases: int, minutes: int
) -> None:
    sightings = [Sighting(UUID(int=n), START + m * MINUTE, who) for n, (m, who) in enumerate(said)]
    rule = IncidentRule("queue", "team", cases, minutes * MINUTE, "maria")
    expected = any(
        len({one.customer for one in group}) == cases
        and max(one.at for one in group) - min(one.at for one in group) <= rule.within
        for group in combinations(sightings, cases)
    )
    assert (burst(rule, reversed(sightings)) is not None) == expected


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(0), "1 min"),
        (timedelta(seconds=61), "2 min"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(hours=4), "4 h"),
    ],
)
def test_the_title_says_how_many_and_how_fast(length: timedelta, shown: str) -> None:
    assert title(RULE, "billing", Burst(5, START, START + length)) == f"5 unhappy customers in {shown}: team billing"


def test_the_section_makes_rules() -> None:
    section = IncidentsSection.model_validate([SAID, {**SAID, "name": "tool", "by": "cause", "only": ["ivr"]}])
    queue, tool = section.value()
    assert (queue.by, queue.cases, queue.within, queue.owner) == ("team", 5, timedelta(minutes=30), "maria")
    assert (queue.cool_down, queue.only) == (timedelta(hours=1), frozenset())
    assert tool.only == {"ivr"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"cases": 1},
        {"within": "30 minutes"},
        {"within": "30s"},
        {"within": "8d"},
        {"cool_down": "8d"},
        {"by": "agent"},
        {"by": "cause", "only": ["bad luck"]},
        {"by": "channel", "only": ["pigeon"]},
        {"owner": ""},
        {"surplus": 1},
    ],
)
def test_what_no_rule_can_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IncidentsSection.model_validate([{**SAID, **wrong}])


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="same name"):
        IncidentsSection.model_validate([SAID, SAID])


@pytest.mark.parametrize("finding", ["", "   ", "x" * 2001, "a\x00b"])
def test_closing_needs_a_finding_in_words(finding: str) -> None:
    with pytest.raises(ValidationError):
        CloseIncident(by="Maria", finding=finding)
