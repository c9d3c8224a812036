"""Which answers, mentions and contacts ask for a case, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from alerting.core.answer import Answer, answer_of
from alerting.core.contact import Contact, contact_of
from alerting.core.freshness import Freshness
from alerting.core.rules import RULES
from alerting.core.rules.decision import OPENING_REASONS, Decision, Reason, Verdict
from alerting.core.rules.judging import around, around_contact, judge
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Score, Surroundings
from events.envelope import Event
from events.interaction import Interaction
from events.mention import Mention
from events.scales import ALLOWED, SCALES
from events.survey import SurveyResponse

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN = Decision(Verdict.OPEN, Reason.LOW_SCORE)
NOT_LOW = Decision(Verdict.NONE, Reason.SCORE_NOT_LOW)
OFF = Decision(Verdict.NONE, Reason.TURNED_OFF)


def rules(**settings: Any) -> Policy:
    return Policy.model_validate({"rules": settings})


def _event(data: Any) -> Event[Any]:
    return Event("e-1", "/survey", "default", NOW, NOW, data)


def response(**changes: Any) -> Answer:
    said = {"response_id": "r-1", "instrument": "csat", "scale": "1-5", "value": 1, "submitted_at": NOW}
    return _answer(SurveyResponse(**{**said, **changes}))


def mention(**changes: Any) -> Answer:
    return _answer(Mention(**{"mention_id": "m-1", "network": "trustpilot", "published_at": NOW, **changes}))


def _answer(data: Any) -> Answer:
    found = answer_of(_event(data))
    assert found is not None
    return found


def contact(**changes: Any) -> Contact:
    said = {"interaction_id": "call-1", "channel": "phone", "customer_id": "cus-1", "offered_at": NOW, **changes}
    return contact_of(_event(Interaction(**said)))


def said_of(answer: Answer, policy: Policy | None = None, **more: Any) -> Decision:
    return judge(Circumstances(answer.kind, around(answer, None), answer=answer, **more), policy or Policy())


def said_of_contact(found: Contact, policy: Policy, **more: Any) -> Decision:
    return judge(Circumstances("contact", around_contact(found), contact=found, **more), policy)


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
            assert said_of(said) == (OPEN if bad else NOT_LOW)


@pytest.mark.parametrize("status", ["partial", "dismissed", "preview"])
def test_a_response_that_is_not_completed_is_no_answer_whatever_it_says(status: str) -> None:
    said = response(status=status, comment="I will see you in court.")
    assert said_of(said) == Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)


def test_the_limit_of_a_scale_may_be_moved() -> None:
    policy = rules(low_score={"at_or_below": {"0-10": 3}})
    nps = {"instrument": "nps", "scale": "0-10"}
    assert said_of(response(**nps, value=3), policy) == OPEN
    assert said_of(response(**nps, value=4), policy) == NOT_LOW
    assert said_of(response(value=2), policy) == OPEN


def test_an_instrument_or_a_rule_may_be_turned_off() -> None:
    only_nps = {"instruments": ["nps"]}
    assert said_of(response(), rules(low_score=only_nps, score_fell=only_nps)) == OFF
    assert said_of(mention(sentiment="negative"), rules(negative_mention={"enabled": False})) == OFF


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ({"sentiment": "negative"}, Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION, "reply")),
        ({"scale": "1-5", "rating": 1}, Decision(Verdict.OPEN, Reason.NEGATIVE_MENTION, "reply")),
        ({"scale": "1-5", "rating": 5, "sentiment": "negative"}, Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)),
        ({"sentiment": "neutral"}, Decision(Verdict.NONE, Reason.MENTION_NOT_NEGATIVE)),
        ({}, Decision(Verdict.NONE, Reason.NOT_AN_ANSWER)),
    ],
)
def test_a_mention_counts_by_its_rating_else_by_its_sentiment(said: dict[str, Any], decision: Decision) -> None:
    assert said_of(mention(**said)) == decision


def test_praise_is_thanked_for_where_that_is_turned_on() -> None:
    kind = mention(scale="1-5", rating=5)
    assert not said_of(kind).opens
    turned_on = rules(public_praise={"enabled": True})
    assert said_of(kind, turned_on) == Decision(Verdict.OPEN, Reason.PUBLIC_PRAISE, "thank")
    assert not said_of(mention(sentiment="neutral"), turned_on).opens


def earlier(value: int, ago: timedelta) -> Score:
    return Score("r-0", NOW - ago, "1-5", value)


@pytest.mark.parametrize(
    ("value", "scores", "reason"),
    [
        (1, [earlier(5, DAY)], Reason.SCORE_FELL),
        (1, [earlier(5, 180 * DAY)], Reason.SCORE_FELL),
        (1, [earlier(5, 181 * DAY)], Reason.LOW_SCORE),
        (1, [earlier(3, DAY), earlier(5, 2 * DAY)], Reason.LOW_SCORE),
        (1, [], Reason.LOW_SCORE),
        (4, [earlier(5, DAY)], Reason.SCORE_NOT_LOW),
    ],
)
def test_a_low_score_after_a_good_one_says_so(value: int, scores: list[Score], reason: Reason) -> None:
    assert said_of(response(value=value, customer_id="cus-1"), scores=tuple(scores)).reason is reason


def test_what_several_rules_find_is_told_under_the_most_telling_reason() -> None:
    furious = response(comment="I complained twice; my lawyer will write to you.", customer_id="cus-1")
    scores = (earlier(5, DAY),)
    order = [Reason.LEGAL_THREAT, Reason.SCORE_FELL, Reason.LOW_SCORE, Reason.COMPLAINT_WORDS]
    off: dict[str, Any] = {}
    for reason in order:
        assert said_of(furious, rules(**off), scores=scores).reason is reason
        off[reason] = {"enabled": False}
    assert said_of(furious, rules(**off), scores=scores) == OFF


def test_words_weigh_where_the_score_is_good_and_a_mention_is_answered_in_public() -> None:
    assert said_of(response(value=5, comment="This is unacceptable")).reason is Reason.COMPLAINT_WORDS
    threat = said_of(mention(sentiment="neutral", text="See you in court!"))
    assert threat == Decision(Verdict.OPEN, Reason.LEGAL_THREAT, "reply")
    assert said_of(response(value=5, comment="I'll take you to court")).play == "recover"


@pytest.mark.parametrize(
    ("tier", "wait", "opens"), [("gold", 301, True), ("gold", 300, False), ("silver", 9999, False), (None, 9999, False)]
)
def test_a_long_wait_matters_to_the_groups_that_are_named(tier: str | None, wait: float, opens: bool) -> None:
    policy = rules(long_wait={"enabled": True, "tiers": ["gold"], "seconds": 300})
    found = contact(answered_at=NOW + HOUR, queue_wait_seconds=wait, customer_tier=tier)
    assert said_of_contact(found, policy).opens is opens
    assert not said_of_contact(found, Policy()).opens


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ({"abandoned": True, "ended_at": NOW + timedelta(seconds=60)}, True),
        ({"abandoned": True}, True),
        ({"abandoned": True, "ended_at": NOW + timedelta(seconds=9)}, False),
        ({"abandoned": True, "callback_queued": True}, False),
        ({"abandoned": True, "direction": "outbound"}, False),
        ({"abandoned": False}, False),
        ({}, False),
    ],
)
def test_who_gives_up_waiting_is_called_unless_a_call_back_was_promised(said: dict[str, Any], opens: bool) -> None:
    policy = rules(abandoned={"enabled": True, "tiers": ["gold"], "after_seconds": 10})
    found = said_of_contact(contact(customer_tier="gold", **said), policy)
    assert (found.opens, found.reason is Reason.ABANDONED) == (opens, opens)


def before(**changes: Any) -> Contact:
    return contact(**{"interaction_id": "call-0", "offered_at": NOW - 6 * DAY, "reason": "invoice", **changes})


@pytest.mark.parametrize(
    ("now", "past", "opens"),
    [
        ({"resolved": False}, [before()], True),
        ({"resolved": False}, [before(offered_at=NOW - 7 * DAY)], True),
        ({"resolved": False}, [before(offered_at=NOW - 7 * DAY - timedelta(seconds=1))], False),
        ({"resolved": False}, [before(reason="delivery")], False),
        ({"resolved": False}, [before(direction="outbound")], False),
        ({"resolved": False}, [], False),
        ({"resolved": True}, [before()], False),
        ({}, [before()], False),
    ],
)
def test_a_second_contact_about_the_same_thing_that_resolves_nothing_opens_a_case(
    now: dict[str, Any], past: list[Contact], opens: bool
) -> None:
    policy = rules(repeat_unresolved={"enabled": True, "within_days": 7})
    found = said_of_contact(contact(reason="invoice", **now), policy, contacts=tuple(past))
    assert found.opens is opens
    assert not said_of_contact(contact(reason="invoice", **now), Policy(), contacts=tuple(past)).opens


def test_how_many_contacts_make_a_repeat_may_be_set() -> None:
    policy = rules(repeat_unresolved={"enabled": True, "contacts": 3})
    found = contact(reason="invoice", resolved=False)
    past = (before(), before(interaction_id="call-00"))
    assert [said_of_contact(found, policy, contacts=past[:count]).opens for count in (1, 2)] == [False, True]


def test_a_promised_call_back_that_nobody_made_is_to_be_made() -> None:
    promised = contact(callback_queued=True)
    missed = judge(Circumstances("promise", Surroundings(), contact=promised), Policy())
    assert missed == Decision(Verdict.OPEN, Reason.CALL_BACK_MISSED, "call_back")
    assert not judge(Circumstances("promise", Surroundings(), contact=promised, kept_at=NOW), Policy()).opens
    called = contact(callback_queued=True, answered_at=NOW + HOUR)
    assert not judge(Circumstances("promise", Surroundings(), contact=called), Policy()).opens


def test_every_rule_has_a_reason_of_its_own_name_by_which_cases_are_counted() -> None:
    assert {rule.name for rule in RULES} == set(OPENING_REASONS)


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
    fresh = Freshness(NOW, HOUR)
    found = fresh.only_fresh(OPEN, occurred_at=NOW - said_ago, recorded_at=NOW - recorded_ago)
    assert found.reason is reason
    assert found.opens == (reason is Reason.LOW_SCORE)


def test_a_good_answer_that_is_old_is_just_good() -> None:
    then = NOW - 9 * HOUR
    assert Freshness(NOW, HOUR).only_fresh(NOT_LOW, occurred_at=then, recorded_at=then) == NOT_LOW
