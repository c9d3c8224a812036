"""Numbers put together from what was read."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scoring.core.metrics import METRICS
from scoring.core.window import Window
from scoring.figures import Asked, Forgotten
from scoring.figures.figure import Found, Material
from scoring.figures.series import day_edges
from scoring.figures.week import local_hours

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = Window(NOON - HOUR, NOON)


@pytest.mark.parametrize("name", METRICS)
def test_what_stands_beside_a_metric_is_read_and_shown_with_it(name: str) -> None:
    metric = METRICS[name]
    asked = Asked((metric,), NOW)
    assert asked.measures >= set(metric.measures).union(*(METRICS[other].measures for other in metric.beside))
    figure = Material(Found((NOW,), {}), compare=Found((NOW.before(),), {})).figures([metric])[name]
    assert set(figure.beside) == set(metric.beside)
    assert all(other.compared is not None for other in figure.beside.values())


def test_a_metric_asked_for_twice_is_read_once() -> None:
    csat, aht = METRICS["csat"], METRICS["aht"]
    assert Asked((aht, csat), NOW).shown == (aht, csat)


def test_percentiles_are_read_only_where_asked_for() -> None:
    metrics = (METRICS["asa"], METRICS["csat"])
    assert Asked(metrics, NOW).histograms == frozenset()
    assert Asked(metrics, NOW, percentiles=True).histograms == {"wait"}


def test_a_count_is_compared_per_window_of_equal_length() -> None:
    """Two whole hours stand for the last hour when minutes are not kept."""
    windows = tuple(Window(NOON - week * 7 * DAY, NOON - week * 7 * DAY + 2 * HOUR) for week in (1, 2))
    material = Material(Found((NOW,), {"contacts": 100}), long=Found(windows, {"contacts": 400}))
    figure = material.figures([METRICS["contact_volume"]])["contact_volume"]
    assert figure.long is not None
    assert (figure.long.value.value, figure.long.value.n) == (100, 400)
    assert figure.long.change.reason == "noise"


def test_a_share_is_compared_as_it_is() -> None:
    then = Found((NOW.before(), NOW.weeks_before()), {"csat_satisfied": 30, "csat_neutral": 10})
    figure = Material(Found((NOW,), {"csat_satisfied": 3}), short=then).figures([METRICS["csat"]])["csat"]
    assert figure.short is not None
    assert (figure.short.value.value, figure.short.value.n) == (0.75, 40)


@pytest.mark.parametrize(
    ("zone", "hours"), [(BERLIN, [24, 23, 24]), (KOLKATA, [24, 24, 24]), (ZoneInfo("UTC"), [24, 24, 24])]
)
def test_days_begin_and_end_as_the_calendars_of_the_zone_show(zone: ZoneInfo, hours: list[int]) -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    edges = list(day_edges(Window(start, start + 2 * DAY, zone=zone)))
    assert [(after - before) / HOUR for before, after in pairwise(edges)] == hours
    assert edges[0] <= start < edges[1]
    assert all(edge.astimezone(zone).hour == edge.astimezone(zone).minute == 0 for edge in edges)


def test_a_window_that_ends_at_midnight_does_not_touch_the_next_day() -> None:
    day = Window.named("2026-03-01", NOON, KOLKATA)
    assert list(day_edges(day)) == [day.start, day.end]


def test_hours_begin_when_local_clocks_strike() -> None:
    hours = list(local_hours(Window(NOON, NOON + HOUR, zone=KOLKATA)))
    assert [hour.strftime("%H:%M") for hour in hours] == ["11:30", "12:30"]
    assert list(local_hours(Window(NOON, NOON + HOUR))) == [NOON]


def test_hours_of_a_window_of_years_are_refused() -> None:
    with pytest.raises(Forgotten, match="100 days"):
        list(local_hours(Window(NOON, NOON + 101 * DAY)))
