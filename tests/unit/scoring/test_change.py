"""A change is flagged when it is more than noise, and seldom when it is not."""

import random
from collections.abc import Callable
from itertools import accumulate
from math import comb, exp, lgamma, log

import pytest

from scoring.core.change import Change, change
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value

ROUNDS = 2000


def csat(satisfied: int, n: int) -> Value:
    return METRICS["csat"].compute({"csat_satisfied": satisfied, "csat_dissatisfied": n - satisfied})


def nps(promoters: int, passives: int, detractors: int) -> Value:
    return METRICS["nps"].compute({"nps_promoters": promoters, "nps_passives": passives, "nps_detractors": detractors})


def effort(points: list[int]) -> Value:
    squares = sum(point**2 for point in points)
    return METRICS["ces_7"].compute({"ces7_answers": len(points), "ces7_points": sum(points), "ces7_square": squares})


def volume(contacts: int) -> Value:
    return METRICS["contact_volume"].compute({"contacts": contacts})


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II, method 10)."""
    found = change(METRICS["csat"], csat(56, 70), csat(48, 80))
    assert found.reason == "rose"
    assert found.difference == pytest.approx(0.2)
    assert found.interval is not None
    assert [round(bound, 4) for bound in found.interval] == [0.0524, 0.3339]


def test_the_interval_of_a_difference_of_nps_is_of_both_variances() -> None:
    found = change(METRICS["nps"], nps(60, 20, 20), nps(40, 30, 30))
    assert found.interval is not None
    half = 1.959964 * ((0.64 + 0.69) / 100) ** 0.5 * 100
    assert found.interval == pytest.approx((30 - half, 30 + half))
    assert found.reason == "rose"


def test_a_fall_is_told_from_a_rise() -> None:
    assert change(METRICS["csat"], csat(60, 100), csat(90, 100)).reason == "fell"
    assert change(METRICS["csat"], csat(90, 100), csat(60, 100)).reason == "rose"
    assert change(METRICS["csat"], csat(90, 100), csat(88, 100)).reason == "noise"


def test_fewer_than_30_on_either_side_are_never_flagged() -> None:
    assert change(METRICS["csat"], csat(0, 29), csat(1000, 1000)).reason == "too_few"
    assert change(METRICS["csat"], csat(1000, 1000), csat(0, 29)).reason == "too_few"
    assert change(METRICS["contact_volume"], volume(29), volume(1000)).reason == "too_few"
    assert change(METRICS["csat"], csat(0, 30), csat(1000, 1000)).flagged


def test_without_data_there_is_nothing_to_compare() -> None:
    assert change(METRICS["csat"], csat(0, 0), csat(50, 100)) == Change("no_data")
    assert change(METRICS["csat"], csat(50, 100), csat(0, 0)) == Change("no_data")


def test_a_mean_without_a_known_spread_is_never_flagged() -> None:
    assert change(METRICS["asa"], Value(90.0, 1000), Value(30.0, 1000)) == Change("unknown", 60.0)


def test_what_is_undecided_is_not_judged() -> None:
    assert change(METRICS["pending_resolutions"], Value(500.0, 500), Value(0.0, 0)).reason == "unknown"


def test_volume_is_compared_with_the_mean_of_several_windows() -> None:
    found = change(METRICS["contact_volume"], volume(150), volume(400), periods=4)
    assert (found.reason, found.difference) == ("rose", 50)
    assert change(METRICS["contact_volume"], volume(110), volume(400), periods=4).reason == "noise"
    assert change(METRICS["contact_volume"], volume(110), volume(0), periods=0).reason == "no_data"


@pytest.mark.parametrize(
    ("reason", "better", "verdict"),
    [
        ("rose", "higher", "better"),
        ("fell", "higher", "worse"),
        ("rose", "lower", "worse"),
        ("fell", "lower", "better"),
        ("rose", None, None),
        ("noise", "higher", None),
    ],
)
def test_which_way_is_better_is_the_metrics_to_say(reason: str, better: str, verdict: str) -> None:
    assert Change(reason).verdict(better) == verdict  # type: ignore[arg-type]


def binomial(n: int, p: float) -> Callable[[random.Random], int]:
    """How many of ``n`` succeed."""
    sums = list(accumulate(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)))
    return lambda chance: chance.choices(range(n + 1), cum_weights=sums)[0]


def poisson(mean: int) -> Callable[[random.Random], int]:
    """How many of the events come of which ``mean`` are to be expected."""
    sums = list(accumulate(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(3 * mean)))
    return lambda chance: chance.choices(range(3 * mean), cum_weights=sums)[0]


def flagged(metric: str, sample: Callable[[random.Random], Value]) -> float:
    chance = random.Random(20)
    return sum(change(METRICS[metric], sample(chance), sample(chance)).flagged for _ in range(ROUNDS)) / ROUNDS


@pytest.mark.parametrize("n", [30, 100, 500])
@pytest.mark.parametrize("p", [0.5, 0.8, 0.95])
def test_at_most_one_in_twenty_proportions_that_stand_still_is_flagged(n: int, p: float) -> None:
    """Fewer near 0 or 1 and of few answers, where a count can only jump."""
    draw = binomial(n, p)
    assert (0.03 if n * p * (1 - p) > 10 else 0.005) < flagged("csat", lambda chance: csat(draw(chance), n)) < 0.065


@pytest.mark.parametrize("n", [30, 100, 500])
def test_about_one_in_twenty_scores_that_stand_still_is_flagged(n: int) -> None:
    def answered(chance: random.Random) -> Value:
        said = chance.choices("pnd", (60, 25, 15), k=n)
        return nps(said.count("p"), said.count("n"), said.count("d"))

    assert 0.03 < flagged("nps", answered) < 0.07
    assert 0.02 < flagged("ces_7", lambda chance: effort(chance.choices(range(1, 8), range(1, 8), k=n))) < 0.065


@pytest.mark.parametrize("mean", [60, 1000])
def test_about_one_in_twenty_volumes_that_stand_still_is_flagged(mean: int) -> None:
    draw = poisson(mean)
    assert 0.03 < flagged("contact_volume", lambda chance: volume(draw(chance))) < 0.07


def test_a_real_drop_is_seen() -> None:
    """From 90 % to 75 %, of 200 answers each."""
    chance, now, then = random.Random(3), binomial(200, 0.75), binomial(200, 0.9)
    found = [change(METRICS["csat"], csat(now(chance), 200), csat(then(chance), 200)).reason for _ in range(500)]
    assert found.count("fell") > 450
