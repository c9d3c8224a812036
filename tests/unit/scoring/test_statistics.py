"""The published test vectors of docs/metrics.md, and that the intervals hold what they promise."""

import random

import pytest

from events.wilson import wilson
from scoring.core.statistics import mean_interval, nps_interval, poisson_interval, reliability, student

ONE_TO_FIVE = (1, 5)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(2, 2, 34.2, 100), (5, 5, 56.6, 100), (8, 10, 49.0, 94.3), (18, 20, 69.9, 97.2), (80, 100, 71.1, 86.7),
     (900, 1000, 88.0, 91.7)],
)  # fmt: skip
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    assert [round(bound * 100, 1) for bound in wilson(successes, n)] == [low, high]


@pytest.mark.parametrize(("p", "passives", "d", "half"), [(60, 20, 20, 15.7), (6, 2, 2, 49.6)])
def test_nps_interval(p: int, passives: int, d: int, half: float) -> None:
    interval = nps_interval(p, d, p + passives + d)
    assert interval is not None
    assert (round(40 - interval[0], 1), round(interval[1] - 40, 1)) == (half, half)


@pytest.mark.parametrize("counts", [(3, 0, 3), (0, 3, 3), (0, 0, 3)])
def test_a_unanimous_sample_is_not_certain(counts: tuple[int, int, int]) -> None:
    interval = nps_interval(*counts)
    assert interval is not None
    assert interval[1] - interval[0] > 30


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.303), (9, 2.262), (10, 2.228), (12, 2.179), (29, 2.045), (100, 1.984)]
)
def test_students_t_is_that_of_the_tables(freedom: int, t: float) -> None:
    assert student(freedom) == pytest.approx(t, abs=0.0006)


def of_scores(scores: list[int]) -> tuple[float, float]:
    interval = mean_interval(sum(scores), sum(score**2 for score in scores), len(scores), ONE_TO_FIVE)
    assert interval is not None
    return interval


def test_the_interval_of_a_mean_is_students_t_with_one_more_at_either_end() -> None:
    # with 1 and 5: sum 47, squares 203, variance (203 − 47²/12)/11 = 1.7197, t(11) = 2.2010
    low, high = of_scores([4, 5, 3, 5, 4, 4, 2, 5, 5, 4])
    assert (round(low, 3), round(high, 3)) == (3.083, 4.75)


@pytest.mark.parametrize("n", [1, 2, 5, 10, 100, 10_000])
def test_a_unanimous_mean_is_not_certain_and_within_its_interval(n: int) -> None:
    for score in (1, 2, 3, 4, 5):
        low, high = of_scores([score] * n)
        assert 1 <= low <= score <= high <= 5
        assert high - low > 2 / n


def test_a_better_score_never_lowers_a_bound() -> None:
    """Else somebody would rank lower for making one customer more happy."""
    chance = random.Random(7)
    for _ in range(500):
        scores = chance.choices([1, 2, 3, 4, 5], [chance.random() + 0.01 for _ in range(5)], k=chance.randrange(10, 40))
        at = chance.randrange(len(scores))
        if scores[at] < 5:
            better = [*scores[:at], scores[at] + 1, *scores[at + 1 :]]
            assert of_scores(better)[0] >= of_scores(scores)[0] - 1e-9


@pytest.mark.parametrize("n", [5, 10, 30, 100])
@pytest.mark.parametrize("shares", [(2, 3, 5, 30, 60), (10, 10, 20, 30, 30), (50, 10, 0, 10, 30), (1, 1, 1, 2, 95)])
def test_nineteen_of_twenty_intervals_hold_the_mean(n: int, shares: tuple[int, ...]) -> None:
    chance = random.Random(11)
    truth = sum(score * share for score, share in enumerate(shares, 1)) / sum(shares)
    held = 0
    for _ in range(2000):
        low, high = of_scores(chance.choices([1, 2, 3, 4, 5], shares, k=n))
        held += low <= truth <= high
    assert held / 2000 > 0.93


def test_without_data_there_is_no_interval() -> None:
    assert nps_interval(0, 0, 0) is mean_interval(0, 0, 0, ONE_TO_FIVE) is None


def test_a_count_is_not_certain_either() -> None:
    assert [round(bound, 1) for bound in poisson_interval(100)] == [82.2, 121.6]
    assert [round(bound, 1) for bound in poisson_interval(0)] == [0, 3.8]


def test_how_far_a_sample_carries() -> None:
    assert [reliability(n) for n in (0, 4, 5, 29, 30)] == ["none", "too_few", "indicative", "indicative", "reliable"]
