"""SurveyMonkey: what is fetched, what comes of the answer, and what is none."""

import contextlib
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery
from ingest.vendors.outcome import Context, Ignored, Outcome, Said, Thin
from ingest.vendors.surveymonkey import VENDOR, path

EXAMPLES = Path(__file__).parents[5] / "shared/vendor-payloads/surveymonkey.json"
CONTEXT = Context(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
EVENT = {
    "event_type": "response_completed",
    "event_id": "900",
    "object_type": "response",
    "object_id": "222",
    "event_datetime": "2026-03-02T09:00:01+00:00",
    "resources": {"survey_id": "111"},
}
REFERENCE = {"survey": "111", "response": "222"}
DETAILS = {
    "id": "222",
    "survey_id": "111",
    "recipient_id": "",
    "collection_mode": "default",
    "response_status": "completed",
    "custom_variables": {"interaction_id": "c1"},
    "date_modified": "2026-03-02T09:00:00+00:00",
    "pages": [{"id": "1", "questions": [{"id": "31", "answers": [{"choice_id": "41"}]}]}],
}
CHOICES = {"form": "111", "question": "31", "scale": "1-5", "values": {"41": 5, "42": 1}}


def source(*questions: dict[str, Any], **more: Any) -> Source:
    return Source.model_validate({"name": "sm", "vendor": "surveymonkey", "questions": questions, **more})


RATED = source(CHOICES)


def read(document: Any, source: Source = RATED) -> list[Outcome]:
    return delivery.read(VENDOR, source, Format.JSON, json.dumps(document).encode(), CONTEXT)


def fetched(document: Any, source: Source = RATED, reference: dict[str, str] = REFERENCE) -> list[Outcome]:
    assert VENDOR.enrichment
    return list(VENDOR.enrichment.read(document, reference, source, CONTEXT))


def data(outcome: Outcome) -> SurveyResponse:
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, SurveyResponse)
    return outcome.data


def complaint(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (problem,) = error.value.problems
    return problem.pointer, problem.code


def answers(*given: dict[str, Any]) -> dict[str, Any]:
    return {**DETAILS, "pages": [{"questions": [{"id": "31", "answers": list(given)}]}]}


def test_the_documented_examples_are_mapped() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the collection of vendors' payloads is not beside this repository")
    event, details = (example["body"] for example in json.loads(EXAMPLES.read_text())["examples"])
    asked = source(
        {"question": "319352786", "scale": "1-5", "values": {"3057839051": 4}}, fields={"reason": "custom_value"}
    )
    (thin,) = read(event, asked)
    assert isinstance(thin, Thin)
    assert dict(thin.reference) == {"survey": "123456789", "response": "123456"}
    (said,) = fetched(details, asked, {"survey": "105724755", "response": "5007154402"})
    assert (data(said).response_id, data(said).value) == ("sm:5007154402:319352786", 4)
    assert data(said).reason == "custom identifier for the response"


# -- the announcement


@pytest.mark.parametrize("kind", ["completed", "updated", "disqualified", "overquota"])
def test_a_response_that_is_over_is_fetched_with_its_choices_in_words(kind: str) -> None:
    (thin,) = read({**EVENT, "event_type": f"response_{kind}"})
    assert isinstance(thin, Thin)
    assert path(thin.reference) == "/v3/surveys/111/responses/222/details?simple=true"


def test_the_same_announcement_is_fetched_once_and_a_later_one_again() -> None:
    (first,), (again,), (later,) = read(EVENT), read(EVENT), read({**EVENT, "event_id": "901"})
    assert isinstance(first, Thin)
    assert isinstance(later, Thin)
    assert first == again
    assert first.id != later.id


def test_a_response_that_was_only_begun_costs_no_request() -> None:
    assert [type(each) for each in read({**EVENT, "event_type": "response_created"})] == [Ignored]


def test_the_survey_may_be_named_by_what_the_webhook_was_set_up_for() -> None:
    (thin,) = read({**EVENT, "resources": {}, "filter_type": "survey", "filter_id": "111"})
    assert isinstance(thin, Thin)
    assert thin.reference["survey"] == "111"


def test_a_survey_that_is_not_configured_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(Invalid) as error:
        read({**EVENT, "resources": {"survey_id": "999"}})
    assert complaint(error) == ("/resources/survey_id", "unknown-form")


@pytest.mark.parametrize("odd", ["..", "1/../2", "1?x", "1%2f", "９", "1" * 21])
def test_what_is_no_id_never_becomes_part_of_an_address(odd: str) -> None:
    with pytest.raises(Invalid) as error:
        read({**EVENT, "object_id": odd})
    assert complaint(error) == ("/object_id", "not-an-id")


@pytest.mark.parametrize("name", ["event_type", "event_id", "object_id", "event_datetime", "resources"])
def test_what_is_missing_is_asked_for_by_its_pointer(name: str) -> None:
    with pytest.raises(Invalid) as error:
        read({key: value for key, value in EVENT.items() if key != name})
    assert complaint(error)[0] in (f"/{name}", "/resources/survey_id")


def test_a_deleted_response_no_longer_counts_whatever_was_answered() -> None:
    asked = source(CHOICES, {"question": "32", "scale": "1-5"}, {"form": "999", "question": "33", "scale": "1-5"})
    (answer,) = fetched(DETAILS)
    gone = read({**EVENT, "event_type": "response_deleted"}, asked)
    assert [data(each).response_id for each in gone] == ["sm:222:31", "sm:222:32"]
    assert {data(each).counted for each in gone} == {None}
    assert data(gone[0]).version > data(answer).version


# -- what was fetched


def test_a_choice_means_what_is_configured() -> None:
    (said,) = fetched(DETAILS)
    assert (data(said).value, data(said).status, data(said).interaction_id) == (5, "completed", "c1")


def test_the_weight_of_a_choice_is_never_its_score() -> None:
    """On the 0-10 question a 7 or 8 has the weight 0, which is on that scale too."""
    nps = source({"question": "31", "instrument": "nps", "scale": "0-10", "values": {"48": 8}})
    (said,) = fetched(answers({"choice_id": "48", "row_id": "5", "choice_metadata": {"weight": "0"}}), nps)
    assert data(said).value == 8
    with pytest.raises(Invalid) as error:
        fetched(answers({"choice_id": "47", "choice_metadata": {"weight": "0"}}), nps)
    assert complaint(error) == ("/pages/0/questions/0/answers/0/choice_id", "unknown-choice")


def test_the_id_of_a_choice_is_never_its_score_either() -> None:
    with pytest.raises(Invalid) as error:
        fetched(DETAILS, source({"question": "31", "scale": "1-5"}))
    assert complaint(error) == ("/pages/0/questions/0/answers/0/choice_id", "off-scale")


def test_a_slider_is_a_number_in_a_text() -> None:
    (said,) = fetched(answers({"text": "7"}), source({"question": "31", "scale": "1-10"}))
    assert data(said).value == 7


def test_each_row_of_a_matrix_is_a_question() -> None:
    rows = source({**CHOICES, "question": "31.51"}, {**CHOICES, "question": "31.52"})
    found = fetched(answers({"row_id": "51", "choice_id": "41"}, {"row_id": "52", "choice_id": "42"}), rows)
    assert [data(each).value for each in found] == [5, 1]


def test_several_rows_are_no_answer_to_one_question() -> None:
    with pytest.raises(Invalid) as error:
        fetched(answers({"row_id": "51", "choice_id": "41"}, {"row_id": "52", "choice_id": "42"}))
    assert complaint(error) == ("/pages/0/questions/0/answers", "string_type")


def test_what_is_written_beside_a_choice_may_be_the_comment() -> None:
    asked = source({**CHOICES, "comment": "31.other"})
    (said,) = fetched(answers({"choice_id": "42"}, {"other_id": "59", "text": "trop lent 🐌"}), asked)
    assert (data(said).value, data(said).comment) == (1, "trop lent 🐌")


@pytest.mark.parametrize(
    ("status", "mode", "ours"),
    [
        ("completed", "default", "completed"),
        ("completed", "data_entry", "completed"),
        ("partial", "default", "partial"),
        ("overquota", "default", "dismissed"),
        ("disqualified", "default", "dismissed"),
        ("completed", "preview", "preview"),
        ("partial", "survey_preview", "preview"),
    ],
)
def test_only_a_response_completed_by_a_customer_counts(status: str, mode: str, ours: str) -> None:
    (said,) = fetched({**DETAILS, "response_status": status, "collection_mode": mode})
    assert data(said).status == ours
    assert (data(said).counted is not None) is (ours == "completed")


def test_a_status_we_do_not_know_is_not_guessed() -> None:
    with pytest.raises(Invalid) as error:
        fetched({**DETAILS, "response_status": "halfway"})
    assert complaint(error) == ("/response_status", "unknown-status")


def test_an_answer_that_was_cleared_no_longer_counts() -> None:
    (said,) = fetched({**DETAILS, "pages": [], "date_modified": "2026-03-02T09:30:00+00:00"})
    assert (data(said).response_id, data(said).status) == ("sm:222:31", "dismissed")


@pytest.mark.parametrize("nobody", ["", "0", None])
def test_nobody_in_particular_is_no_customer(nobody: str | None) -> None:
    by_recipient = source(CHOICES, fields={"customer_id": "recipient_id"})
    assert data(fetched({**DETAILS, "recipient_id": nobody}, by_recipient)[0]).customer_id is None
    assert data(fetched({**DETAILS, "recipient_id": "77"}, by_recipient)[0]).customer_id == "77"


@pytest.mark.parametrize("name", ["date_modified", "response_status"])
def test_what_is_missing_from_the_response_is_named(name: str) -> None:
    with pytest.raises(Invalid) as error:
        fetched({key: value for key, value in DETAILS.items() if key != name})
    assert complaint(error) == (f"/{name}", "missing")


def test_whatever_the_api_answers_only_a_declared_refusal_comes_of_it() -> None:
    for document in _changed(DETAILS):
        with contextlib.suppress(Invalid):
            fetched(document)


def _changed(document: Any) -> Iterator[Any]:
    odd: list[Any] = [None, "", "x", -1, 1e300, True, [], {}, [None], "9" * 400]
    yield from odd
    for place in _places(document):
        for value in odd:
            copy = deepcopy(document)
            holder = copy
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = value
            yield copy


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (key,)
        yield from ((key, *deeper) for deeper in _places(child))
