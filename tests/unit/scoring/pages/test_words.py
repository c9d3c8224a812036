"""How numbers are said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from scoring.core.window import ROLLING
from scoring.pages import words
from scoring.pages.selection import STEPS


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (0.9049, "90 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.9996, "99.9 %"),
        (0.996, "99.6 %"),
        (0.0004, "0.1 %"),
        (0.004, "0.4 %"),
        (-0.2, "\N{MINUS SIGN}20 %"),
    ],
)
def test_a_percentage_never_claims_all_or_none_by_rounding(ratio: float, said: str) -> None:
    assert words.percent(ratio) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def test_a_promoter_score_is_signed_and_other_scores_are_not() -> None:
    assert words.value(41.3, "score", name="nps") == "+41"
    assert words.value(-41.3, "score", name="nps") == "\N{MINUS SIGN}41"
    assert words.value(0.2, "score", name="nps") == "0"
    assert words.value(4.25, "score", name="csat_score") == "4.2"


def test_an_interval_names_its_unit_once() -> None:
    assert words.interval((0.711, 0.867), "ratio") == "71 to 87 %"
    assert words.interval((-9.6, 89.6), "score", name="nps") == "\N{MINUS SIGN}10 to +90"
    assert words.interval((1e-17, 0.3), "ratio") == "0 to 30 %"
    assert words.interval((-0.5, 0.3), "ratio") == "\N{MINUS SIGN}50 to 30 %"
    assert words.interval(None, "ratio") == ""


def test_every_window_has_its_words() -> None:
    assert words.WINDOWS.keys() == words.BEFORE.keys() == words.STEPS.keys() == STEPS.keys()
    assert ROLLING.keys() <= words.WINDOWS.keys()


def test_times_are_told_in_the_zone_of_the_page() -> None:
    at = datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
    assert words.clock(at, ZoneInfo("Europe/Berlin")) == "00:30:05"
    assert words.day(at, ZoneInfo("Europe/Berlin")) == "Thursday, 2 July"
    assert words.moment(at, ZoneInfo("Europe/Berlin")) == "2 Jul 00:30"
