"""Formbricks' responses: what comes of them as they grow, and why what doesn't."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery
from ingest.vendors.formbricks import VENDOR
from ingest.vendors.outcome import Context, Ignored, Outcome, Said

EXAMPLES = Path(__file__).parents[5] / "shared/vendor-payloads/formbricks.json"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RESPONSE = {
    "id": "r1",
    "surveyId": "s1",
    "createdAt": "2026-03-02T09:00:00.000Z",
    "updatedAt": "2026-03-02T09:05:00.000Z",
    "finished": True,
    "contact": None,
    "contactAttributes": None,
    "data": {"q1": 4, "why": "так себе 😐", "interaction_id": "c1"},
}


def source(*questions: dict[str, Any], **more: Any) -> Source:
    return Source.model_validate({"name": "fb", "vendor": "formbricks", "questions": questions, **more})


RATED = source({"form": "s1", "question": "q1", "scale": "1-5", "comment": "why"})


def read(document: Any, source: Source = RATED) -> list[Outcome]:
    return delivery.read(VENDOR, source, Format.JSON, json.dumps(document).encode(), Context(NOW))


def response(source: Source = RATED, event: str = "responseFinished", /, **changes: Any) -> list[Outcome]:
    return read({"event": event, "data": RESPONSE | changes}, source)


def data(outcome: Outcome) -> SurveyResponse:
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, SurveyResponse)
    return outcome.data


def complaint(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (problem,) = error.value.problems
    return problem.pointer, problem.code


def test_the_documented_example_is_mapped_once_its_questions_are_configured() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the collection of vendors' payloads is not beside this repository")
    (example,) = json.loads(EXAMPLES.read_text())["examples"]
    asked = source(
        {
            "form": "surveyId",
            "question": "newsletter_consent",
            "instrument": "approval",
            "scale": "yes-no",
            "values": {"accepted": "yes"},
        }
    )
    (said,) = read(example["body"], asked)
    assert (data(said).value, data(said).status, data(said).language) == ("yes", "completed", "en")
    assert data(said).updated_at == datetime(2025, 7, 24, 7, 47, 56, 116_000, tzinfo=UTC)


def test_all_three_events_of_a_response_are_one_response_and_only_the_finished_one_counts() -> None:
    (created,) = response(
        RATED, "responseCreated", finished=False, updatedAt="2026-03-02T09:00:00.000Z", data={"q1": 1}
    )
    (updated,) = response(
        RATED, "responseUpdated", finished=False, updatedAt="2026-03-02T09:01:00.000Z", data={"q1": 2}
    )
    (finished,) = response()
    assert len({data(each).response_id for each in (created, updated, finished)}) == 1
    assert [data(each).counted for each in (created, updated, finished)] == [None, None, 4]
    assert data(created).version < data(updated).version < data(finished).version


def test_updated_and_finished_told_of_the_same_moment_are_the_same_event() -> None:
    assert response(RATED, "responseUpdated") == response(RATED, "responseFinished")


def test_what_the_test_button_posts_is_taken() -> None:
    assert [type(outcome) for outcome in read({"event": "testEndpoint"})] == [Ignored]


def test_hidden_fields_are_among_the_answers_and_go_before_what_is_known_of_the_contact() -> None:
    known = {
        "contact": {"id": "x", "userId": "u1"},
        "contactAttributes": {"agent": "b", "team": "t", "email": "a@b.example"},
    }
    (said,) = response(**known, data={"q1": 4, "agent": "a"})
    assert (data(said).agent, data(said).team, data(said).customer_id) == ("a", "t", "u1")
    (said,) = response(**known, data={"q1": 4, "customer_id": "own"})
    assert data(said).customer_id == "own"


def test_the_language_default_is_none() -> None:
    assert data(response(language="default")[0]).language is None
    assert data(response(language="fr-CA")[0]).language == "fr-CA"


def test_a_question_that_was_skipped_is_no_answer() -> None:
    for skipped in ({"why": "nothing"}, {"q1": ""}, {"q1": None}, {}):
        assert [type(outcome) for outcome in response(data=skipped)] == [Ignored]


def test_there_is_no_scale_but_the_configured_one() -> None:
    (said,) = response(source({"question": "q1", "instrument": "nps", "scale": "0-10"}))
    assert (data(said).scale, data(said).value) == ("0-10", 4)


@pytest.mark.parametrize("name", ["id", "surveyId", "updatedAt", "finished", "data"])
def test_what_is_missing_is_asked_for_by_its_pointer(name: str) -> None:
    with pytest.raises(Invalid) as error:
        response(**{name: None})
    assert complaint(error) == (f"/data/{name}", "missing")


def test_an_event_and_its_data_are_needed() -> None:
    for document, pointer in (({}, "/event"), ({"event": "responseCreated"}, "/data")):
        with pytest.raises(Invalid) as error:
            read(document)
        assert complaint(error) == (pointer, "missing")


def test_an_answer_that_is_not_on_the_scale_is_refused_where_it_stands() -> None:
    with pytest.raises(Invalid) as error:
        response(data={"q1": 6})
    assert complaint(error) == ("/data/data/q1", "off-scale")


def test_a_survey_that_is_not_configured_is_refused_where_its_id_stands() -> None:
    with pytest.raises(Invalid) as error:
        response(surveyId="s2")
    assert complaint(error) == ("/data/surveyId", "unknown-form")
