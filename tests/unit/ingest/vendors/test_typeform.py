"""Typeform's forms: what comes of them, and why what doesn't."""

import json
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
from ingest.vendors.outcome import Context, Ignored, Outcome, Said
from ingest.vendors.typeform import VENDOR

EXAMPLES = Path(__file__).parents[5] / "shared/vendor-payloads/typeform.json"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FORM = {
    "event_id": "e1",
    "event_type": "form_response",
    "form_response": {
        "form_id": "F1",
        "token": "T1",
        "landed_at": "2026-03-02T09:00:00Z",
        "submitted_at": "2026-03-02T09:05:00Z",
        "hidden": {"interaction_id": "c1"},
        "answers": [{"type": "number", "number": 4, "field": {"id": "q1", "ref": "rating", "type": "rating"}}],
    },
}


def source(*questions: dict[str, Any], **more: Any) -> Source:
    return Source.model_validate({"name": "tf", "vendor": "typeform", "questions": questions, **more})


RATED = source({"form": "F1", "question": "rating", "scale": "1-5"})


def read(document: Any, source: Source = RATED) -> list[Outcome]:
    return delivery.read(VENDOR, source, Format.JSON, json.dumps(document).encode(), Context(NOW))


def data(outcome: Outcome) -> SurveyResponse:
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, SurveyResponse)
    return outcome.data


def changed(path: str, value: Any) -> dict[str, Any]:
    """The form with one value replaced, or left out where it is None."""
    document: dict[str, Any] = deepcopy(FORM)
    *steps, last = path.split(".")
    holder: Any = document
    for step in steps:
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return document


def complaint(document: Any, source: Source = RATED) -> tuple[str, str]:
    with pytest.raises(Invalid) as error:
        read(document, source)
    (problem,) = error.value.problems
    return problem.pointer, problem.code


def test_the_documented_example_is_mapped_question_by_question() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the collection of vendors' payloads is not beside this repository")
    (example,) = json.loads(EXAMPLES.read_text())["examples"]
    asked = source(
        {"form": "lT4Z3j", "question": "readable_ref_rating", "scale": "1-5", "comment": "DlXFaesGBpoF"},
        {"form": "lT4Z3j", "question": "NRsxU591jIW9", "instrument": "ces", "scale": "1-5"},
        {"form": "lT4Z3j", "question": "readable_ref_yes_no", "instrument": "resolved", "scale": "yes-no"},
        {"form": "lT4Z3j", "question": "k6TP9oLGgHjl", "scale": "1-3", "values": {"London": 3, "Sydney": 1}},
        {"form": "lT4Z3j", "question": "calculated.score", "scale": "0-10"},
        {"form": "lT4Z3j", "question": "variables.score", "scale": "0-10"},
        fields={"customer_id": "form_response.hidden.user_id"},
    )
    found = [data(outcome) for outcome in read(example["body"], asked)]
    assert [(answer.scale, answer.value) for answer in found] == [
        ("1-5", 3),
        ("1-5", 2),
        ("yes-no", False),
        ("1-3", 3),
        ("0-10", 9),
        ("0-10", 4),
    ]
    assert {answer.customer_id for answer in found} == {"abc123456"}
    assert (found[0].comment or "").startswith("It's cold right now!")


def test_a_question_may_be_named_by_id_or_by_reference_though_the_answer_has_only_its_id() -> None:
    document = changed("form_response.answers.0.field", {"id": "q1"})
    document["form_response"]["definition"] = {"fields": [{"id": "q1", "ref": "rating"}]}
    for name in ("q1", "rating"):
        (said,) = read(document, source({"question": name, "scale": "1-5"}))
        assert data(said).value == 4


def test_the_same_form_in_another_delivery_is_the_same_event() -> None:
    assert read(changed("event_id", "e2")) == read(FORM)


def test_a_form_that_was_not_sent_does_not_count_and_gives_way_to_the_one_that_is() -> None:
    partial = changed("form_response.submitted_at", "0001-01-01T00:00:00Z") | {"event_type": "form_response_partial"}
    (before,), (after,) = read(partial), read(FORM)
    assert data(before).status == "partial"
    assert data(before).counted is None
    assert data(after).counted == 4
    assert data(before).version < data(after).version
    assert data(before).response_id == data(after).response_id


def test_a_partial_form_without_any_time_is_as_old_as_its_arrival() -> None:
    partial = changed("form_response.landed_at", None) | {"event_type": "form_response_partial"}
    assert data(read(partial)[0]).updated_at == NOW


def test_the_scale_is_the_configured_one_and_never_guessed() -> None:
    (said,) = read(FORM, source({"question": "rating", "scale": "0-10", "instrument": "nps"}))
    assert (data(said).instrument, data(said).scale, data(said).value) == ("nps", "0-10", 4)


def test_an_own_words_choice_is_found_by_what_was_written() -> None:
    answer = {"type": "choice", "choice": {"other": "weiß nicht"}, "field": {"id": "q1", "ref": "rating"}}
    asked = source({"question": "rating", "scale": "1-3", "values": {"weiß nicht": 2}})
    assert data(read(changed("form_response.answers", [answer]), asked)[0]).value == 2


def test_other_events_are_nothing_to_us() -> None:
    assert [type(outcome) for outcome in read({"event_type": "form_closed"})] == [Ignored]


def test_a_form_without_answers_is_nothing_to_us() -> None:
    assert [type(outcome) for outcome in read(changed("form_response.answers", None))] == [Ignored]


@pytest.mark.parametrize("path", ["event_type", "form_response", "form_response.form_id", "form_response.token"])
def test_what_is_missing_is_asked_for_by_its_pointer(path: str) -> None:
    assert complaint(changed(path, None)) == ("/" + path.replace(".", "/"), "missing")


def test_a_form_that_was_sent_says_when() -> None:
    assert complaint(changed("form_response.submitted_at", None)) == ("/form_response/submitted_at", "missing")
    assert complaint(changed("form_response.submitted_at", "soon")) == ("/form_response/submitted_at", "datetime")


def test_an_answer_that_is_not_on_the_scale_is_refused_where_it_stands() -> None:
    assert complaint(changed("form_response.answers.0.number", 7)) == ("/form_response/answers/0/number", "off-scale")


def test_a_form_that_is_not_configured_is_refused_where_its_id_stands() -> None:
    assert complaint(changed("form_response.form_id", "F2")) == ("/form_response/form_id", "unknown-form")


def test_a_form_from_tomorrow_is_refused() -> None:
    assert complaint(changed("form_response.submitted_at", "2026-03-03T10:00:01Z"))[1] == "future"
