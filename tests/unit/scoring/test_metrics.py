"""Every formula, on sums small enough to check by hand."""

from inspect import Parameter, signature

import hypothesis
import pytest
from hypothesis import given, strategies

from scoring.core.change import change
from scoring.core.measures import HISTOGRAMS, MEASURES, PENDING, SIGNED, SPOILED
from scoring.core.metrics import METRICS, Metric
from scoring.core.metrics.metric import Value

COUNTS = ("contact_volume", "pending_resolutions")


def computed(metric: str, **sums: int) -> Value:
    return METRICS[metric].compute(sums)


def percent(metric: str, **sums: int) -> float:
    return round((computed(metric, **sums).value or 0) * 100, 1)


@pytest.mark.parametrize("metric", METRICS)
def test_no_data_is_no_number(metric: str) -> None:
    assert computed(metric) == Value(0 if metric in COUNTS else None, 0, None)


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
@given(data=strategies.data())
@hypothesis.settings(max_examples=100)
def test_no_sums_whatever_make_a_metric_fail_and_one_below_zero_leaves_no_number(
    metric: Metric, data: strategies.DataObject
) -> None:
    amounts = strategies.integers(-50, 50) | strategies.just(SPOILED)
    sums = data.draw(strategies.fixed_dictionaries(dict.fromkeys(metric.measures, amounts)))
    value = metric.compute(sums)
    if any(amount < 0 for measure, amount in sums.items() if measure not in SIGNED):
        assert value == Value(None, 0, None, spoiled=True)
    else:
        assert value.value is None or value.n > 0 or metric.name in COUNTS


def test_more_successes_than_there_were_to_be_had_are_no_number() -> None:
    assert computed("service_level", within_target=5, answered=3).spoiled


@pytest.mark.parametrize("metric", ["csat", "contact_volume"])
def test_from_a_number_that_cannot_be_right_nothing_changed(metric: str) -> None:
    spoiled, right = computed(metric, csat_satisfied=-1, contacts=-1), computed(metric, csat_satisfied=50, contacts=50)
    for new, old in ((spoiled, right), (right, spoiled)):
        assert change(METRICS[metric], new, old).reason == "no_data"


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_metric_is_made_of_measures_that_exist(metric: object) -> None:
    found = METRICS[getattr(metric, "name", "")]
    assert set(found.measures) <= {*MEASURES, PENDING}
    takes = signature(found.formula).parameters.values()
    several = any(parameter.kind is Parameter.VAR_POSITIONAL for parameter in takes)
    assert several or len(takes) == len(found.measures)
    assert found.histogram is None or found.histogram in HISTOGRAMS
    assert set(found.beside) <= METRICS.keys() - {found.name}


def test_every_measure_is_of_some_metric() -> None:
    assert set(MEASURES) == {measure for metric in METRICS.values() for measure in metric.measures} - {PENDING}


def test_every_histogram_is_of_some_metric() -> None:
    assert {metric.histogram for metric in METRICS.values()} - {None} == set(HISTOGRAMS)


def test_satisfied_of_all_who_answered() -> None:
    value = computed("csat", csat_satisfied=80, csat_neutral=5, csat_dissatisfied=15)
    assert (value.value, value.n) == (0.8, 100)
    assert value.interval is not None
    assert [round(bound * 100, 1) for bound in value.interval] == [71.1, 86.7]


def test_a_mean_score_on_1_to_5_is_the_plain_mean() -> None:
    scores = [1, 2, 4, 5, 5]
    percents = [(score - 1) * 25 for score in scores]
    sums = {"csat_satisfied": 3, "csat_dissatisfied": 2, "csat_square": sum(p**2 for p in percents)}
    value = computed("csat_score", csat_millipercent=1000 * sum(percents), **sums)
    assert value.value == pytest.approx(sum(scores) / len(scores))
    assert value.interval is not None
    assert [round(bound, 3) for bound in value.interval] == [1.538, 5]


def test_promoters_less_detractors_of_all_who_answered() -> None:
    value = computed("nps", nps_promoters=60, nps_passives=20, nps_detractors=20)
    assert value.value == pytest.approx(40)
    assert value.interval is not None
    assert [round(bound, 1) for bound in value.interval] == [24.3, 55.7]


@pytest.mark.parametrize("scale", [7, 5])
def test_effort_is_a_mean_and_a_share_per_scale(scale: int) -> None:
    points = [scale, scale, scale - 1, scale - 2, 1]
    sums = {
        f"ces{scale}_answers": 5,
        f"ces{scale}_points": sum(points),
        f"ces{scale}_square": sum(point**2 for point in points),
        f"ces{scale}_agree": 3,
    }
    value = computed(f"ces_{scale}", **sums)
    assert (value.value, value.n) == (sum(points) / 5, 5)
    assert value.interval is not None
    assert 1 <= value.interval[0] < sum(points) / 5 < value.interval[1] <= scale
    assert percent(f"ces_{scale}_agree", **sums) == 60
    assert computed(f"ces_{12 - scale}", **sums).n == 0


def test_approval_is_over_answers_and_mentions() -> None:
    sums = {
        "answer_approvals": 50,
        "answer_disapprovals": 20,
        "answer_indifferent": 7,
        "mention_positive": 10,
        "mention_negative": 20,
        "mention_neutral": 13,
    }
    assert (percent("approval_rate", **sums), computed("approval_rate", **sums).n) == (60, 100)
    net = computed("net_approval", **sums)
    assert (net.value, net.n) == (20 / 120, 120)
    assert net.interval is not None
    assert (round(net.interval[0], 4), round(net.interval[1], 4)) == (
        0.0061,
        0.3273,
    )  # ± 1.96 √((0.8333 − 0.0278) ÷ 120)


def test_mentions_have_three_shares_that_make_a_whole() -> None:
    sums = {"mention_positive": 5, "mention_neutral": 3, "mention_negative": 2}
    assert [percent(f"mention_{stance}_share", **sums) for stance in ("positive", "neutral", "negative")] == [
        50,
        30,
        20,
    ]


def test_who_answered_of_whom_we_asked() -> None:
    assert percent("response_rate", surveys_sent=400, surveys_returned=90) == 22.5


@pytest.mark.parametrize(
    ("metric", "total", "n"),
    [
        ("aht", "handle_ms", "handled"),
        ("wrap", "wrap_ms", "wrapped"),
        ("hold", "hold_ms", "held"),
        ("frt", "response_ms", "responded"),
        ("frt_business", "response_business_ms", "response_in_hours"),
        ("asa", "wait_ms", "waited"),
        ("time_to_claim", "claim_ms", "claimed"),
        ("time_to_contact", "contact_ms", "contacted"),
    ],
)
def test_a_duration_is_a_mean_in_seconds(metric: str, total: str, n: str) -> None:
    assert computed(metric, **{total: 377_894, n: 4}) == Value(94.4735, 4, None)


def test_handle_time_and_its_parts_are_never_without_satisfaction() -> None:
    assert [METRICS[metric].beside for metric in ("aht", "wrap", "hold")] == [("csat",)] * 3
    assert METRICS["aht"].better is None


def test_resolution_is_never_without_what_is_not_decided_yet() -> None:
    assert METRICS["fcr"].beside == METRICS["second_contact_resolution"].beside == ("pending_resolutions",)


def test_service_level_is_ours_of_the_five_formulas() -> None:
    assert percent("service_level", answered=1000, abandoned=60, within_target=860) == 81.1


def test_abandoned_of_all_who_queued() -> None:
    assert percent("abandonment", queued=5000, abandoned=946, answered=4054) == 18.9


def test_resolution_by_repeat_contact() -> None:
    sums = {"settled": 200, "repeated_once": 30, "repeated_more": 10, "pending": 17}
    assert (percent("fcr", **sums), computed("fcr", **sums).n) == (80, 200)
    assert percent("second_contact_resolution", **sums) == 95
    assert computed("pending_resolutions", **sums) == Value(17, 17)


def test_resolution_as_customers_say() -> None:
    assert percent("fcr_survey", said_resolved=3, said_unresolved=1) == 75


def test_resolved_reopened_and_transferred() -> None:
    sums = {"contacts": 50, "resolution_known": 40, "resolved": 30, "reopened": 5, "transferred": 10}
    assert percent("resolved_share", **sums) == 75
    assert percent("reopen_rate", **sums) == 10
    assert percent("transfer_rate", **sums) == 20
    assert computed("contact_volume", **sums) == Value(50, 50)


def test_recovery() -> None:
    sums = {"cases_closed": 8, "cases_recovered": 6, "contact_due": 10, "contacted_in_time": 9}
    assert percent("recovery_rate", **sums) == 75
    assert percent("contacted_in_time", **sums) == 90


def test_a_recovered_score_may_have_fallen() -> None:
    changes = [100, 50, -25, 0]
    sums = {"rescore_millipercent": 1000 * sum(changes), "rescore_square": sum(change**2 for change in changes)}
    value = computed("recovered_score", rescored=4, **sums)
    assert value.value == 31.25
    assert value.interval is not None
    assert [round(bound, 1) for bound in value.interval] == [-61.2, 100]  # no score rises by more than 100
