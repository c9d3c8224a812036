"""The life of a case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerting.core.case import (
    CAUSES,
    OUTCOMES,
    Action,
    Case,
    Claim,
    Close,
    Contact,
    Refusal,
    Why,
    closable_as,
    transition,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OPEN = Case("open", 1, NOW)
SETTLED = {"cause": "workflow", "remedy": "Refunded."}


def after(*actions: Action) -> Case:
    case = OPEN
    for minute, action in enumerate(actions, start=1):
        moved = transition(case, action, NOW + timedelta(minutes=minute))
        assert isinstance(moved, Case)
        case = moved
    return case


CLAIMED = (Claim(by="Dana", version=1),)
CONTACTED = (*CLAIMED, Contact(by="Dana", version=2))


def refused(case: Case, action: Action) -> Why:
    result = transition(case, action, NOW)
    assert isinstance(result, Refusal)
    assert result.case == case
    return result.why


def test_the_whole_way_from_open_to_recovered() -> None:
    case = after(*CONTACTED, Close(by="Kim", version=3, outcome="recovered", **SETTLED))
    assert case == Case(
        state="closed",
        version=4,
        opened_at=NOW,
        claimed_by="Dana",
        claimed_at=NOW + timedelta(minutes=1),
        contacted_at=NOW + timedelta(minutes=2),
        closed_by="Kim",
        closed_at=NOW + timedelta(minutes=3),
        outcome="recovered",
        cause="workflow",
        remedy="Refunded.",
    )


def test_a_claimed_case_cannot_be_claimed_again_whatever_version_was_seen() -> None:
    assert refused(after(*CLAIMED), Claim(by="Kim", version=1)) is Why.CLAIMED_ALREADY
    assert refused(after(*CLAIMED), Claim(by="Kim", version=2)) is Why.CLAIMED_ALREADY


def test_who_acts_on_an_older_version_is_refused() -> None:
    assert refused(after(*CLAIMED), Contact(by="Dana", version=1)) is Why.CHANGED


def test_a_customer_is_contacted_by_somebody_who_claimed_the_case_and_only_the_first_time_counts() -> None:
    assert refused(OPEN, Contact(by="Dana", version=1)) is Why.NOT_CLAIMED
    assert refused(after(*CONTACTED), Contact(by="Dana", version=3)) is Why.CONTACTED_ALREADY


def test_nothing_moves_a_closed_case() -> None:
    case = after(Close(by="Kim", version=1, outcome="dismissed", reason="a test"))
    for action in (Claim(by="a", version=2), Contact(by="a", version=2)):
        assert refused(case, action) is Why.CLOSED


def test_winning_a_customer_back_takes_a_contact_and_an_unreachable_one_takes_a_claim() -> None:
    unreachable = {"by": "Dana", "outcome": "unreachable", **SETTLED}
    assert refused(after(*CLAIMED), Close(by="Dana", version=2, outcome="recovered", **SETTLED)) is Why.NOT_CONTACTED
    assert refused(OPEN, Close(version=1, **unreachable)) is Why.NOT_CLAIMED
    assert after(*CLAIMED, Close(version=2, **unreachable)).outcome == "unreachable"


def test_a_stray_answer_may_be_dismissed_unclaimed() -> None:
    case = after(Close(by="Kim", version=1, outcome="dismissed", reason="a test call"))
    assert (case.outcome, case.dismissal, case.claimed_by) == ("dismissed", "a test call", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "dismissed"},
        {"outcome": "dismissed", "reason": "a test", "cause": "agent"},
        {"outcome": "recovered"},
        {"outcome": "recovered", "cause": "agent"},
        {"outcome": "recovered", "remedy": "Refunded."},
        {"outcome": "recovered", **SETTLED, "reason": "because"},
        {"outcome": "recovered", "cause": "the weather", "remedy": "x"},
        {"outcome": "solved", **SETTLED},
        {"outcome": "recovered", "cause": "agent", "remedy": "x" * 501},
        {"outcome": "recovered", "cause": "agent", "remedy": "   "},
        {"outcome": "recovered", "cause": "agent", "remedy": "a\x00b"},
        {"outcome": "recovered", **SETTLED, "by": ""},
    ],
)
def test_a_case_is_closed_with_everything_that_belongs_to_its_outcome_and_nothing_else(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Close.model_validate({"by": "Dana", "version": 3, **wrong})


def test_the_system_comes_first_among_the_causes_and_the_agent_last() -> None:
    assert CAUSES[0] == "training"
    assert CAUSES[-1] == "agent"


def test_closable_as_says_what_transition_allows() -> None:
    for case in (OPEN, after(*CLAIMED), after(*CONTACTED)):
        for outcome in OUTCOMES:
            rest = {"reason": "x"} if outcome == "dismissed" else SETTLED
            result = transition(case, Close(by="Kim", version=case.version, outcome=outcome, **rest), NOW)
            assert isinstance(result, Case) == (outcome in closable_as(case.state))


def _closing(outcome: str, version: int) -> Close:
    rest = {"reason": "x"} if outcome == "dismissed" else SETTLED
    return Close.model_validate({"by": "Kim", "version": version, "outcome": outcome, **rest})


versions = st.integers(1, 6)
actions = st.one_of(
    versions.map(lambda version: Claim(by="Dana", version=version)),
    versions.map(lambda version: Contact(by="Dana", version=version)),
    st.builds(_closing, st.sampled_from(OUTCOMES), versions),
)


@given(st.lists(actions, max_size=12))
def test_no_path_closes_a_case_without_outcome_cause_and_remedy_or_moves_it_unseen(path: list[Action]) -> None:
    case = OPEN
    for action in path:
        result = transition(case, action, NOW)
        moved = result if isinstance(result, Case) else case
        assert (moved.version, moved == case) in {(case.version + 1, False), (case.version, True)}
        assert moved == case or action.version == case.version
        case = moved
        assert (case.state == "closed") == (case.outcome is not None) == (case.closed_by is not None)
        assert (case.state in ("claimed", "contacted")) <= (case.claimed_by is not None)
        if case.outcome == "dismissed":
            assert case.dismissal
        elif case.outcome:
            assert case.cause
            assert case.remedy
            assert case.claimed_at
            assert case.contacted_at or case.outcome == "unreachable"
