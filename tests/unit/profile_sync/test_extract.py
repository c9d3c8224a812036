"""Which preferences are found in a response, and which are left alone."""

from datetime import UTC, datetime, timedelta

import pytest
import yaml

from events.envelope import Event
from events.preference import KINDS, ContactLanguage
from events.problems import Invalid
from events.survey import SurveyResponse
from events.vocabulary import CHANNELS
from profile_sync.core.extract import Extractor, Skipped, extract, extractors
from profile_sync.core.extract.found import Found, Span
from profile_sync.core.extract.structured import _SAMPLES, NO_ANSWERS, AnswerMap
from profile_sync.core.preferences import FIELDS, Slot, is_flag

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
EXACT = extractors(NO_ANSWERS)
MAPPING = """
answers:
  preferred_channel:
    kind: contact_channel
    values:
      E-mail: email
      Phone call: phone
      3: sms
  may_we_call:
    kind: do_not_contact
    channel: phone
    values: {yes: false, no: true}
  never_by:
    kind: do_not_contact
  call_me_not:
    kind: do_not_contact
    channel: phone
  spoken:
    kind: language
  anything_else:
    kind: note
"""


def answers(text: str = MAPPING) -> AnswerMap:
    return AnswerMap.parse(yaml.load(text, yaml.BaseLoader))


def event(**fields) -> Event[SurveyResponse]:
    fields = {"response_id": "r1", "customer_id": "cus-42", "instrument": "csat", "scale": "1-5", "value": 4} | fields
    data = SurveyResponse.model_validate({**fields, "submitted_at": "2026-03-02T09:40:00Z"})
    return Event("e1", "/survey", "default", NOW, NOW, data)


def found(mapping: AnswerMap = NO_ANSWERS, **fields) -> dict:
    report = extract(event(**fields), extractors(mapping)).report
    return {note.said.slot: note.said.value for note in report.notes}


def test_stated_preferences_are_taken_as_they_are() -> None:
    stated = [
        {"kind": "contact_channel", "value": "email"},
        {"kind": "do_not_contact", "value": "in-person"},
        {"kind": "do_not_contact", "value": "sms", "stop": False},
        {"kind": "language", "value": "pt-BR"},
        {"kind": "contact_time", "value": "evening"},
        {"kind": "note", "value": "Ring twice."},
    ]
    assert found(preferences=stated) == {
        Slot("contact_channel"): "email",
        Slot("do_not_contact", "in-person"): True,
        Slot("do_not_contact", "sms"): False,
        Slot("language"): "pt-BR",
        Slot("contact_time"): "evening",
        Slot("note"): "Ring twice.",
    }


def test_a_note_says_where_it_is_from() -> None:
    (note,) = extract(
        event(revision=3, preferences=[{"kind": "language", "value": "bn"}]), extractors(NO_ANSWERS)
    ).report.notes
    assert note.response == ("default", "/survey", "r1")
    assert note.stamp == (3, "e1")
    assert note.customer == ("default", "cus-42")
    assert (note.said.extractor, note.stated_at, note.recorded_at) == ("stated/1", event().data.submitted_at, NOW)


@pytest.mark.parametrize("status", ["partial", "dismissed", "preview"])
def test_a_response_that_is_not_completed_says_nothing(status: str) -> None:
    stated = [{"kind": "language", "value": "bn"}]
    extraction = extract(event(status=status, value=None, preferences=stated), extractors(answers()))
    assert extraction.report.notes == ()
    assert extraction.skipped == ()


def test_without_a_customer_nothing_is_kept_and_it_is_counted() -> None:
    extraction = extract(
        event(customer_id=None, preferences=[{"kind": "language", "value": "bn"}]), extractors(NO_ANSWERS)
    )
    assert extraction.report.notes == ()
    assert extraction.skipped == (Skipped.NO_CUSTOMER,)


@pytest.mark.parametrize(
    ("key", "answer", "slot", "value"),
    [
        ("preferred_channel", " e-MAIL ", Slot("contact_channel"), "email"),
        ("preferred_channel", 3, Slot("contact_channel"), "sms"),
        ("preferred_channel", 3.0, Slot("contact_channel"), "sms"),
        ("may_we_call", "No", Slot("do_not_contact", "phone"), True),
        ("may_we_call", "yes", Slot("do_not_contact", "phone"), False),
        ("never_by", "SMS", Slot("do_not_contact", "sms"), True),
        ("call_me_not", True, Slot("do_not_contact", "phone"), True),
        ("call_me_not", False, Slot("do_not_contact", "phone"), False),
        ("spoken", "pt-BR", Slot("language"), "pt-BR"),
        ("anything_else", " Ring twice. ", Slot("note"), "Ring twice."),
    ],
)
def test_a_mapped_answer_becomes_a_preference(key: str, answer: object, slot: Slot, value: object) -> None:
    assert found(answers(), answers={key: answer}) == {slot: value}


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("preferred_channel", "carrier pigeon"),
        ("preferred_channel", "email"),  # not among the answers listed, though it happens to be a value
        ("may_we_call", True),  # "yes" and true are different answers
        ("never_by", "whatever"),
        ("call_me_not", "maybe"),
        ("spoken", "Portuguese, mostly"),
        ("anything_else", "x" * 501),
    ],
)
def test_an_answer_the_mapping_does_not_cover_is_skipped_and_counted_never_guessed(key: str, answer: object) -> None:
    extraction = extract(event(answers={key: answer}), extractors(answers()))
    assert extraction.report.notes == ()
    assert extraction.skipped == (Skipped.NOT_MAPPED,)


@pytest.mark.parametrize("answer", [None, ""])
def test_a_question_left_open_is_no_answer(answer: object) -> None:
    assert extract(event(answers={"preferred_channel": answer}), extractors(answers())).skipped == ()


def test_the_same_said_twice_in_one_answer_is_one_note_by_the_more_trusted_extractor() -> None:
    both = {"answers": {"spoken": "bn"}, "preferences": [{"kind": "language", "value": "bn"}]}
    (note,) = extract(event(**both), extractors(answers())).report.notes
    assert note.said.extractor == "stated/1"


def test_different_words_for_one_slot_are_all_kept_for_the_merge_to_judge() -> None:
    both = {"answers": {"spoken": "de"}, "preferences": [{"kind": "language", "value": "bn"}]}
    notes = extract(event(**both), extractors(answers())).report.notes
    assert [(note.said.slot.kind, note.said.value, note.said.answer) for note in notes] == [
        ("language", "bn", None),
        ("language", "de", "spoken"),
    ]
    assert len({note.id for note in notes}) == 2


def test_of_some_kinds_a_customer_may_have_several() -> None:
    stated = [{"kind": "interest", "value": "5G plans"}, {"kind": "interest", "value": "Phones"}]
    assert found(preferences=stated) == {Slot("interest", "5g plans"): "5G plans", Slot("interest", "phones"): "Phones"}
    assert Slot("interest", "phones").field == "interest"


def test_a_response_without_a_customer_is_whoever_had_the_contact() -> None:
    said = event(customer_id=None, preferences=[{"kind": "language", "value": "bn"}])
    (note,) = extract(said, extractors(NO_ANSWERS), "cus-7").report.notes
    assert note.customer == ("default", "cus-7")


def test_what_holds_for_a_time_says_until_when() -> None:
    stated = [{"kind": "call_back", "value": True}, {"kind": "language", "value": "bn"}]
    ends = {note.said.slot.kind: note.expires_at for note in extract(event(preferences=stated), EXACT).report.notes}
    assert ends == {"call_back": event().data.submitted_at + timedelta(days=14), "language": None}


def test_the_comment_is_kept_only_where_a_note_points_into_it() -> None:
    words = {"comment": "Good service, thank you.", "preferences": [{"kind": "language", "value": "bn"}]}
    assert extract(event(**words), EXACT).report.comment is None
    pointing = Extractor("text", 1, lambda r: [Found(ContactLanguage(kind="language", value="bn"), 0.9, Span(0, 4))])
    assert extract(event(**words), [pointing]).report.comment == "Good service, thank you."


def test_every_complaint_about_a_mapping_comes_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        answers("""
answers:
  a: {kind: shoe_size}
  b: {kind: language, channel: phone}
  c: {kind: do_not_contact, channel: telegraph}
  d: {kind: contact_channel, values: {Post: letter, E-mail: email}}
  e: {kind: contact_channel, values: {Yes: email, "yes ": phone}}
""")
    assert [(p.pointer, p.code) for p in caught.value.problems] == [
        ("/answers/a/kind", "unknown-kind"),
        ("/answers/b/channel", "not-here"),
        ("/answers/c/channel", "unknown-channel"),
        ("/answers/d/values/Post", "not-a-value"),
        ("/answers/e/values", "ambiguous"),
    ]


@pytest.mark.parametrize("text", ["", "answers: 3", "answer: {}", "answers: {a: {kind: note, value: x}}", "- a"])
def test_a_mapping_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        answers(text)


def test_the_mapping_knows_every_kind_of_preference() -> None:
    assert set(_SAMPLES) == set(KINDS)


def test_fields_of_the_crm_are_plain_names() -> None:
    assert len(set(FIELDS)) == len(FIELDS)
    assert all(field.isascii() and field.isidentifier() for field in FIELDS)
    assert [field for field in FIELDS if is_flag(field)] == [
        *(f"do_not_contact_{channel.replace('-', '_')}" for channel in CHANNELS),
        "call_back",
    ]
    assert Slot("language").field == "language"
    assert Slot("do_not_contact", "in-person").field == "do_not_contact_in_person"


def test_texts_are_kept_as_crms_keep_them() -> None:
    stated = [
        {"kind": "interest", "value": " Solar \n panels "},
        {"kind": "interest", "value": "solar panels"},
        {"kind": "note", "value": "  \t "},
        {"kind": "language", "value": "PT-br"},
    ]
    assert found(preferences=stated) == {
        Slot("interest", "solar panels"): "Solar panels",
        Slot("language"): "pt-BR",
    }
