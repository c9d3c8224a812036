"""What an address asks a wallboard to show."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scoring.pages.selection import STEPS, Selection, Unknown

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 2, 10, 37, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("parameters", "dimension"),
    [
        ({}, ("all", "")),
        ({"channel": "phone"}, ("channel", "phone")),
        ({"team": "billing"}, ("team", "billing")),
        ({"channel": "phone", "team": "billing/north"}, ("channel_team", "phone/billing/north")),
        ({"channel": "", "team": ""}, ("all", "")),
    ],
)
def test_a_selection_names_what_is_summed(parameters: dict[str, str], dimension: tuple[str, str]) -> None:
    assert Selection.read(parameters).dimension == dimension


@pytest.mark.parametrize("parameters", [{"window": "2h"}, {"window": ""}, {"team": "a\nb"}, {"channel": "x" * 129}])
def test_what_cannot_be_shown_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(Unknown):
        Selection.read(parameters)


def test_an_address_says_only_what_is_unusual_and_is_read_back() -> None:
    chosen = Selection("7d", "phone", "A & B")
    assert Selection().query() == ""
    assert chosen.query() == "?window=7d&channel=phone&team=A+%26+B"
    assert chosen.query(team="", window="24h") == "?channel=phone"


@pytest.mark.parametrize(("window", "steps"), [("5m", 5), ("1h", 12), ("24h", 24), ("7d", 28), ("30d", 30)])
def test_the_steps_of_a_rolling_window_are_whole_and_end_now(window: str, steps: int) -> None:
    for minutes in range(0, 1440, 7):
        now = NOW + timedelta(minutes=minutes)
        begins = Selection(window).steps(now, BERLIN)
        length = STEPS[window][1]
        assert len(begins) == steps
        assert begins[-1] <= now < begins[-1] + length
        assert begins[0] >= Selection(window).now(now, BERLIN).start


@pytest.mark.parametrize("zone", [BERLIN, KOLKATA], ids=str)
@pytest.mark.parametrize("window", ["today", "this_week"])
def test_a_calendar_window_has_a_step_from_its_first_minute_on(window: str, zone: ZoneInfo) -> None:
    for minutes in range(0, 3 * 1440, 11):
        now = NOW + timedelta(minutes=minutes)
        begins = Selection(window).steps(now, zone)
        assert 1 <= len(begins) <= 28
        assert begins[-1] <= now < begins[-1] + STEPS[window][1]


def test_a_day_begins_by_the_clocks_of_the_zone() -> None:
    assert Selection("today").steps(NOW, BERLIN)[0] == datetime(2026, 3, 1, 23, tzinfo=UTC)
