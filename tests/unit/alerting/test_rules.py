"""Which answers ask for a case, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerting.core import rules
from alerting.core.freshness import only_fresh
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.policy import Policy
from events.interaction import Interaction
from events.mention import Mention
from events.scales import ALLOWED, SCALES
from events.survey import SurveyResponse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = Decision(Verdict.OPEN, Reason.LOW_SCORE)


def response(**changes: Any) -> SurveyResponse:
    said = {"response_id": "r-1", "instrument": "csat", "scale": "1-5", "value": 1, "submitted_at": NOW}
    return SurveyResponse(**{**said, **changes})


def mention(**changes: Any) -> Mention:
    return Mention(**{"mention_id": "m-1", "network": "trustpilot", "published_at": NOW, **changes})


@pytest.mark.parametrize("instrument", ALLOWED)
def test_without_a_policy_the_dissatisfied_class_of_every_scale_of_every_instrument_opens_a_case(
    instrument: str,
) -> None:
    for scale in ALLOWED[instrument]:
        for value in (0, 1, 2, 3, 5, 10, 0.4, 0.5, "bad", "good", "up", "down", "yes", "no"):
            try:
                said = response(instrument=instrument, scale=scale, value=value)
            except ValidationError:
                continue  # not on this scale
            bad = SCALES[scale].sentiment(value) == "dissatisfied"
            assert rules.judge(said, Policy()) == (OPEN if bad else Decision(Verdict.NONE, Reason.SCORE_NOT_LOW))


@pytest.mark.parametrize("status", ["partial", "dismissed", "preview"])
def test_a_response_that_is_not_completed_is_no_answer(status: str) -> None:
    assert rules.judge(response(status=status), Policy()) == Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)


def test_a_policy_may_move_the_limit_of_a_scale() -> None:
    policy = Policy(alert_at_or_below={"0-10": 3})
    nps = {"instrument": "nps", "scale": "0-10"}
    assert rules.judge(response(**nps, value=3), policy) == OPEN
    assert rules.judge(response(**nps, value=4), policy) == Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
    assert rules.judge(response(value=2), policy) == OPEN


def test_a_policy_may_turn_an_instrument_or_mentions_off() -> None:
    policy = Policy(instruments_off=frozenset({"csat"}), mentions=False)
    assert rules.judge(response(), policy) == Decision(Verdict.NONE, Reason.TURNED_OFF)
    assert rules.judge(mention(sentiment="negative"), policy) == Decision(Verdict.NONE, Reason.TURNED_OFF)


def test_a_limit_must_lie_on_its_scale_and_all_complaints_come_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate(
            {"alert_at_or_below": {"1-5": 5}, "instruments_off": ["fax"], "mentions": "perhaps", "colour": 1}
        )
    assert {error["loc"][0] for error in caught.value.errors()} == {
        "alert_at_or_below",
        "instruments_off",
        "mentions",
        "colour",
    }


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ({"sentiment": "negative"}, Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION)),
        ({"scale": "1-5", "rating": 1}, Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION)),
        ({"scale": "1-5", "rating": 5, "sentiment": "negative"}, Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)),
        ({"sentiment": "neutral"}, Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)),
        ({}, Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)),
    ],
)
def test_a_mention_counts_by_its_rating_else_by_its_sentiment(said: dict[str, Any], decision: Decision) -> None:
    assert rules.judge(mention(**said), Policy()) == decision


def test_no_rule_reads_an_interaction() -> None:
    assert rules.judge(Interaction(interaction_id="i", channel="phone", offered_at=NOW), Policy()) is None


@pytest.mark.parametrize(
    ("said_ago", "recorded_ago", "reason"),
    [
        (timedelta(0), timedelta(0), Reason.LOW_SCORE),
        (2 * HOUR, HOUR, Reason.LOW_SCORE),
        (-HOUR, timedelta(0), Reason.LOW_SCORE),
        (2 * HOUR + timedelta(seconds=1), HOUR, Reason.ARRIVED_LATE),
        (HOUR, HOUR + timedelta(seconds=1), Reason.REPLAYED),
    ],
)
def test_only_fresh_answers_open_a_case(said_ago: timedelta, recorded_ago: timedelta, reason: Reason) -> None:
    found = only_fresh(OPEN, occurred_at=NOW - said_ago, recorded_at=NOW - recorded_ago, now=NOW, limit=HOUR)
    assert found.reason is reason
    assert found.opens == (reason is Reason.LOW_SCORE)


def test_a_good_answer_that_is_old_is_just_good() -> None:
    good = Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
    assert only_fresh(good, occurred_at=NOW - 9 * HOUR, recorded_at=NOW - 9 * HOUR, now=NOW, limit=HOUR) == good
