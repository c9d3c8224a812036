"""An incident minute by minute, in as many bars as fit."""

from datetime import UTC, datetime, timedelta

from alerting.desk.incidents import MOST_BARS, bars
from alerting.store.incident_views import Minute

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_minutes_without_cases_are_bars_too() -> None:
    assert bars([Minute(START, 2), Minute(START + timedelta(minutes=3), 1)]) == [2, 0, 0, 1]
    assert bars([]) == []


def test_a_long_incident_has_wider_bars_and_loses_no_case() -> None:
    found = bars([Minute(START + timedelta(minutes=7 * n), 1) for n in range(300)])
    assert len(found) <= MOST_BARS
    assert sum(found) == 300
