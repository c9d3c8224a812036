"""What each metric says about people is said for each of them, and consistently."""

import re
from pathlib import Path

import pytest

from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.recognition.coaching import COACHED
from scoring.core.recognition.kinds import KINDS, OUTCOMES, UNRANKED, Judged


def test_every_metric_has_a_kind_or_ranks_nobody() -> None:
    assert set(METRICS) == set(KINDS) | UNRANKED
    assert not set(KINDS) & UNRANKED


@pytest.mark.parametrize("name", KINDS)
def test_what_is_better_here_is_what_the_metric_says(name: str) -> None:
    if METRICS[name].better is not None:
        assert KINDS[name].fewer == (METRICS[name].better == "lower")


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_always_has_an_interval_to_rank_by(name: str) -> None:
    value = METRICS[name].compute(dict.fromkeys(METRICS[name].measures, 12) | {"settled": 30})
    assert value.interval is not None
    assert KINDS[name].span is not None


def test_handle_time_waiting_and_volume_are_no_outcomes() -> None:
    assert {KINDS[name].kind for name in ("aht", "wrap", "hold", "frt", "frt_business", "asa")} == {"speed"}
    assert KINDS["contact_volume"].kind == "volume"
    assert not {"resolved_share", "response_rate", "transfer_rate"} & set(OUTCOMES)


def test_coaching_looks_at_outcomes_alone_and_at_those_where_more_is_better() -> None:
    assert set(COACHED) <= set(OUTCOMES)
    assert not any(KINDS[name].fewer for name in COACHED)


def test_the_bound_that_flatters_least_is_the_lower_one_or_the_upper_where_fewer_is_better() -> None:
    value = Value(0.5, 20, (0.3, 0.7))
    assert Judged("outcome").pessimistic(value) == 0.3
    assert Judged("outcome", fewer=True).pessimistic(value) == 0.7
    assert Judged("speed", None, fewer=True).pessimistic(Value(40.0, 20)) == 40
    assert Judged("outcome").pessimistic(Value(None, 0)) is None


@pytest.mark.parametrize(
    ("judged", "number", "usual", "worth"),
    [
        (Judged("outcome"), 0.8, 0.0, 0.8),
        (Judged("outcome", (-100, 100)), 20, 0.0, 0.6),
        (Judged("outcome", (1, 5)), 5, 0.0, 1.0),
        (Judged("outcome", fewer=True), 0.1, 0.0, 0.9),
        (Judged("speed", None, fewer=True), 300, 300, 0.5),
        (Judged("speed", None, fewer=True), 100, 300, 0.75),
        (Judged("speed", None, fewer=True), 0, 300, 1.0),
        (Judged("volume", None), 90, 30, 0.75),
        (Judged("volume", None), 0, 0, 0.5),
    ],
)
def test_worth_runs_from_0_to_1_and_as_much_as_usual_is_half(
    judged: Judged, number: float, usual: float, worth: float
) -> None:
    assert judged.worth(number, usual) == pytest.approx(worth)


@pytest.mark.parametrize(("kind", "row"), [("outcome", "customer outcome"), ("process", "process"), ("speed", "speed")])
def test_the_documentation_lists_every_metric_under_its_kind(kind: str, row: str) -> None:
    page = (Path(__file__).parents[4] / "docs/recognition.md").read_text()
    [cells] = [line for line in page.splitlines() if line.startswith(f"| {row}")]
    assert set(re.findall(r"`(\w+)`", cells)) == {name for name, judged in KINDS.items() if judged.kind == kind}
