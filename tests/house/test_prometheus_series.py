"""What Prometheus is given: bounded, fairly shared out, and no number without what it would mislead without."""

import re

import pytest

from scoring.core.measures import MEASURES, PENDING
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.window import ROLLING
from scoring.exporter import AGENTS, PERCENTILES, VIEWS, Candidate, View, choose
from scoring.telemetry import Reading
from support.prometheus import ROOT

SUMS = dict.fromkeys((*MEASURES, PENDING), 2) | {"settled": 9, "cases_closed": 9}


def most(view: View) -> int:
    """The series of one key about which everything is known."""
    per_window = 0
    for metric in (METRICS[name] for name in view.metrics):
        shares = PERCENTILES if view.percentiles and metric.histogram else {}
        per_window += Reading(metric.compute(SUMS), dict.fromkeys(shares, 1.0)).series
    return per_window * len(view.windows)


def key(name: str, series: int, contacts: int = 0) -> Candidate:
    readings = [("contact_volume", "1h", Reading(Value(None, 0))) for _ in range(series)]
    return Candidate(name, contacts, readings)


def test_the_series_of_every_dimension_are_as_documented() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "docs/monitoring.md").read_text())
    cost = {
        d: sum(most(v) for v in (*VIEWS, *AGENTS) if v.dimension == d) for d in {v.dimension for v in VIEWS + AGENTS}
    }
    words = (
        f"`all` takes up to {cost['all']} of them, a channel {cost['channel']}, a team {cost['team']},"
        f" a reason {cost['reason']}, a pair {cost['channel_team']}, an agent {cost['agent']}"
    )
    assert words in page
    taken = cost["all"] + 6 * cost["channel"] + 10 * cost["team"] + 12 * cost["reason"] + 25 * cost["channel_team"]
    assert taken < 1000
    assert "6 channels, 10 teams, 12 reasons and 25 pairs fit" in page


@pytest.mark.parametrize("view", [*VIEWS, *AGENTS], ids=lambda view: f"{view.dimension} {view.windows}")
def test_a_metric_is_exported_with_what_it_would_mislead_without(view: View) -> None:
    assert set(view.windows) <= ROLLING.keys()
    for name in view.metrics:
        assert set(METRICS[name].beside) <= set(view.metrics), name


def test_no_number_is_computed_twice() -> None:
    told = [(v.dimension, window, metric) for v in (*VIEWS, *AGENTS) for window in v.windows for metric in v.metrics]
    assert len(told) == len(set(told))


def test_agents_are_not_exported_unless_asked_for() -> None:
    assert {view.dimension for view in VIEWS} == {"all", "channel", "team", "reason", "channel_team"}
    assert {view.dimension for view in AGENTS} == {"agent"}


def test_percentiles_are_only_told_over_windows_that_whole_hours_fill() -> None:
    assert {window for view in VIEWS if view.percentiles for window in view.windows} == {"24h", "7d"}


def test_dimensions_take_turns_with_their_busiest_keys_until_the_room_is_used_up() -> None:
    candidates = {
        "all": {"": key("", 4)},
        "channel": {"chat": key("chat", 2, 10), "phone": key("phone", 2, 90), "sms": key("sms", 2, 1)},
        "team": {name: key(name, 1, 5) for name in ("b", "a", "unattributed")},
    }
    chosen, left_out = choose(candidates, 4 + 2 + 1 + 2)
    assert [(dimension, c.key) for dimension, c in chosen] == [
        ("all", ""),
        ("channel", "phone"),
        ("team", "unattributed"),
        ("channel", "chat"),
    ]
    assert left_out == {"channel": 1, "team": 2}


def test_a_dimension_with_room_to_spare_leaves_it_to_the_others() -> None:
    candidates = {
        "all": {},
        "channel": {"phone": key("phone", 1)},
        "team": {str(number): key(str(number), 1) for number in range(9)},
    }
    chosen, left_out = choose(candidates, 10)
    assert len(chosen) == 10
    assert left_out == {"channel": 0, "team": 0}


def test_all_is_shown_however_little_room_there_is() -> None:
    chosen, left_out = choose({"all": {"": key("", 400)}, "team": {"a": key("a", 1)}}, 100)
    assert [dimension for dimension, _ in chosen] == ["all"]
    assert left_out == {"team": 1}
