"""Salesforce: what an Outbound Message comes to, what it must be, and that its session goes nowhere."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from pydantic import ValidationError

from events.interaction import Interaction
from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import delivery, facts, salesforce
from ingest.vendors.outcome import Context, Fact, Outcome, Part, Said

PAYLOADS = Path(__file__).parents[5] / "shared" / "vendor-payloads" / "salesforce.json"
RECEIVED = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
SESSION = "00D7Q000000abCD!canary-of-a-session"
CASE, CASE_18 = "5007Q00000aBcDe", "5007Q00000aBcDeQAK"
QUESTION = {"question": "CSAT__c", "scale": "1-5", "comment": "Why__c"}
AT = "/Envelope/Body/notifications"


def source(**more: Any) -> Source:
    options = {"organization_id": "00D7Q000000abCDUAY", **more.pop("options", {})}
    found = Source.model_validate({"name": "sfdc", "vendor": "salesforce", "questions": [QUESTION], **more})
    return found.model_copy(update={"options": salesforce.Options.model_validate(options)})


def message(*records: str, organization: str = "00D7Q000000abCD") -> str:
    return (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>'
        '<notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{organization}</OrganizationId><ActionId>04k</ActionId><SessionId>{SESSION}</SessionId>"
        f"<EnterpriseUrl>https://{SESSION}</EnterpriseUrl>{''.join(records)}</notifications></e:Body></e:Envelope>"
    )


def record(kind: str = "Case", id_: str = "04l1", **fields: str | None) -> str:
    return notification(kind, id_, fields)


def notification(kind: str, id_: str, fields: dict[str, str | None]) -> str:
    told = "".join(
        f'<s:{name} xsi:nil="true"/>' if value is None else f"<s:{name}>{escape(value)}</s:{name}>"
        for name, value in fields.items()
    )
    body = f'<sObject xsi:type="sf:{kind}" xmlns:s="urn:sobject.enterprise.soap.sforce.com">{told}</sObject>'
    return f"<Notification><Id>{id_}</Id>{body}</Notification>"


def case(**fields: str | None) -> str:
    usual: dict[str, str | None] = {
        "Id": CASE,
        "CreatedDate": "2026-03-02T08:00:00.000Z",
        "LastModifiedDate": "2026-03-02T09:00:00.000Z",
        "Origin": "Phone",
        "Status": "Working",
    }
    return notification("Case", "04l1", usual | fields)


def read(text: str, **configured: Any) -> list[Outcome]:
    return delivery.read(salesforce.VENDOR, source(**configured), Format.XML, text.encode(), Context(RECEIVED))


def answer(outcomes: list[Outcome]) -> SurveyResponse:
    (said,) = [outcome for outcome in outcomes if isinstance(outcome, Said)]
    assert isinstance(said.data, SurveyResponse)
    return said.data


def contact(*records: str, **configured: Any) -> Interaction | None:
    known: dict[str, Fact] = {}
    for one in records:
        for outcome in read(message(one), **configured):
            if isinstance(outcome, Part):
                known = facts.merge(known, outcome)
    said = delivery.assembled(salesforce.VENDOR, source(**configured), CASE_18, known, 1)
    if said is None:
        return None
    assert isinstance(said.data, Interaction)
    return said.data


def known(*records: str, **configured: Any) -> Interaction:
    found = contact(*records, **configured)
    assert found is not None
    return found


def complaints(text: str, **configured: Any) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        read(text, **configured)
    assert "canary" not in str(caught.value)
    return {(problem.pointer, problem.code) for problem in caught.value.problems}


# -- who it is from


def test_another_organization_is_refused() -> None:
    other = message(case(), organization="00D7Q000000abCE")
    assert complaints(other) == {(f"{AT}/OrganizationId", "wrong-organization")}


@pytest.mark.parametrize("id_", ["00D7Q000000abCD", "00D7Q000000abCDUAY"])
def test_the_organization_is_known_by_its_short_and_its_long_id(id_: str) -> None:
    assert read(message(case(), organization=id_))
    assert read(message(case()), options={"organization_id": id_})


def test_an_organization_whose_id_differs_in_case_is_another() -> None:
    assert complaints(message(case(), organization="00D7Q000000ABCD")) == {
        (f"{AT}/OrganizationId", "wrong-organization")
    }


def test_a_source_without_organization_is_no_source() -> None:
    with pytest.raises(ValidationError):
        salesforce.Options.model_validate({})


def test_the_session_goes_nowhere() -> None:
    outcomes = read(message(case(CSAT__c="2.0", Why__c="ok")))
    assert len(outcomes) == 2
    assert "canary" not in repr(outcomes) + json.dumps([delivery.explained(outcome) for outcome in outcomes])
    assert complaints(message(record(Id=CASE, CSAT__c="often")))
    assert complaints(message())


def test_it_comes_by_address_and_is_answered_as_soap() -> None:
    assert salesforce.VENDOR.by_address
    assert salesforce.VENDOR.answer is not None
    assert b"<Ack>true</Ack>" in salesforce.VENDOR.answer.body
    assert (salesforce.VENDOR.answer.media_type or "").startswith("text/xml")


# -- ids


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("00D000000000001", "00D000000000001EAA"),
        ("500000000000001", "500000000000001AAA"),
        ("ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNO555"),
        ("5007Q00000aBcDeQAK", "5007Q00000aBcDeQAK"),
        ("a custom text", "a custom text"),
    ],
)
def test_an_id_has_18_characters_wherever_it_comes_from(short: str, long: str) -> None:
    assert salesforce.long_id(short) == long


def test_ids_that_differ_in_case_alone_stay_apart() -> None:
    assert len({salesforce.long_id(id_).lower() for id_ in ("001a0000000000A", "001a0000000000a")}) == 2


# -- scores


def test_a_number_of_salesforce_is_a_number_on_the_scale() -> None:
    found = answer(read(message(case(CSAT__c="2.0", Why__c="Zu <lang> gewartet & dann 😕"))))
    assert (found.value, found.scale, found.comment) == (2, "1-5", "Zu <lang> gewartet & dann 😕")
    assert (found.response_id, found.interaction_id) == (f"sfdc:{CASE_18}:CSAT__c", CASE_18)


def test_a_score_that_changes_is_one_response_and_the_later_wins_in_any_order() -> None:
    first = answer(read(message(case(CSAT__c="1.0"))))
    second = answer(read(message(case(CSAT__c="5.0", LastModifiedDate="2026-03-02T10:00:00.000Z"))))
    assert first.response_id == second.response_id
    assert second.version > first.version


def test_a_message_sent_again_has_the_same_event_ids() -> None:
    dated, undated = message(case(CSAT__c="1.0")), message(case(CSAT__c="1.0", LastModifiedDate=None))
    for text in (dated, undated):
        later = Context(datetime(2026, 3, 4, 11, 0, tzinfo=UTC))
        again = delivery.read(salesforce.VENDOR, source(), Format.XML, text.encode(), later)
        ids = [[one.id for one in found if isinstance(one, Said)] for found in (read(text), again)]
        assert ids[0] == ids[1] != []


def test_a_later_edit_does_not_move_the_time_of_an_answer_that_is_dated() -> None:
    dated = case(CSAT__c="1.0", Asked__c="2026-03-02T08:30:00.000Z", LastModifiedDate="2026-03-03T09:00:00.000Z")
    found = answer(read(message(dated), options={"answered_at": "Asked__c"}))
    assert found.submitted_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_an_object_of_its_own_speaks_of_the_case_it_points_at() -> None:
    survey = record("Feedback__c", Id="a0X7Q00000dEfGh", Case__c=CASE, NPS__c="9")
    asked = [{"form": "Feedback__c", "question": "NPS__c", "instrument": "nps", "scale": "0-10"}]
    outcomes = read(message(survey), questions=asked, fields={"interaction_id": "Case__c"})
    assert [type(outcome) for outcome in outcomes] == [Said]
    assert answer(outcomes).interaction_id == CASE_18


def test_a_question_of_another_object_is_not_asked() -> None:
    elsewhere = [{"form": "Feedback__c", "question": "CSAT__c", "scale": "1-5"}]
    assert [type(outcome) for outcome in read(message(case(CSAT__c="2")), questions=elsewhere)] == [Part]


def test_a_score_off_the_scale_is_refused() -> None:
    assert complaints(message(case(CSAT__c="often"))) == {(f"{AT}/Notification/0/sObject/CSAT__c", "float_type")}
    assert {pointer for pointer, _ in complaints(message(case(), case(CSAT__c="9")))} == {
        f"{AT}/Notification/1/sObject/CSAT__c"
    }


# -- cases


def test_a_closed_case_is_over_since_it_was_closed() -> None:
    found = known(case(Status="Closed", ClosedDate="2026-03-02T08:50:00.000Z"))
    assert (found.resolved, found.ended_at) == (True, datetime(2026, 3, 2, 8, 50, tzinfo=UTC))


def test_own_words_for_closed_are_configured_and_is_closed_goes_before() -> None:
    assert known(case(Status="Gelöst")).resolved is None
    assert known(case(Status="Gelöst"), options={"closed": ["Gelöst"]}).resolved is True
    assert known(case(Status="Gelöst", IsClosed="true")).resolved is True
    assert known(case(Status="Closed", IsClosed="false")).resolved is None


def test_a_message_that_comes_late_changes_nothing() -> None:
    closed = case(Status="Closed", LastModifiedDate="2026-03-02T10:00:00.000Z")
    assert known(closed, case()).resolved is True


def test_a_person_that_owns_the_case_is_its_agent_and_a_queue_its_team() -> None:
    person, queue = "0057Q000001xYzA", "00G7Q000000qRsT"
    assert (known(case(OwnerId=person)).agent or "").startswith(person)
    found = known(case(OwnerId=queue), labels={"team": {salesforce.long_id(queue): "Second line"}})
    assert (found.agent, found.team) == (None, "Second line")


def test_customer_and_reason_come_from_the_usual_fields_or_the_configured() -> None:
    told = case(ContactId="0037Q00000mNoPq", AccountId="0017Q00000pQrSt", Type="Question", Reason=None)
    found = known(told)
    assert ((found.customer_id or "")[:15], found.reason) == ("0037Q00000mNoPq", "Question")
    assert (known(told, fields={"customer_id": "AccountId"}).customer_id or "")[:15] == "0017Q00000pQrSt"


@pytest.mark.parametrize(("origin", "channel"), [("Phone", "phone"), ("EMAIL", "email"), ("Fax", "other")])
def test_the_origin_becomes_a_channel_of_ours(origin: str, channel: str) -> None:
    assert known(case(Origin=origin)).channel == channel


def test_own_origins_are_configured() -> None:
    assert known(case(Origin="Hotline Wien"), options={"channels": {"Hotline Wien": "phone"}}).channel == "phone"


def test_nothing_is_made_of_a_case_without_beginning_or_channel() -> None:
    assert contact(case(CreatedDate=None)) is None
    assert contact(case(Origin=None)) is None
    assert contact(case(Origin=None), channel="phone") is not None


# -- what is needed


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("<Envelope/>", AT),
        ("<other><Body><notifications/></Body></other>", f"{AT}/OrganizationId"),
        (message(), f"{AT}/Notification"),
        (message("<Notification><Id>1</Id></Notification>"), f"{AT}/Notification/0/sObject"),
        (message(case(), record(Id=CASE, id_="")), f"{AT}/Notification/1/Id"),
        (message(case(Id=None)), f"{AT}/Notification/0/sObject/Id"),
    ],
)
def test_what_is_needed_and_missing_is_named(text: str, pointer: str) -> None:
    assert complaints(text) == {(pointer, "missing")}


# -- the examples from outside


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the vendors' example payloads are not beside the repository")
def test_every_example_is_mapped_and_answered_as_wanted() -> None:
    example, wanted = json.loads(PAYLOADS.read_text())["examples"]
    outcomes = read(example["raw_body"], options={"organization_id": "00D000000000001"})
    assert [type(outcome) for outcome in outcomes] == [Said, Part]
    assert (answer(outcomes).value, answer(outcomes).interaction_id) == (2, "500000000000001AAA")
    assert salesforce.VENDOR.answer is not None
    assert salesforce.VENDOR.answer.body.decode().endswith(wanted["raw_body"])
