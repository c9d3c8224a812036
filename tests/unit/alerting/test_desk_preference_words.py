"""What a customer prefers, in words; and which part of a remark is marked."""

from datetime import UTC, datetime
from typing import Any

import pytest

from alerting.desk.preference_words import KINDS, held, sentence
from alerting.preferences_answers import PreferenceNote
from events import preference


def noted(kind: str, value: Any, item: str = "", **more: Any) -> PreferenceNote:
    said_in = {"response_id": "r-1", "extractor": "text/1"}
    at = datetime(2026, 3, 2, tzinfo=UTC)
    document = {"note_id": "0" * 32, "status": "active", "stated_at": at, "said_in": said_in}
    return PreferenceNote.model_validate(document | {"kind": kind, "value": value, "item": item} | more)


def test_every_kind_has_a_name() -> None:
    assert set(KINDS) == set(preference.KINDS)


@pytest.mark.parametrize(
    ("kind", "value", "item", "words"),
    [
        ("contact_channel", "email", "", "Reach them by e-mail"),
        ("do_not_contact", True, "phone", "Never by phone"),
        ("do_not_contact", False, "sms", "By text message again, after all"),
        ("language", "bn", "", "Speak to them in Bengali"),
        ("language", "pt-BR", "", "Speak to them in Portuguese (pt-BR)"),
        ("language", "tlh", "", "Speak to them in tlh"),
        ("call_back", False, "", "Need not be called back"),
        ("accessibility", "large-print", "large-print", "Needs: large print"),
        ("interest", "{solar} panels", "{solar} panels", "Interested in {solar} panels"),
        ("note", "Rings twice.", "", "Rings twice."),
        ("dislike", None, "leaflets", "Takes back what was said: dislike, leaflets"),
        ("horoscope", "leo", "", "horoscope: leo"),
    ],
)
def test_a_preference_in_words(kind: str, value: Any, item: str, words: str) -> None:
    assert sentence(noted(kind, value, item)) == words


def test_what_is_marked_is_counted_in_code_points() -> None:
    comment = "🙂👩‍👧 only in Bengali, please"
    start = comment.index("only")
    found = noted("language", "bn", comment=comment, span={"start": start, "end": start + 15})
    assert found.marked == ("🙂👩‍👧 ", "only in Bengali", ", please")
    assert noted("language", "bn").marked is None


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (None, "nothing"),
        ({"value": "email"}, "email"),
        ({"value": True}, "yes"),
        ({"value": False}, "no"),
        ({}, "nothing"),
    ],
)
def test_what_a_field_holds_in_words(field: Any, words: str) -> None:
    assert held(field) == words
