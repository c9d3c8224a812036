"""Percentiles, ratios, schedules: the arithmetic behind what the bench tells."""

import pytest
from bench.ingest.machine import Look
from bench.ingest.result import GOALS, Result
from bench.ingest.run import Run, run_of
from bench.ingest.schedule import arrivals
from bench.ingest.statistics import Spread, percentile, ratio, spread
from bench.ingest.window import Window


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.01, 1.0), (0.5, 50.0), (0.501, 51.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.99) == 7.0


def test_a_spread_is_median_least_and_most() -> None:
    assert spread([3.0, 1.0, 10.0]) == Spread(3.0, 1.0, 10.0)


def test_a_ratio_is_taken_round_by_round() -> None:
    assert ratio([10.0, 1.0, 8.0], [20.0, 2.0, 10.0]) == Spread(0.5, 0.5, 0.8)


def test_rounds_that_do_not_pair_up_are_no_ratio() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1.0, 2.0], [1.0])


def test_arrivals_come_in_order_at_the_rate_asked_for_and_the_same_every_time() -> None:
    moments = arrivals(1_000, 10, seed=1)
    assert moments == sorted(moments)
    assert moments[-1] < 10
    assert len(moments) == pytest.approx(10_000, rel=0.05)
    assert arrivals(1_000, 10, seed=1) == moments
    assert arrivals(1_000, 10, seed=2) != moments


def window(latencies: list[float], *, broker: float | None) -> Window[Look]:
    after = None if broker is None else 1.0 + broker
    return Window(4.0, latencies, len(latencies), Look(10.0, broker and 1.0, 5.0, 100.0), Look(12.0, after, 5.4, 104))


def test_a_run_counts_cpu_per_event_and_what_else_was_busy() -> None:
    run = run_of(3, ("ingest", "batch", "closed"), 100, window([0.010, 0.020] * 100, broker=1.0))
    assert (run.requests_per_second, run.events_per_second) == (50.0, 5_000.0)
    assert run.service_us == pytest.approx(100.0)
    assert run.broker_us == pytest.approx(50.0)
    assert (run.service_share, run.generator_share) == pytest.approx((0.5, 0.1))
    assert run.elsewhere_share == pytest.approx((4.0 - 2.0 - 1.0 - 0.4) / 4.0)
    assert (run.p50_ms, run.max_ms) == pytest.approx((10.0, 20.0))
    assert run.events_per_core_second == pytest.approx(10_000.0)


def test_a_broker_that_is_not_ours_has_no_figures() -> None:
    run = run_of(1, ("ingest", "single", "closed"), 1, window([0.1], broker=None))
    assert (run.broker_us, run.broker_share) == (None, None)


def made(number: int, peer: str, shape: str, rate: float) -> Run:
    return Run(number, peer, shape, "closed", 4.0, rate, rate, 1, 1, 1, 1e6 / rate, None, 1, None, 0, 0)


def test_each_ratio_of_the_goal_compares_ingest_with_its_peer_on_its_shape() -> None:
    rates = {("ingest", "batch"): 80, ("ingest", "single"): 7, ("bare", "batch"): 100, ("bare", "single"): 10}
    rates |= {("usual", "batch"): 16, ("usual", "single"): 2, ("bare-simple", "batch"): 1}
    result = Result([made(number, *name, rate * number) for number in (1, 2, 3) for name, rate in rates.items()])
    assert {goal.name: result.throughput(goal).median for goal in GOALS} == pytest.approx(
        {"batch_vs_bare": 0.8, "single_vs_bare": 0.7, "batch_vs_usual": 5.0, "single_vs_usual": 3.5}
    )
    assert result.per_core(GOALS[0]).median == pytest.approx(0.8)
