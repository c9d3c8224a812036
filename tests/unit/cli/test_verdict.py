"""The demo's verdict finds what is off, and nothing where all is well."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from amends.demo.sink import Arrival
from amends.demo.verdict import Found, delays, findings, percentile
from amends.simulation.expectations import Expectations
from amends.simulation.said import say
from events.survey import SurveyResponse

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def bad(number: int) -> SurveyResponse:
    return SurveyResponse.model_validate(
        {
            "response_id": f"r-{number}",
            "interaction_id": f"i-{number}",
            "customer_id": "c",
            "instrument": "csat",
            "scale": "1-5",
            "value": 1,
            "submitted_at": NOON,
            "preferences": [{"kind": "language", "value": "bn"}],
        }
    )


SAID = [say(bad(number), "/test", NOON) for number in range(2)]
ONE, TWO = (said.id for said in SAID)


@pytest.fixture
def expected() -> Expectations:
    found = Expectations()
    for said in SAID:
        found.posted(said, NOON)
    return found


TOLD = {"alerts": 3}
WELL = Found(
    applied={"survey-responses": 2, "interactions": 0, "mentions": 0, "alerts": 7},
    others=0,
    cases={"case-1": ONE, "case-2": TWO},
    arrivals=[Arrival(ONE, "case-1", 1.0), Arrival(TWO, "case-2", 2.0)],
    forged=0,
    profiles={"c": {"language": "bn"}},
)


def test_all_is_well(expected: Expectations) -> None:
    assert findings(expected, WELL) == []


def test_others_may_post_too(expected: Expectations) -> None:
    assert (
        findings(expected, replace(WELL, applied={"survey-responses": 3, "mentions": 1, "alerts": 2}, others=2)) == []
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            replace(WELL, applied=TOLD | {"survey-responses": 1}),
            "survey-responses: 2 distinct events posted, 1 applied",
        ),
        (replace(WELL, applied=TOLD | {"survey-responses": 3}), "applied 1 events more than were posted"),
        (replace(WELL, applied=TOLD | {"survey-responses": 2, "mentions": 3}, others=2), "applied 1 events more"),
        (replace(WELL, applied={"survey-responses": 2, "alerts": 1}), "2 cases opened, 1 reports of cases applied"),
        (replace(WELL, cases={"case-1": ONE}), f"1 bad answers without a case: {TWO}"),
        (replace(WELL, cases={**WELL.cases, "case-3": ONE}), f"1 bad answers with more than one case: {ONE}"),
        (replace(WELL, cases={**WELL.cases, "case-3": "x"}), "1 cases for answers that should have none: x"),
        (replace(WELL, arrivals=WELL.arrivals[:1]), f"1 bad answers without a notification: {TWO}"),
        (replace(WELL, arrivals=[*WELL.arrivals, WELL.arrivals[0]]), f"more than one notification: {ONE}"),
        (replace(WELL, forged=1), "1 webhooks did not verify"),
        (replace(WELL, profiles={}), "1 CRM profiles are not what the customers said: c"),
        (replace(WELL, profiles={"c": {"language": "de"}}), "1 CRM profiles"),
        (replace(WELL, profiles={**WELL.profiles, "d": {"note": "x"}}), "1 CRM profiles"),
    ],
)
def test_one_thing_off_is_said_in_one_sentence(expected: Expectations, found: Found, said: str) -> None:
    (sentence,) = findings(expected, found)
    assert said in sentence


def test_delays_are_from_the_post_to_the_arrival() -> None:
    assert delays({"a": 1.0, "b": 2.0, "c": 3.0}, {"a": 1.5, "b": 2.25, "x": 9.0}, ["a", "b", "c"]) == [0.25, 0.5]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_a_value_that_was_seen(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_without_values_there_is_no_percentile() -> None:
    assert percentile([], 0.5) is None
