"""Coaching is advised on what customers say, beyond noise, and never for a fault of the workflow."""

import random
import time

import pytest

from scoring.core.recognition.coaching import Advice, Where, advise


def cells(**teams: dict[tuple[str, str], tuple[int, int]]) -> dict[Where, dict[str, int]]:
    """{team: {(agent, reason): (satisfied, answered)}}"""
    return {
        Where(team, agent, reason): {"csat_satisfied": good, "csat_dissatisfied": n - good}
        for team, found in teams.items()
        for (agent, reason), (good, n) in found.items()
    }


def named(advice: Advice) -> list[str]:
    return [suggestion.agent for suggestion in advice.suggestions]


GOOD = {("a", "refund"): (90, 100), ("b", "refund"): (92, 100), ("c", "refund"): (88, 100)}


def test_an_agent_clearly_below_colleagues_on_the_same_reason_is_named_with_it() -> None:
    advice = advise(cells(billing=GOOD | {("d", "refund"): (60, 100)}))
    [found] = advice.suggestions
    assert (found.team, found.agent, found.metric) == ("billing", "d", "csat")
    assert found.value.value == 0.6
    assert found.expected == pytest.approx(0.9)
    assert [(topic.reason, topic.value.n, topic.system) for topic in found.topics] == [("refund", 100, False)]
    assert advice.causes == ()


def test_nobody_is_named_within_noise_or_on_too_few() -> None:
    assert named(advise(cells(billing=GOOD | {("d", "refund"): (83, 100)}))) == []
    assert named(advise(cells(billing=GOOD | {("d", "refund"): (10, 29)}))) == []
    assert named(advise(cells(billing=GOOD | {("d", "refund"): (10, 30)}))) == ["d"]


def test_nobody_is_named_without_colleagues_to_compare_with() -> None:
    assert named(advise(cells(billing={("a", "x"): (29, 29), ("d", "x"): (40, 100)}))) == []


def test_where_the_whole_team_is_low_it_is_the_workflow_and_nobody_who_handles_it_is_named() -> None:
    found = {(agent, "refund"): (95, 100) for agent in "abc"}
    found |= {(agent, "delivery"): (40, 80) for agent in "ab"}
    found |= {("d", "delivery"): (52, 100)}
    advice = advise(cells(billing=found))
    assert named(advice) == []
    [cause] = advice.causes
    assert (cause.team, cause.reason, cause.metric, cause.value.n) == ("billing", "delivery", "csat", 260)
    assert cause.agents == ("d",)


def test_one_agent_alone_makes_no_system_cause() -> None:
    found = {(agent, "refund"): (95, 100) for agent in "abc"} | {(agent, "delivery"): (38, 40) for agent in "abc"}
    advice = advise(cells(billing=found | {("d", "delivery"): (30, 100)}))
    assert advice.causes == ()
    assert named(advice) == ["d"]


def test_a_reason_only_one_agent_handles_accuses_the_agent_only_against_the_whole_team() -> None:
    advice = advise(cells(billing=GOOD | {("d", "odd"): (50, 100)}))
    assert named(advice) == ["d"]
    assert advice.suggestions[0].topics == ()


def test_topics_are_the_worst_first_and_say_where_the_team_is_low_too() -> None:
    found = {(agent, reason): (95, 100) for agent in "abc" for reason in ("refund", "order")}
    found |= {(agent, "delivery"): (50, 100) for agent in "abc"}
    found |= {("d", "refund"): (40, 100), ("d", "order"): (80, 100), ("d", "delivery"): (30, 100), ("d", "few"): (0, 9)}
    [one] = advise(cells(billing=found)).suggestions
    assert [(topic.reason, topic.system) for topic in one.topics] == [
        ("refund", False),
        ("delivery", True),
        ("order", False),
    ]


def test_teams_are_not_compared_with_each_other_and_nobody_is_unattributed() -> None:
    hard = {(agent, "refund"): (50, 100) for agent in "xyz"}
    assert advise(cells(easy=GOOD, hard=hard)) == Advice((), ())
    assert named(advise(cells(billing=GOOD | {("unattributed", "refund"): (10, 100)}))) == []
    assert named(advise(cells(unattributed=GOOD | {("d", "refund"): (10, 100)}))) == []


def test_the_widest_gap_comes_first() -> None:
    advice = advise(cells(billing=GOOD | {("d", "refund"): (60, 100), ("e", "refund"): (40, 100)}))
    assert named(advice) == ["e", "d"]


def test_speed_alone_never_names_anybody() -> None:
    found = {where: sums | {"handled": 100, "handle_ms": 1} for where, sums in cells(billing=GOOD).items()}
    found[Where("billing", "slow", "refund")] = {"csat_satisfied": 90, "csat_dissatisfied": 10, "handled": 100,
                                                 "handle_ms": 10**9}  # fmt: skip
    assert advise(found) == Advice((), ())


def test_hundreds_of_equal_agents_bring_few_false_names() -> None:
    chance = random.Random(5)
    found = {
        (f"a{n}", reason): (sum(chance.random() < 0.8 for _ in range(40)), 40) for n in range(300) for reason in "xyz"
    }
    assert len(advise(cells(billing=found)).suggestions) <= 300 * 0.05


def test_a_company_is_looked_at_in_seconds() -> None:
    found = {f"t{t}": {(f"a{a}", f"r{r}"): (8, 10) for a in range(20) for r in range(20)} for t in range(50)}
    asked = cells(**found)
    began = time.process_time()
    advise(asked)
    assert time.process_time() - began < 20
