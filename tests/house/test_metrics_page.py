"""docs/metrics.md says what every metric of the registry is, and of nothing else."""

import re
from pathlib import Path

import pytest

from scoring.core.change import Reason
from scoring.core.histogram import RELATIVE_ERROR
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import CALENDAR, ROLLING

PAGE = (Path(__file__).parents[2] / "docs/metrics.md").read_text(encoding="utf-8")
ROWS = {
    name: (int(version), unit.split()[0], better.strip() or None)
    for name, version, unit, better in re.findall(r"^\| `(\w+)` \| (\d+) \| ([^|]+) \|([^|]*)\|", PAGE, re.MULTILINE)
}


def test_every_metric_is_on_the_page_and_no_other() -> None:
    assert set(ROWS) == set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_on_the_page_in_its_version(name: str) -> None:
    metric = METRICS[name]
    assert ROWS[name] == (metric.version, metric.unit, metric.better)


def test_the_page_says_what_has_percentiles_and_how_right_they_are() -> None:
    told = PAGE[PAGE.index("**Percentiles.**") : PAGE.index("## Windows")]
    for metric in METRICS.values():
        assert (f"`{metric.name}`" in told) == (metric.histogram is not None), metric.name
    assert RELATIVE_ERROR < 0.02
    assert "within **2 %**" in told


def test_the_page_says_how_long_sums_are_kept() -> None:
    kept = Retention()
    assert f"Minutes are kept for {kept.minutes.days} days, hours for {kept.hours.days}" in PAGE


def test_the_page_says_every_window_and_every_reason() -> None:
    for word in (*ROLLING, *CALENDAR, *Reason.__args__):  # type: ignore[attr-defined]
        assert f"`{word}`" in PAGE, word
