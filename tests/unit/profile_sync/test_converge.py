"""What is written to the CRM, and what is left to the human who wrote there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_sync.core.converge import Memory, Profile, change, desired, drifted, plan
from profile_sync.core.preferences import Customer, Note, ResponseId, Said, Slot, Stamp

CUSTOMER = Customer("default", "cus-42")


def field(value: object, source: str = "survey r1") -> dict:
    return {"value": value, "stated_at": "2026-03-02T09:40:00Z", "source": source}


def verdict(want: object, have: object, memory: Memory | None = None) -> str:
    wanted = {} if want is None else {"language": field(want)}
    known = {} if memory is None else {"language": memory}
    found = plan(wanted, known, Profile({} if have is None else {"language": have}))
    places = {"write": found.writes, "agree": found.agreed, "yield": found.yielded}
    return next((name for name, place in places.items() if "language" in place), "leave")


def test_the_fields_say_where_the_customer_said_it() -> None:
    at = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
    said = Said(Slot("do_not_contact", "phone"), True, "stated/1")
    note = Note(ResponseId("default", "/survey", "resp-9001"), Stamp(0, "e"), CUSTOMER, said, at, at)
    assert desired([note]) == {
        "do_not_contact_phone": {"value": True, "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}
    }


@pytest.mark.parametrize("empty", [None, "", {}, {"value": None}, {"value": ""}, []])
def test_an_empty_field_is_written(empty: object) -> None:
    assert verdict("bn", empty) == "write"
    assert verdict("bn", empty, Memory("de")) == "write"


def test_a_field_that_holds_what_we_wrote_is_overwritten() -> None:
    assert verdict("bn", field("de"), Memory("de")) == "write"
    assert verdict("bn", "de", Memory("de")) == "write"  # a CRM that keeps the bare value


def test_a_humans_edit_wins() -> None:
    assert verdict("bn", field("fr"), Memory("de")) == "yield"
    assert verdict("bn", "fr", Memory("de")) == "yield"
    assert verdict("bn", field("fr")) == "yield"


def test_setting_it_back_resumes_the_sync() -> None:
    assert verdict("bn", field("fr", "edited by hand"), Memory("de")) == "yield"
    assert verdict("bn", field("de", "edited by hand"), Memory("de")) == "write"


def test_a_human_who_agrees_with_the_customer_is_no_conflict() -> None:
    assert verdict("bn", field("bn", "edited by hand"), Memory("de")) == "write"


def test_what_may_have_been_written_before_we_died_is_known_as_ours() -> None:
    assert verdict("bn", field("sv"), Memory("de", ("sv",))) == "write"


def test_a_field_that_is_right_already_is_not_written() -> None:
    assert verdict("bn", field("bn")) == "agree"


def test_a_preference_taken_back_clears_what_we_wrote_and_nothing_else() -> None:
    assert verdict(None, field("de"), Memory("de")) == "write"
    assert verdict(None, field("fr"), Memory("de")) == "leave"
    assert verdict(None, None, Memory("de")) == "agree"


def test_what_has_to_be_written_again_has_drifted_but_not_what_a_human_gave_back() -> None:
    wanted = {"language": field("bn"), "note": field("x"), "contact_channel": field("email")}
    memory = {"language": Memory("bn"), "note": Memory("x", yielded=True), "contact_channel": Memory("email")}
    found = plan(wanted, memory, Profile({"contact_channel": field("email")}))
    assert set(found.writes) == {"language", "note"}
    assert drifted(found, memory) == ["language"]


def test_true_and_1_are_not_the_same() -> None:
    assert verdict("bn", 1, Memory(True)) == "yield"


def test_fields_we_never_spoke_of_are_not_touched() -> None:
    found = plan({"language": field("bn")}, {}, Profile({"name": "Sam", "tier": {"value": "gold"}}))
    assert set(found.writes) == {"language"}


def test_where_nothing_is_wanted_any_more_our_traces_go_also_beside_what_a_human_holds() -> None:
    profile = Profile({"language": "fr"}, '"1"', flat=True, traces=True)
    found = plan({}, {"language": Memory("de")}, profile)
    assert (found.writes, found.traceless, found.idle) == ({}, True, False)
    assert change(CUSTOMER, 1, found, profile).traceless


def test_our_traces_stay_while_anything_is_wanted_and_where_there_are_none_nothing_is_written() -> None:
    traced, bare = (Profile({"note": "x"}, flat=True, traces=traces) for traces in (True, False))
    assert plan({"note": field("x")}, {"note": Memory("x")}, traced).idle
    assert plan({}, {"language": Memory("de")}, bare).idle


_VALUES = st.sampled_from(["a", "b", "c", True, None])


@given(_VALUES, st.one_of(_VALUES, _VALUES.map(field)), _VALUES, st.lists(st.sampled_from(["a", "b"]), max_size=2))
def test_a_value_that_is_neither_ours_nor_wanted_is_never_overwritten(want, have, written, attempted) -> None:
    memory = Memory(written, tuple(attempted))
    value = have["value"] if isinstance(have, dict) else have
    foreign = value is not None and value not in (want, written, *attempted)
    assert not (foreign and verdict(want, have, memory) == "write")


WORDS = st.text("ab\x00é☎", max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | WORDS, lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner)
)


@given(st.dictionaries(st.sampled_from(["language", "note", "x"]), JSON))
def test_whatever_the_crm_answers_can_be_planned_on(fields: dict) -> None:
    plan({"language": field("bn")}, {"note": Memory("x")}, Profile(fields))


def test_one_request_has_one_key_and_another_request_has_another() -> None:
    wanted, profile = {"language": field("bn")}, Profile({}, '"1"')
    key = change(CUSTOMER, 1, plan(wanted, {}, profile), profile).key
    assert change(CUSTOMER, 1, plan(wanted, {}, profile), profile).key == key
    others = [
        change(CUSTOMER, 2, plan(wanted, {}, profile), profile),
        change(CUSTOMER._replace(customer_id="cus-43"), 1, plan(wanted, {}, profile), profile),
        change(CUSTOMER._replace(tenant="t"), 1, plan(wanted, {}, profile), profile),
        change(CUSTOMER, 1, plan(wanted, {}, profile), Profile({}, '"2"')),
        change(CUSTOMER, 1, plan({"language": field("de")}, {}, profile), profile),
    ]
    assert key not in [other.key for other in others]
    assert "cus-42" not in key
