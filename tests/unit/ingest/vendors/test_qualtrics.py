"""Qualtrics: what is fetched, what comes of the answer, and what is none."""

import contextlib
import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery
from ingest.vendors.outcome import Context, Ignored, Outcome, Said, Thin
from ingest.vendors.qualtrics import VENDOR, path

EXAMPLES = Path(__file__).parents[5] / "shared/vendor-payloads/qualtrics.json"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
FIELDS = {"SurveyID": "SV_1", "ResponseID": "R_1", "CompletedDate": "2026-03-02 10:30:00"}
REFERENCE = {"survey": "SV_1", "response": "R_1"}
RESPONSE: dict[str, Any] = {
    "result": {
        "responseId": "R_1",
        "values": {
            "endDate": "2026-03-02T09:30:00Z",
            "recordedDate": "2026-03-02T09:30:01.5Z",
            "status": 0,
            "finished": 1,
            "QID1": 2,
            "QID1_NPS_GROUP": 1,
            "QID2_TEXT": "あまり良くない 😔",
        },
        "labels": {"QID1": "Eher nicht"},
    }
}


def source(*questions: dict[str, Any], **more: Any) -> Source:
    usual = {"name": "qx", "vendor": "qualtrics", "time_zone": "Europe/Berlin", "questions": questions}
    return Source.model_validate({**usual, **more})


RATED = source({"form": "SV_1", "question": "QID1", "scale": "1-5", "comment": "QID2_TEXT"})


def read(fields: dict[str, str] | str, source: Source = RATED) -> list[Outcome]:
    raw = fields if isinstance(fields, str) else urlencode(fields)
    return delivery.read(VENDOR, source, Format.FORM, raw.encode(), Context(NOW))


def signed(message: Any, **more: str) -> dict[str, str]:
    topic = "acme.surveyengine.completedResponse.SV_1"
    return {"HMAC": "00", "MSG": message if isinstance(message, str) else json.dumps(message), "Topic": topic, **more}


def fetched(source: Source = RATED, reference: dict[str, str] = REFERENCE, **values: Any) -> list[Outcome]:
    document = deepcopy(RESPONSE)
    document["result"]["values"] |= values
    return answered(document, source, reference)


def answered(document: Any, source: Source = RATED, reference: dict[str, str] = REFERENCE) -> list[Outcome]:
    assert VENDOR.enrichment
    return list(VENDOR.enrichment.read(document, reference, source, Context(NOW)))


def data(outcome: Outcome) -> SurveyResponse:
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, SurveyResponse)
    return outcome.data


def complaint(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (problem,) = error.value.problems
    return problem.pointer, problem.code


def test_the_collected_examples_are_mapped() -> None:
    if not EXAMPLES.exists():
        pytest.skip("the collection of vendors' payloads is not beside this repository")
    asked = source({"question": "QID1", "scale": "1-5"})
    found = [read(example["raw_body"], asked)[0] for example in json.loads(EXAMPLES.read_text())["examples"]]
    references = [dict(thin.reference) for thin in found if isinstance(thin, Thin)]
    assert references == [
        {"survey": "SV_22VlHYNeldrrrkp", "response": "R_1l9mcVuXubb4aGm"},
        {"survey": "SV_xxx", "response": "R_xxx"},
    ]


# -- the announcement


@pytest.mark.parametrize("fields", [FIELDS, signed(FIELDS), signed(FIELDS, undefined="")])
def test_a_response_is_fetched_whether_its_fields_stand_bare_or_in_a_signed_message(fields: dict[str, str]) -> None:
    (thin,) = read(fields)
    assert isinstance(thin, Thin)
    assert path(thin.reference) == "/API/v3/surveys/SV_1/responses/R_1"
    assert VENDOR.enrichment
    assert VENDOR.enrichment.header == ("X-API-TOKEN", "")


def test_a_time_without_offset_is_in_the_sources_zone() -> None:
    (thin,) = read(FIELDS)
    assert isinstance(thin, Thin)
    assert thin.seen_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_beside_a_signed_message_no_other_field_is_believed() -> None:
    (thin,) = read(signed(FIELDS, SurveyID="SV_2", ResponseID="R_666"))
    assert isinstance(thin, Thin)
    assert dict(thin.reference) == REFERENCE


def test_two_messages_are_none() -> None:
    with pytest.raises(Invalid) as error:
        read(urlencode([("MSG", json.dumps(FIELDS)), ("MSG", "{}")]))
    assert complaint(error) == ("/MSG", "repeated")


def test_a_message_that_is_encrypted_says_what_to_set() -> None:
    with pytest.raises(Invalid) as error:
        read(signed("9f8a7b6c"))
    assert complaint(error)[0] == "/MSG"
    assert "encrypt false" in str(error.value)


def test_the_same_response_is_fetched_again_once_it_was_completed_at_another_time() -> None:
    (first,), (again,), (later,) = read(FIELDS), read(FIELDS), read({**FIELDS, "CompletedDate": "2026-03-02 10:45:00"})
    assert isinstance(first, Thin)
    assert isinstance(later, Thin)
    assert first == again
    assert first.id != later.id


def test_other_topics_are_nothing_to_us() -> None:
    for topic in ("acme.controlpanel.activateSurvey", "acme.surveyengine.startedRecipientSession.SV_1", ""):
        assert [type(each) for each in read({**FIELDS, "Topic": topic})] == [Ignored]


@pytest.mark.parametrize("name", ["SurveyID", "ResponseID"])
def test_what_is_missing_is_asked_for_by_its_pointer(name: str) -> None:
    left = {key: value for key, value in FIELDS.items() if key != name}
    for fields, pointer in ((left, f"/{name}"), (signed(left), f"/MSG/{name}")):
        with pytest.raises(Invalid) as error:
            read(fields)
        assert complaint(error) == (pointer, "missing")


@pytest.mark.parametrize("odd", ["..", "R_1/../../users", "R_1?x", "R%2f", "R_é"])
def test_what_is_no_id_never_becomes_part_of_an_address(odd: str) -> None:
    with pytest.raises(Invalid) as error:
        read({**FIELDS, "ResponseID": odd})
    assert complaint(error) == ("/ResponseID", "not-an-id")


def test_a_survey_that_is_not_configured_is_refused_before_anything_is_fetched() -> None:
    with pytest.raises(Invalid) as error:
        read(signed({**FIELDS, "SurveyID": "SV_2"}))
    assert complaint(error) == ("/MSG/SurveyID", "unknown-form")


# -- what was fetched


def test_an_answer_is_its_recoded_value_and_its_comment_another_question() -> None:
    (said,) = fetched()
    assert data(said).model_dump(exclude_defaults=True) == {
        "response_id": "qx:R_1:QID1",
        "updated_at": datetime(2026, 3, 2, 9, 30, 1, 500_000, tzinfo=UTC),
        "instrument": "csat",
        "scale": "1-5",
        "value": 2,
        "comment": "あまり良くない 😔",
        "submitted_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    }


def test_a_choice_may_be_configured_by_its_label() -> None:
    (said,) = fetched(source({"question": "QID1", "scale": "0-2", "values": {"Eher nicht": 0}}))
    assert data(said).value == 0


def test_the_vendors_own_category_is_never_read() -> None:
    nps = source({"question": "QID1", "instrument": "nps", "scale": "0-10"})
    (said,) = fetched(nps, QID1=9, QID1_NPS_GROUP=1)
    assert data(said).value == 9


@pytest.mark.parametrize(
    ("status", "finished", "ours"),
    [
        (0, 1, "completed"),
        ("0", True, "completed"),
        (None, "1", "completed"),
        (0, 0, "partial"),
        (4, False, "partial"),
        (1, 1, "preview"),
        (2, 1, "preview"),
        (17, 0, "preview"),
        (9, 1, "preview"),
        (8, 1, "dismissed"),
        (12, 1, "dismissed"),
        (40, 1, "dismissed"),
        (4, 1, "completed"),
        (16, 1, "completed"),
        (32, 1, "completed"),
    ],
)
def test_only_a_finished_answer_of_a_person_counts(status: Any, finished: Any, ours: str) -> None:
    (said,) = fetched(status=status, finished=finished)
    assert data(said).status == ours
    assert (data(said).counted is not None) is (ours == "completed")


def test_a_response_finished_later_takes_the_place_of_its_half() -> None:
    (half,) = fetched(finished=0)
    (whole,) = fetched(recordedDate="2026-03-02T09:40:00Z", QID1=5)
    assert data(half).response_id == data(whole).response_id
    assert data(half).version < data(whole).version


def test_embedded_data_say_which_contact_and_the_directory_which_customer() -> None:
    (said,) = fetched(interaction_id="c1", agent="a1", externalDataReference="crm-1", userLanguage="DE")
    assert (data(said).interaction_id, data(said).agent) == ("c1", "a1")
    assert (data(said).customer_id, data(said).language) == ("crm-1", "DE")
    (said,) = fetched(customer_id="own", externalDataReference="crm-1")
    assert data(said).customer_id == "own"


def test_an_answer_that_is_not_on_the_scale_is_refused_where_it_stands() -> None:
    with pytest.raises(Invalid) as error:
        fetched(QID1=6)
    assert complaint(error) == ("/result/values/QID1", "off-scale")


@pytest.mark.parametrize("name", ["recordedDate", "finished"])
def test_what_is_missing_from_the_response_is_named(name: str) -> None:
    with pytest.raises(Invalid) as error:
        answered({"result": {"values": {**RESPONSE["result"]["values"], name: None}}})
    assert complaint(error) == (f"/result/values/{name}", "missing")


@pytest.mark.parametrize("odd", [None, "", "x", -1, 1e300, True, [], {}, [None], "9" * 400])
def test_whatever_the_api_answers_only_a_declared_refusal_comes_of_it(odd: Any) -> None:
    for name in RESPONSE["result"]["values"]:
        with contextlib.suppress(Invalid):
            fetched(**{name: odd})
    for document in (
        odd,
        {"result": odd},
        {"result": {**RESPONSE["result"], "labels": odd}},
        {"result": {"values": odd}},
    ):
        with contextlib.suppress(Invalid):
            answered(document)
