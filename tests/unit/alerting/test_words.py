"""The desk has a word for everything, and says times as people do."""

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from alerting.core.case import CAUSES, OUTCOMES, RESULTS, STATES, Play
from alerting.core.message import WHATS
from alerting.core.rules.decision import OPENING_REASONS
from alerting.desk import story, words
from alerting.desk.standing import URGENCIES, Next
from alerting.store.timeline import What
from alerting.store.views import NOTIFICATION_STATES
from events.problems import Problem

BERLIN = ZoneInfo("Europe/Berlin")


def test_there_is_a_word_for_every_state_outcome_cause_and_entry() -> None:
    assert tuple(words.STATES) == STATES
    assert tuple(words.OUTCOMES) == tuple(words.SHORT_OUTCOMES) == OUTCOMES
    assert tuple(words.CAUSES) == CAUSES
    assert tuple(words.RESULTS) == RESULTS
    assert tuple(words.PLAYS) == get_args(Play)
    assert tuple(words.URGENCIES) == URGENCIES
    assert set(words.NEXT) == set(get_args(Next))
    assert set(words.REASONS) == set(OPENING_REASONS)
    assert set(words.NOTIFICATIONS) == set(WHATS)
    assert set(words.NOTIFICATION_STATES) == set(NOTIFICATION_STATES)
    assert set(story.SAID) == set(What)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (-3900, "1 h 5 min"),
        (90061, "1 d 1 h"),
        (86400, "1 d"),
    ],
)
def test_a_span_has_two_units_at_most(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def test_a_moment_leaves_out_today_by_the_clock_of_the_desk() -> None:
    now = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # the third in Berlin
    assert words.moment(now, BERLIN, now) == "00:30"
    assert words.moment(now - timedelta(hours=1), BERLIN, now) == "2 Mar 23:30"
    assert words.moment(now - timedelta(days=90), BERLIN, now) == "3 Dec 2025"


def test_a_complaint_names_the_field_or_speaks_of_the_case() -> None:
    problems = [Problem("/outcome", "missing", "is required"), Problem("", "value_error", "needs a reason")]
    assert words.complaint(problems) == "Not done yet: the outcome is required; it needs a reason."


def test_a_word_newer_than_the_page_is_said_as_it_is() -> None:
    assert words.known(words.REASONS, "sent_to_the_wrong_house") == "sent to the wrong house"
