"""The taxonomy, the board and the figures of the causes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.core.case import CAUSES
from alerting.core.causes import SPLITS, TAXONOMY, Choice, Rate, Tally, agreement, describe, pareto
from events.wilson import wilson


def test_every_cause_is_described_in_the_order_in_which_to_think_of_it() -> None:
    assert tuple(described.cause for described in TAXONOMY) == CAUSES
    assert all(described.meaning and described.looks_like and described.owner for described in TAXONOMY)


def test_the_agent_stands_last_and_alone_carries_a_question_to_ask_oneself() -> None:
    assert [described.cause for described in TAXONOMY if described.hint] == ["agent"] == [CAUSES[-1]]
    assert describe("agent").hint is not None


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    [(2, 2, 34.2, 100), (5, 5, 56.6, 100), (8, 10, 49.0, 94.3), (18, 20, 69.9, 97.2), (0, 10, 0, 27.8)],
)
def test_wilson_is_as_the_definition_says(part: int, n: int, low: float, high: float) -> None:
    assert [round(bound * 100, 1) for bound in wilson(part, n)] == [low, high]


def test_of_fewer_than_five_only_the_count_is_shown() -> None:
    assert Rate.of(3, 4) == Rate(3, 4, None, None, None)
    assert Rate.of(3, 5).value == 0.6


def test_the_board_goes_from_the_most_frequent_cause_to_the_least() -> None:
    board = pareto(
        [
            Tally("routing", "recovered", "2026-W09", 2, "billing"),
            Tally("staffing", "recovered", "2026-W09", 5, "billing"),
            Tally("staffing", "unreachable", "2026-W10", 1, "sales"),
            Tally("ivr", "not_recovered", "2026-W10", 2, "sales"),
        ]
    )
    assert [(bar.cause, bar.n, bar.share, bar.cumulative) for bar in board.bars] == [
        ("staffing", 6, 0.6, 0.6),
        ("ivr", 2, 0.2, 0.8),
        ("routing", 2, 0.2, 1.0),
    ]
    assert board.bars[0].outcomes == {"recovered": 5, "unreachable": 1}
    assert board.bars[0].recovery == Rate.of(5, 6)
    assert board.bars[1].recovery.value is None
    assert (board.n, board.recovery) == (10, Rate.of(7, 10))


def test_a_cause_may_be_split_by_team_reason_or_week() -> None:
    tallies = [
        Tally("staffing", "recovered", "2026-W09", 2, "billing", "invoice"),
        Tally("staffing", "recovered", "2026-W10", 1, "sales", "invoice"),
        Tally("staffing", "recovered", "2026-W10", 1, None, None),
    ]
    groups = {split: [(bar.group, bar.n) for bar in pareto(tallies, split).bars] for split in SPLITS}
    assert groups == {
        "team": [("billing", 2), ("sales", 1), (None, 1)],
        "reason": [("invoice", 3), (None, 1)],
        "week": [("2026-W09", 2), ("2026-W10", 2)],
    }


def test_a_board_of_nothing_is_empty() -> None:
    board = pareto([])
    assert (board.n, board.bars, board.recovery.value) == (0, (), None)


TALLIES = st.lists(
    st.builds(
        Tally,
        st.sampled_from(CAUSES),
        st.sampled_from(["recovered", "not_recovered", "unreachable"]),
        st.sampled_from(["2026-W09", "2026-W10"]),
        st.integers(1, 50),
        st.sampled_from([None, "a", "b"]),
        st.sampled_from([None, "c"]),
    ),
    max_size=30,
)


@given(TALLIES, st.sampled_from([None, *SPLITS]))
def test_no_case_is_lost_or_counted_twice_on_a_board(tallies: list[Tally], by: str | None) -> None:
    board = pareto(tallies, by)  # type: ignore[arg-type]
    assert board.n == sum(tally.count for tally in tallies) == sum(bar.n for bar in board.bars)
    assert [bar.n for bar in board.bars] == sorted((bar.n for bar in board.bars), reverse=True)
    assert all(sum(bar.outcomes.values()) == bar.n for bar in board.bars)
    if tallies:
        assert board.bars[-1].cumulative == 1.0
    assert pareto(reversed(tallies), by) == board  # type: ignore[arg-type]


def test_agreement_counts_what_was_suggested_and_chosen() -> None:
    found = agreement(
        [
            Choice("staffing", "strong", ("comment", "contact"), "staffing", 6),
            Choice("staffing", "fair", ("contact",), "routing", 2),
            Choice("ivr", "weak", ("history",), "ivr", 1),
            Choice(None, None, (), "workflow", 3),
        ]
    )
    assert found.suggested == Rate.of(9, 12)
    assert found.agreed == Rate.of(7, 9)
    assert found.by_strength == {"weak": Rate.of(1, 1), "fair": Rate.of(0, 2), "strong": Rate.of(6, 6)}
    assert found.by_source == {"comment": Rate.of(6, 6), "contact": Rate.of(6, 8), "history": Rate.of(1, 1)}
    assert found.by_cause["staffing"] == Rate.of(6, 8)
    assert found.by_cause["workflow"].n == 0
