"""Bare values under a CRM's names, and where they come from as lines of one field."""

from typing import Any

import pytest

from profile_sync.core.preferences import FIELDS
from profile_sync.crms.flat import PROVENANCE, Flat, provenance, stamp
from profile_sync.crms.port import Layout
from support.crm_servers.wired import field

WORDS = Flat(Layout("https://crm.example", {"language": "Tongue"}, prefix="x_"), yes="yes", no="no")
LANGUAGE = "language: survey resp-9001, 2026-03-02T09:40:00Z"


def test_every_field_has_a_name_there_and_so_has_provenance() -> None:
    names = WORDS.names
    assert set(names) == {*FIELDS, PROVENANCE}
    assert (names["language"], names["note"], names[PROVENANCE]) == ("Tongue", "x_note", "x_provenance")


def test_what_is_set_goes_under_their_names_with_their_yes_and_no() -> None:
    told = WORDS.theirs({"language": field("bn"), "call_back": field(False), "note": None}, {})
    assert {name: told[name] for name in ("Tongue", "x_call_back", "x_note")} == {
        "Tongue": "bn",
        "x_call_back": "no",
        "x_note": None,
    }


@pytest.mark.parametrize(
    ("kept", "value"), [("yes", True), ("NO ", False), ("True", True), (False, False), ("maybe", "maybe"), (7, 7)]
)
def test_a_flag_is_read_from_either_word_and_anything_else_as_it_is(kept: Any, value: Any) -> None:
    found = WORDS.ours({"x_do_not_contact_phone": kept})["do_not_contact_phone"]
    assert (found, type(found)) == (value, type(value))


def test_yes_is_a_word_like_any_other_where_text_belongs() -> None:
    assert WORDS.ours({"x_note": "yes", "Tongue": "no"}) == {"note": "yes", "language": "no"}


def test_empty_fields_and_those_of_others_are_left_out() -> None:
    assert WORDS.ours({"Tongue": "", "x_note": None, "x_call_back": "", "language": "bn", "phone": "1"}) == {}


def test_there_is_a_line_for_each_field_set() -> None:
    said = provenance(None, {}, {"note": field("x", "survey resp-7"), "language": field("bn"), "call_back": None})
    assert said == f"{LANGUAGE}\nnote: survey resp-7, 2026-03-02T09:40:00Z"


def test_a_field_set_anew_has_one_line_and_the_others_keep_theirs() -> None:
    before = "language: survey resp-1, 2026-01-01T00:00:00Z\nnote: survey resp-2, 2026-01-01T00:00:00Z"
    said = provenance(before, {"language": "de", "note": "x"}, {"language": field("bn")})
    assert said == f"note: survey resp-2, 2026-01-01T00:00:00Z\n{LANGUAGE}"


def test_a_field_that_is_cleared_or_empty_loses_its_line() -> None:
    before = "language: survey resp-1, 2026-01-01T00:00:00Z\nnote: survey resp-2, 2026-01-01T00:00:00Z"
    assert provenance(before, {"language": "de"}, {"language": None}) is None


def test_lines_a_human_wrote_stay() -> None:
    before = "asked by phone, DR: language too\r\nlanguage: survey resp-1, 2026-01-01T00:00:00Z"
    assert provenance(before, {"language": "de"}, {"language": None}) == "asked by phone, DR: language too"


def test_only_lines_of_ours_are_traces() -> None:
    assert WORDS.traces({"x_provenance": f"by phone, DR\r\n{LANGUAGE}"})
    for text in ("language: French, he says", "", None, 7):
        assert not WORDS.traces({"x_provenance": text})
    assert not WORDS.traces({})


def test_without_traces_no_line_of_ours_stays_beside_a_humans_value_but_a_humans_line_does() -> None:
    record = {"Tongue": "fr", "x_note": "x", "x_provenance": f"by phone, DR\n{LANGUAGE}"}
    assert WORDS.theirs({}, record, traceless=True) == {"x_provenance": "by phone, DR"}
    assert WORDS.theirs({"note": None}, record, traceless=True) == {"x_note": None, "x_provenance": "by phone, DR"}


def test_a_source_cannot_make_a_line_of_its_own() -> None:
    said = provenance(None, {}, {"language": field("bn", "survey a\nnote: survey b\u2028note: c")})
    assert said is not None
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("before", [7, ["x"], {"a": 1}, True])
def test_what_is_no_text_is_no_provenance(before: Any) -> None:
    assert provenance(before, {}, {"language": field("bn")}) == LANGUAGE


def test_half_a_character_in_a_line_does_not_keep_it_from_being_sent() -> None:
    said = provenance("half \ud83d", {}, {})
    assert said is not None
    assert said.encode()


def test_where_room_is_short_the_oldest_of_our_lines_give_way_and_no_humans_does() -> None:
    before = "a human's\nnote: survey resp-2, 2026-01-01T00:00:00Z"
    held, fields = {"note": "x"}, {"language": field("bn")}
    assert provenance(before, held, fields, room=80) == f"a human's\n{LANGUAGE}"
    assert provenance(before, held, fields, room=8) == "a human's"


def test_every_field_at_once_fits_into_the_room() -> None:
    flat = Flat(Layout("https://crm.example"), room=1500)
    told = flat.theirs({name: field("x", f"survey {'r' * 128}") for name in FIELDS}, {})
    assert 1000 < len(str(told["amends_provenance"])) <= 1500


def test_a_stamp_tells_contents_apart_and_nothing_else() -> None:
    assert stamp({"a": "1", "b": True}) == stamp({"b": True, "a": "1"})
    assert len({stamp({}), stamp({"a": "1"}), stamp({"a": 1}), stamp({"a": True}), stamp({"b": "1"})}) == 5
