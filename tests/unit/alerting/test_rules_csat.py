"""A team's CSAT that drops by more than chance explains."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.rules import team_csat_drop
from alerting.core.rules.decision import Reason
from alerting.core.rules.judging import judge
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Surroundings, TeamCsat
from alerting.core.rules.team_csat_drop import Settings, highest_change, title
from events.wilson import wilson

COUNTS = st.integers(30, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def fell(csat: TeamCsat, policy: Policy | None = None) -> bool:
    return judge(Circumstances("team", Surroundings(team="billing"), csat=csat), policy or Policy()).opens


def test_the_interval_is_the_one_newcombe_published() -> None:
    # Newcombe 1998, table II, method 10, (a) 56/70 - 48/80: 0.0524 to 0.3339. Ours is told the other way round.
    assert highest_change(TeamCsat(48, 80, 56, 70), 0.95) == pytest.approx(-0.0524, abs=5e-5)
    # (d) 5/56 - 0/29: -0.0381 to 0.1926.
    assert highest_change(TeamCsat(5, 56, 0, 29), 0.95) == pytest.approx(0.1926, abs=5e-5)


def test_wilsons_interval_is_the_one_newcombe_published() -> None:
    # Newcombe 1998 (two-sided intervals for the single proportion), 81/263 by method 3: 0.2553 to 0.3662.
    assert wilson(81, 263, 0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_a_drop_beyond_chance_is_told_and_one_within_it_is_not() -> None:
    assert fell(TeamCsat(30, 60, 800, 1000))
    assert not fell(TeamCsat(45, 60, 800, 1000))
    assert not fell(TeamCsat(59, 60, 800, 1000))


@pytest.mark.parametrize(("lately", "past"), [(29, 1000), (1000, 29), (0, 0), (0, 500), (500, 0)])
def test_of_few_answers_nothing_is_said(lately: int, past: int) -> None:
    assert not fell(TeamCsat(0, lately, past, past))


def test_how_sure_one_wants_to_be_may_be_set() -> None:
    csat = TeamCsat(40, 60, 800, 1000)
    sure = Policy.model_validate({"rules": {"team_csat_drop": {"confidence": 0.99}}})
    surer = Policy.model_validate({"rules": {"team_csat_drop": {"confidence": 0.8}}})
    assert (fell(csat, sure), fell(csat, surer)) == (False, True)


@given(COUNTS, COUNTS)
def test_the_interval_holds_the_difference_and_more_confidence_widens_it(
    lately: tuple[int, int], past: tuple[int, int]
) -> None:
    csat = TeamCsat(*lately, *past)
    narrow, wide = highest_change(csat, 0.8), highest_change(csat, 0.99)
    difference = lately[0] / lately[1] - past[0] / past[1]
    assert difference - 1e-12 <= narrow <= wide + 1e-12
    assert math.isfinite(wide)


@given(COUNTS)
def test_equal_shares_are_never_a_drop(counts: tuple[int, int]) -> None:
    assert not fell(TeamCsat(*counts, *counts))


def test_the_title_says_the_numbers() -> None:
    said = title("billing", TeamCsat(30, 60, 800, 1000), Settings(hours=4))
    assert said == "CSAT of billing fell: 50% of 60 answers in the last 4 hours, 80% of 1000 before"
    assert team_csat_drop.RULE.name == Reason.TEAM_CSAT_DROP
