"""Who leads leads by the cautious end of the interval, and shows what earned it."""

import random
from datetime import date
from typing import Any

import pytest

from events.wilson import wilson
from scoring.core.metrics import METRICS
from scoring.core.recognition import words
from scoring.core.recognition.plan import Rule
from scoring.core.recognition.ranking import rank


def rule(**said: Any) -> Rule:
    return Rule(**({"name": "r", "title": "Happiest customers", "period": "day", "weights": {"csat": 1.0}} | said))


def csat(satisfied: int, dissatisfied: int, **more: int) -> dict[str, int]:
    return {"csat_satisfied": satisfied, "csat_dissatisfied": dissatisfied, **more}


def test_a_lucky_handful_does_not_beat_a_good_many() -> None:
    ranked = rank(rule(), {"lucky": csat(10, 0), "steady": csat(190, 10)})
    assert [(one.key, one.rank) for one in ranked] == [("steady", 1), ("lucky", 2)]
    assert ranked[0].score == pytest.approx(wilson(190, 200)[0])


def test_fewer_than_ten_is_no_ranking() -> None:
    assert [one.key for one in rank(rule(), {"a": csat(9, 0), "b": csat(9, 1)})] == ["b"]
    assert rank(rule(min_n=30), {"b": csat(20, 9)}) == []


def test_each_metric_of_the_rule_needs_enough() -> None:
    both = rule(weights={"csat": 0.5, "nps": 0.5})
    enough, few = csat(20, 0, nps_promoters=10), csat(20, 0, nps_promoters=9)
    assert [one.key for one in rank(both, {"a": enough, "b": few})] == ["a"]


def test_nobody_is_unattributed() -> None:
    assert rank(rule(), {"unattributed": csat(100, 0)}) == []


def test_equals_share_a_rank_in_the_order_of_their_names_and_the_next_comes_after_all_of_them() -> None:
    found = {"c": csat(20, 0), "a": csat(20, 0), "d": csat(15, 0), "b": csat(30, 0)}
    ranked = rank(rule(), found)
    assert [(one.key, one.rank, one.shared) for one in ranked] == [
        ("b", 1, False),
        ("a", 2, True),
        ("c", 2, True),
        ("d", 4, False),
    ]
    keys = list(found)
    for seed in range(5):
        random.Random(seed).shuffle(keys)
        assert rank(rule(), {key: found[key] for key in keys}) == ranked


def test_the_score_can_be_done_again_from_the_figures() -> None:
    mixed = rule(weights={"csat": 0.75, "nps": 0.25})
    [one] = rank(mixed, {"a": csat(30, 5, nps_promoters=20, nps_detractors=5)})
    csat_low, nps_low = one.figures["csat"].low, one.figures["nps"].low
    assert csat_low is not None
    assert nps_low is not None
    assert one.score == pytest.approx(0.75 * csat_low + 0.25 * (nps_low + 100) / 200)
    assert one.figures["csat"].n == 35
    assert one.figures["csat"].definition_version == METRICS["csat"].version


def test_speed_is_a_minor_term_against_the_middle_of_those_who_take_part_and_stands_beside_satisfaction() -> None:
    mixed = rule(weights={"csat": 0.8, "aht": 0.2})
    of = lambda seconds: csat(20, 0, handled=20, handle_ms=seconds * 20_000)  # noqa: E731
    ranked = rank(mixed, {"slow": of(600), "usual": of(300), "fast": of(100)})
    assert [(one.key, round(one.parts["aht"], 3)) for one in ranked] == [
        ("fast", 0.75),
        ("usual", 0.5),
        ("slow", 0.333),
    ]
    alone = rank(rule(weights={"csat": 0.8, "aht": 0.2}), {"a": of(300)})[0]
    assert set(alone.figures) == {"csat", "aht"}


def test_handle_time_never_comes_without_satisfaction() -> None:
    figures = rank(rule(weights={"nps": 0.9, "aht": 0.1}), {"a": csat(5, 0, nps_promoters=12, handled=12)})[0].figures
    assert set(figures) == {"nps", "aht", "csat"}


def test_no_speed_makes_up_for_unhappy_customers() -> None:
    mixed = rule(weights={"csat": 0.6, "aht": 0.4})
    fast = csat(10, 10, handled=20, handle_ms=20)
    kind = csat(19, 1, handled=20, handle_ms=20 * 300_000)
    usual = {f"u{n}": csat(10, 10, handled=20, handle_ms=20 * 300_000) for n in range(3)}
    scores = {one.key: one.score for one in rank(mixed, {"fast": fast, "kind": kind, **usual})}
    assert scores["kind"] > scores["u0"]
    assert max(one.parts["aht"] for one in rank(mixed, {"fast": fast, "kind": kind, **usual})) <= 1


def test_people_are_told_the_numbers_that_earned_it() -> None:
    [one] = rank(rule(), {"a-17": csat(19, 1)})
    assert words.award_title(rule(), one) == "Happiest customers: a-17"
    told = words.award_text(rule(), one, date(2026, 3, 2), words.last_day(date(2026, 3, 2), "week"))
    assert "Agent a-17, 02 March 2026 to 08 March 2026." in told
    assert "Customer satisfaction (CSAT): 95.0%, 95 % sure 76.4% to 99.1% (n = 20)" in told
    assert "with samples of 10 or more: Customer satisfaction (CSAT) 100%" in told
