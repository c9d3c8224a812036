"""HubSpot: which of its thin events are fetched, as what, and what the fetched answers come to."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from events.customer import CustomerErased
from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery, hubspot
from ingest.vendors.outcome import Context, Ignored, Outcome, Said, Thin

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "hubspot.json"
RECEIVED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
NOON = 1772452800000
"""Milliseconds since 1970."""


def source(**more: Any) -> Source:
    return Source.model_validate({"name": "hub", "vendor": "hubspot", **more})


def read(body: Any, **configured: Any) -> list[Outcome]:
    raw = json.dumps(body).encode()
    return delivery.read(hubspot.VENDOR, source(**configured), Format.JSON, raw, Context(RECEIVED))


def event(kind: str = "object.creation", **more: Any) -> dict[str, Any]:
    return {
        "eventId": 1,
        "subscriptionId": 41,
        "portalId": 4711,
        "occurredAt": NOON - 7_200_000,
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": 9001,
        "objectTypeId": "0-19",
        **more,
    }


def thin(*events: dict[str, Any], **configured: Any) -> list[Thin]:
    return [outcome for outcome in read(list(events), **configured) if isinstance(outcome, Thin)]


def fetched(properties: dict[str, Any], *, configured: Any = None, **more: Any) -> list[Outcome]:
    assert hubspot.VENDOR.enrichment is not None
    usual = {"hs_survey_id": "31", "hs_survey_type": "CSAT", "hs_value": "2"}
    document = {"id": "9001", "properties": usual | properties, "updatedAt": "2026-03-02T09:00:00Z", **more}
    reading = hubspot.VENDOR.enrichment.read
    return list(reading(document, {"object": "9001"}, source(**(configured or {})), Context(RECEIVED)))


def answer(outcomes: list[Outcome]) -> SurveyResponse:
    (said,) = outcomes
    assert isinstance(said, Said)
    assert isinstance(said.data, SurveyResponse)
    return said.data


# -- events


def test_the_same_change_is_fetched_once_however_often_and_by_which_subscription_it_is_told() -> None:
    told = thin(event(), event(attemptNumber=3), event("object.propertyChange", eventId=2, subscriptionId=42))
    assert len({outcome.id for outcome in told}) == 1


def test_a_later_change_and_another_account_are_fetched_too() -> None:
    told = thin(event(), event(occurredAt=NOON - 3_600_000), event(portalId=4712), event(objectId=9002))
    assert len({outcome.id for outcome in told}) == 4


def test_the_older_names_of_events_are_known() -> None:
    older = [event(f"{name}.creation", objectTypeId=None) for name in ("feedbackSubmission", "feedback_submission")]
    assert len(thin(*older)) == 2


@pytest.mark.parametrize(
    "other",
    [
        event("contact.creation", objectTypeId=None),
        event("object.creation", objectTypeId="0-5"),
        event("object.deletion"),
        event("contact.propertyChange", objectTypeId="0-19"),
    ],
)
def test_everything_else_is_ignored(other: dict[str, Any]) -> None:
    assert [type(outcome) for outcome in read([other])] == [Ignored]


def test_a_wish_to_be_forgotten_erases_the_customer_of_that_contacts_answers() -> None:
    asked = event("contact.privacyDeletion", objectTypeId=None, objectId=70015)
    (outcome,) = read([asked])
    assert isinstance(outcome, Said)
    assert isinstance(outcome.data, CustomerErased)
    assert outcome.data.customer_id == "70015"
    assert outcome.time == outcome.data.requested_at
    assert read([asked | {"attemptNumber": 3}]) == [outcome]
    (later,) = read([asked | {"occurredAt": asked["occurredAt"] + 1}])
    assert isinstance(later, Said)
    assert later.id != outcome.id


def test_where_customers_go_by_another_property_nobody_is_erased_under_the_wrong_name() -> None:
    asked = event("contact.privacyDeletion", objectTypeId=None)
    (usual,) = read([asked], fields={"customer_id": hubspot.CONTACT})
    assert isinstance(usual, Said)
    (outcome,) = read([asked], fields={"customer_id": "properties.account"})
    assert isinstance(outcome, Ignored)
    assert "nothing was erased" in outcome.why


@pytest.mark.parametrize("key", ["subscriptionType", "portalId", "objectId", "occurredAt"])
def test_what_is_needed_and_missing_is_named(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        read([event("contact.creation"), event() | {key: None}])
    assert {(problem.pointer, problem.code) for problem in caught.value.problems} == {(f"/1/{key}", "missing")}


@pytest.mark.parametrize(("body", "code"), [({}, "list_type"), (None, "missing"), ("x", "list_type")])
def test_what_is_no_array_is_refused(body: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(body)
    assert [problem.code for problem in caught.value.problems] == [code]


# -- the request


def test_the_request_asks_for_what_is_read_and_for_what_the_source_needs() -> None:
    own = {
        "fields": {"agent": "properties.handled_by", "team": "somewhere.else"},
        "questions": [{"form": "7", "question": "stars", "scale": "1-5"}],
    }
    (told,) = thin(event(), **own)
    assert hubspot.VENDOR.enrichment is not None
    url = urlsplit(hubspot.VENDOR.enrichment.path(told.reference))
    query = parse_qs(url.query)
    assert url.path == "/crm/v3/objects/feedback_submissions/9001"
    assert {"hs_survey_type", "hs_value", "handled_by", "stars"} <= set(query["properties"][0].split(","))
    assert query["associations"] == ["contacts,tickets"]


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    assert hubspot.VENDOR.enrichment is not None
    path = hubspot.VENDOR.enrichment.path({"object": "../../contacts/1?x=#"})
    assert urlsplit(path).path == "/crm/v3/objects/feedback_submissions/..%2F..%2Fcontacts%2F1%3Fx%3D%23"


# -- answers


@pytest.mark.parametrize(
    ("kind", "value", "instrument", "scale"),
    [("CSAT", "2", "csat", "0-2"), ("NPS", "2", "nps", "0-10"), ("CES", "2", "ces", "1-7")],
)
def test_the_kind_of_survey_says_the_scale_and_the_group_says_nothing(
    kind: str, value: str, instrument: str, scale: str
) -> None:
    found = answer(fetched({"hs_survey_type": kind, "hs_value": value, "hs_response_group": "PROMOTER"}))
    assert (found.instrument, found.scale, found.value) == (instrument, scale, 2)


def test_what_is_configured_for_a_survey_goes_before_what_is_usual() -> None:
    stars = {"questions": [{"form": "31", "question": "hs_value", "scale": "1-5"}]}
    assert answer(fetched({}, configured=stars)).scale == "1-5"
    assert answer(fetched({"hs_survey_id": "32"}, configured=stars)).scale == "0-2"


def test_a_question_of_any_survey_counts_only_for_its_own_kind() -> None:
    stars = {"questions": [{"question": "hs_value", "scale": "1-5"}]}
    assert answer(fetched({}, configured=stars)).scale == "1-5"
    assert answer(fetched({"hs_survey_type": "NPS"}, configured=stars)).scale == "0-10"
    assert [type(outcome) for outcome in fetched({"hs_survey_type": "CUSTOM"}, configured=stars)] == [Ignored]


def test_a_score_off_its_scale_is_refused_where_it_stands() -> None:
    for off in ("5", "often"):
        with pytest.raises(Invalid) as caught:
            fetched({"hs_value": off})
        assert [problem.pointer for problem in caught.value.problems] == ["/properties/hs_value"]


def test_an_answer_without_score_is_ignored() -> None:
    assert [type(outcome) for outcome in fetched({"hs_value": None})] == [Ignored]


def test_the_ticket_is_the_contact_and_the_person_its_customer() -> None:
    found = answer(fetched({"hs_ticket_id": "640022", "hs_contact_id": "555", "hs_content": "Très bien 👍"}))
    assert (found.interaction_id, found.customer_id, found.comment) == ("hubspot:640022", "555", "Très bien 👍")


def test_ids_come_by_association_too_unless_there_are_several() -> None:
    def associated(*ids: str) -> dict[str, Any]:
        return {"tickets": {"results": [{"id": id_} for id_ in ids]}}

    assert answer(fetched({}, associations=associated("7", "7"))).interaction_id == "hubspot:7"
    assert answer(fetched({}, associations=associated("7", "8"))).interaction_id is None


def test_a_later_state_of_an_answer_wins_and_keeps_the_time_of_the_answer() -> None:
    given = {"hs_submission_timestamp": "2026-03-02T08:00:00Z"}
    first, second = (
        answer(fetched(given | {"hs_value": value}, updatedAt=changed))
        for value, changed in (("0", "2026-03-02T08:00:01Z"), ("2", "2026-03-02T09:00:00Z"))
    )
    assert first.response_id == second.response_id == "hub:9001:hs_value"
    assert second.version > first.version
    assert second.submitted_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_times_may_be_milliseconds() -> None:
    assert answer(fetched({"hs_submission_timestamp": str(NOON)})).submitted_at == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/properties"),
        ({"properties": {"hs_value": "1"}}, "/properties/hs_survey_type"),
        ({"properties": {"hs_value": "1", "hs_survey_type": "CSAT"}}, "/id"),
    ],
)
def test_a_fetched_answer_that_lacks_something_is_refused_by_its_pointer(document: Any, pointer: str) -> None:
    assert hubspot.VENDOR.enrichment is not None
    with pytest.raises(Invalid) as caught:
        list(hubspot.VENDOR.enrichment.read(document, {"object": "9001"}, source(), Context(RECEIVED)))
    assert [(problem.pointer, problem.code) for problem in caught.value.problems] == [(pointer, "missing")]


# -- the examples from outside


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the vendors' example payloads are not beside the repository")
def test_every_example_is_mapped() -> None:
    batch, change, submission = [example["body"] for example in json.loads(PAYLOADS.read_text())["examples"]]
    for contacts in (batch, change):
        assert [type(outcome) for outcome in read(contacts)] == [Ignored]
    assert hubspot.VENDOR.enrichment is not None
    found = answer(list(hubspot.VENDOR.enrichment.read(submission, {"object": "512"}, source(), Context(RECEIVED))))
    assert (found.response_id, found.scale, found.value) == ("hub:512:hs_value", "0-2", 2)
