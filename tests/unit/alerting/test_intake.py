"""One answer, told about again and again, in any order."""

from uuid import UUID

from alerting.core.intake import Known, Step, plan, plan_again
from alerting.core.rules.decision import Decision, Reason, Verdict

BAD = Decision(Verdict.OPEN, Reason.LOW_SCORE)
GOOD = Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
STALE = Decision(Verdict.SUPPRESSED_STALE, Reason.REPLAYED)
CASE = UUID(int=1)


def test_a_first_answer_opens_a_case_if_bad_and_fresh_and_is_recorded_otherwise() -> None:
    assert [plan(Known(), 0, decision) for decision in (BAD, GOOD, STALE)] == [Step.OPEN, Step.RECORD, Step.RECORD]


def test_an_older_version_or_the_same_again_changes_nothing() -> None:
    known = Known(3, Verdict.OPEN, CASE)
    assert [plan(known, version, GOOD) for version in (0, 2, 3)] == [Step.IGNORE] * 3


def test_a_newer_version_that_is_still_bad_updates_the_evidence_however_old_it_is() -> None:
    known = Known(3, Verdict.OPEN, CASE)
    assert plan(known, 4, BAD) is Step.UPDATE
    assert plan(known, 4, STALE) is Step.UPDATE


def test_an_answer_that_is_no_longer_bad_is_corrected_on_its_case() -> None:
    assert plan(Known(3, Verdict.OPEN, CASE), 4, GOOD) is Step.CORRECT


def test_an_answer_that_turns_bad_again_is_taken_like_a_new_one() -> None:
    assert plan(Known(4, Verdict.NONE, CASE), 5, BAD) is Step.OPEN


def test_a_good_answer_that_turns_bad_opens_a_case() -> None:
    assert plan(Known(1, Verdict.NONE), 2, BAD) is Step.OPEN


def test_an_answer_suppressed_as_stale_stays_out_of_cases_until_a_fresh_version() -> None:
    assert plan(Known(1, Verdict.SUPPRESSED_STALE), 2, STALE) is Step.RECORD


def test_judged_once_more_only_another_verdict_is_news() -> None:
    opened, fine, old = Known(1, Verdict.OPEN, CASE), Known(1), Known(1, Verdict.SUPPRESSED_STALE)
    expected = {
        (opened, BAD): Step.IGNORE, (opened, STALE): Step.IGNORE, (opened, GOOD): Step.CORRECT,
        (fine, BAD): Step.OPEN, (fine, STALE): Step.RECORD, (fine, GOOD): Step.IGNORE,
        (old, BAD): Step.OPEN, (old, STALE): Step.IGNORE, (old, GOOD): Step.RECORD,
    }  # fmt: skip
    assert {pair: plan_again(*pair) for pair in expected} == expected
