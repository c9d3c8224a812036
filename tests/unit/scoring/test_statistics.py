"""The published test vectors of docs/metrics.md."""

import pytest

from scoring.core.measures import MEASURES, pack, unpack
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value
from scoring.core.statistics import nps_interval, reliability, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(2, 2, 34.2, 100), (5, 5, 56.6, 100), (8, 10, 49.0, 94.3), (18, 20, 69.9, 97.2), (80, 100, 71.1, 86.7),
     (900, 1000, 88.0, 91.7)],
)  # fmt: skip
def test_wilson(successes: int, n: int, low: float, high: float) -> None:
    interval = wilson(successes, n)
    assert interval is not None
    assert [round(bound * 100, 1) for bound in interval] == [low, high]


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


def computed(metric: str, **sums: int) -> Value:
    return METRICS[metric].compute(unpack(pack(sums)))


@pytest.mark.parametrize("metric", METRICS)
def test_no_data_is_no_number(metric: str) -> None:
    value = computed(metric)
    assert value.n == 0
    assert value.value == (0 if metric == "contact_volume" else None)
    assert value.interval is None


def test_service_level_is_ours_of_the_five_formulas() -> None:
    value = computed("service_level", answered=1000, abandoned=60, within_target=860)
    assert round((value.value or 0) * 100, 1) == 81.1


def test_handle_time_is_never_without_satisfaction() -> None:
    assert METRICS["aht"].beside == ("csat",)


def test_a_mean_score_on_1_to_5_is_the_plain_mean() -> None:
    scores = [1, 2, 4, 5, 5]
    sums = {"csat_satisfied": 3, "csat_dissatisfied": 2}
    value = computed("csat_score", **sums, csat_millipercent=sum((s - 1) * 25_000 for s in scores))
    assert value.value == pytest.approx(sum(scores) / len(scores))


def test_how_far_a_sample_carries() -> None:
    assert [reliability(n) for n in (0, 4, 5, 29, 30)] == ["none", "too_few", "indicative", "indicative", "reliable"]


def test_a_row_stored_before_a_measure_was_added_reads_as_0() -> None:
    assert unpack([1])[MEASURES[-1]] == 0
    assert unpack([1])["contacts"] == 1


def test_the_order_of_stored_measures_never_changes() -> None:
    assert MEASURES[:21] == (
        "contacts", "queued", "answered", "abandoned", "within_target", "waited", "wait_ms", "handled", "handle_ms",
        "resolution_known", "resolved", "csat_satisfied", "csat_neutral", "csat_dissatisfied", "csat_millipercent",
        "nps_promoters", "nps_passives", "nps_detractors", "approvals", "disapprovals", "indifferent",
    )  # fmt: skip
