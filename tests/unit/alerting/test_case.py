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
    RESULTS,
    Action,
    Appoint,
    Attempt,
    Case,
    Claim,
    Close,
    Contact,
    HandOver,
    Note,
    Refusal,
    Release,
    Reopen,
    Why,
    closable_as,
    transition,
)
from alerting.core.case.transition import Terms

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DUE = NOW + timedelta(hours=2)
LEASE = timedelta(hours=1)
CLAIM_DUE = NOW + timedelta(minutes=15)
OPEN = Case("open", 1, NOW, DUE, CLAIM_DUE)
SETTLED = {"cause": "workflow", "remedy": "Refunded."}
TERMS = Terms(
    LEASE,
    lambda due, now, until: until + max(due - now, timedelta(0)),
    lambda now: now + timedelta(hours=2),
    lambda now: now + timedelta(minutes=15),
)


def after(*actions: Action) -> Case:
    case = OPEN
    for minute, action in enumerate(actions, start=1):
        moved = transition(case, action, NOW + timedelta(minutes=minute), TERMS)
        assert isinstance(moved, Case)
        case = moved
    return case


CLAIMED = (Claim(by="Dana", version=1),)
CONTACTED = (*CLAIMED, Contact(by="Dana", version=2))


def refused(case: Case, action: Action) -> Why:
    result = transition(case, action, NOW, TERMS)
    assert isinstance(result, Refusal)
    assert result.case == case
    return result.why


def test_the_whole_way_from_open_to_recovered() -> None:
    case = after(*CONTACTED, Close(by="Kim", version=3, outcome="recovered", **SETTLED))
    assert case == Case(
        state="closed",
        version=4,
        opened_at=NOW,
        contact_due_at=DUE,
        claim_due_at=CLAIM_DUE,
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


def test_nothing_but_opening_it_again_moves_a_closed_case() -> None:
    case = after(Close(by="Kim", version=1, outcome="dismissed", reason="a test"))
    for action in (Claim(by="a", version=2), Contact(by="a", version=2), Release(by="a", version=2)):
        assert refused(case, action) is Why.CLOSED
    assert refused(case, Reopen(by="Kim", version=1, reason="not so")) is Why.CHANGED


def test_a_case_opened_again_starts_anew_and_remembers_only_that_it_does() -> None:
    closed = after(*CONTACTED, Close(by="Kim", version=3, outcome="recovered", **SETTLED))
    opened = transition(closed, Reopen(by="Kim", version=4, reason="Never came."), NOW + timedelta(days=1), TERMS)
    due = NOW + timedelta(days=1, hours=2)
    claim_due = NOW + timedelta(days=1, minutes=15)
    assert opened == Case("open", 5, NOW, due, claim_due, episode=2, reopened=1)
    assert refused(OPEN, Reopen(by="Kim", version=1, reason="x")) is Why.NOT_CLOSED


def test_a_claim_is_leased_and_every_failed_attempt_renews_it() -> None:
    claimed = after(*CLAIMED)
    assert claimed.leased_until == NOW + timedelta(minutes=1) + LEASE
    tried = transition(claimed, Attempt(by="Dana", version=2, result="busy"), NOW + timedelta(minutes=50), TERMS)
    assert isinstance(tried, Case)
    assert (tried.state, tried.leased_until) == ("claimed", NOW + timedelta(minutes=50) + LEASE)


def test_a_case_given_back_is_open_and_a_new_episode() -> None:
    case = after(*CLAIMED, Release(by="Dana", version=2))
    assert (case.state, case.episode, case.claimed_by, case.leased_until) == ("open", 2, None, None)
    assert case.contact_due_at == DUE  # the customer has waited all the same
    assert case.claim_due_at == NOW + timedelta(minutes=2 + 15)
    assert refused(OPEN, Release(by="Dana", version=1)) is Why.NOT_CLAIMED
    assert refused(after(*CONTACTED), Release(by="Dana", version=3)) is Why.CONTACTED_ALREADY


def test_a_case_handed_over_is_with_the_other_at_once() -> None:
    case = after(*CLAIMED, HandOver(by="Dana", version=2, to="Ravi"))
    assert (case.state, case.claimed_by, case.claimed_at) == ("claimed", "Ravi", NOW + timedelta(minutes=1))
    assert case.leased_until == NOW + timedelta(minutes=2) + LEASE
    assert after(*CONTACTED, HandOver(by="Dana", version=3, to="Ravi")).state == "contacted"
    assert refused(case, HandOver(by="Dana", version=3, to="Ravi")) is Why.SAME_PERSON
    assert refused(OPEN, HandOver(by="Dana", version=1, to="Ravi")) is Why.NOT_CLAIMED


def test_an_appointment_pauses_the_contact_clock_and_keeps_the_claim_until_an_hour_after_it() -> None:
    at = NOW + timedelta(days=1)
    case = after(*CLAIMED, Appoint(by="Dana", version=2, at=at))
    assert case.contact_due_at == at + timedelta(minutes=118)  # two of the 120 had passed
    assert (case.callback_at, case.contact_paused_until, case.leased_until) == (at, at, at + LEASE)
    for when in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=31)):
        assert refused(after(*CLAIMED), Appoint(by="Dana", version=2, at=when)) is Why.NOT_AHEAD


def test_a_second_appointment_does_not_count_the_first_pause_again() -> None:
    first, second = NOW + timedelta(hours=3), NOW + timedelta(hours=5)
    case = after(*CLAIMED, Appoint(by="Dana", version=2, at=first), Appoint(by="Dana", version=3, at=second))
    assert case.contact_due_at == second + timedelta(minutes=118)


def test_an_appointment_after_the_contact_moves_no_clock() -> None:
    case = after(*CONTACTED, Appoint(by="Dana", version=3, at=NOW + timedelta(days=1)))
    assert (case.state, case.contact_due_at, case.leased_until) == ("contacted", DUE, None)


def test_a_note_never_conflicts_and_changes_nothing() -> None:
    for case in (OPEN, after(*CLAIMED), after(*CONTACTED)):
        assert transition(case, Note(by="Kim", version=99, note="hm"), NOW, TERMS) == case


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
            result = transition(case, Close(by="Kim", version=case.version, outcome=outcome, **rest), NOW, TERMS)
            assert isinstance(result, Case) == (outcome in closable_as(case.state))


def _closing(outcome: str, version: int) -> Close:
    rest = {"reason": "x"} if outcome == "dismissed" else SETTLED
    return Close.model_validate({"by": "Kim", "version": version, "outcome": outcome, **rest})


versions = st.integers(1, 8)
actions = st.one_of(
    versions.map(lambda version: Claim(by="Dana", version=version)),
    versions.map(lambda version: Contact(by="Dana", version=version)),
    st.builds(_closing, st.sampled_from(OUTCOMES), versions),
    versions.map(lambda version: Release(by="Dana", version=version)),
    versions.map(lambda version: HandOver(by="Dana", version=version, to="Ravi")),
    versions.map(lambda version: HandOver(by="Ravi", version=version, to="Dana")),
    st.builds(lambda v, r: Attempt(by="Dana", version=v, result=r), versions, st.sampled_from(RESULTS)),
    versions.map(lambda version: Appoint(by="Dana", version=version, at=NOW + timedelta(hours=version))),
    versions.map(lambda version: Reopen(by="Kim", version=version, reason="x")),
)


@given(st.lists(actions, max_size=16))
def test_no_path_closes_a_case_without_outcome_cause_and_remedy_or_moves_it_unseen(path: list[Action]) -> None:
    case = OPEN
    for action in path:
        result = transition(case, action, NOW, TERMS)
        moved = result if isinstance(result, Case) else case
        assert (moved.version, moved == case) in {(case.version + 1, False), (case.version, True)}
        assert moved == case or action.version == case.version
        assert moved.episode == case.episode + (moved.state == "open" != case.state)
        case = moved
        assert (case.state == "claimed") == (case.leased_until is not None)
        assert (case.state == "closed") == (case.outcome is not None) == (case.closed_by is not None)
        assert (case.state in ("claimed", "contacted")) <= (case.claimed_by is not None)
        if case.outcome == "dismissed":
            assert case.dismissal
        elif case.outcome:
            assert case.cause
            assert case.remedy
            assert case.claimed_at
            assert case.contacted_at or case.outcome == "unreachable"
