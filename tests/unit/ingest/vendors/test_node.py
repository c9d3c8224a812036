"""Reading vendors' documents: tolerant of what is not needed, strict about the rest, and always able to say where."""

import contextlib
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.problems import Invalid
from events.survey import SurveyResponse
from ingest.vendors.node import Node, Unit, build, identifier

BERLIN = ZoneInfo("Europe/Berlin")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def complaint(error: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (problem,) = error.value.problems
    return problem.pointer, problem.code


# -- finding


def test_keys_are_found_whatever_their_case_but_the_exact_one_first() -> None:
    root = Node({"Ticket": {"ID": 1, "id": 2}})
    assert root.get("ticket", "id").value == 2
    assert root.get("TICKET", "Id").value == 1


def test_a_path_counts_in_lists_and_ends_in_nothing_where_it_leads_nowhere() -> None:
    root = Node({"detail": {"tags": ["a", "b"]}})
    assert root.path("detail.tags.1").value == "b"
    for nowhere in ("detail.tags.2", "detail.tags.x", "detail.none.at.all", "detail.tags.-1"):
        assert not root.path(nowhere)
        assert root.path(nowhere).value is None


def test_pointers_escape_what_rfc_6901_escapes() -> None:
    assert Node({}).get("a/b", "c~d").at == "/a~1b/c~0d"


@pytest.mark.parametrize(("value", "found"), [(None, False), ("", False), (0, True), (False, True), ([], True)])
def test_missing_null_and_empty_text_are_nothing(value: Any, found: bool) -> None:
    assert bool(Node(value)) is found


def test_what_is_needed_is_asked_for_by_its_pointer() -> None:
    root = Node({"a": {"b": ""}, "c": [1]})
    for ask in (root.need, root.need_text, root.need_instant):
        with pytest.raises(Invalid) as error:
            ask("a", "b")
        assert complaint(error) == ("/a/b", "missing")


def test_elements_carry_their_number_and_nothing_has_none() -> None:
    assert [item.at for item in Node({"c": [1, 2]}).get("c").items()] == ["/c/0", "/c/1"]
    assert list(Node({}).get("c").items()) == []
    with pytest.raises(Invalid) as error:
        list(Node({"c": {}}).get("c").items())
    assert complaint(error) == ("/c", "list_type")


# -- texts, labels, identifiers


@pytest.mark.parametrize(
    ("value", "text"), [("5", "5"), (5, "5"), (5.0, "5"), (5.5, "5.5"), ("", None), (None, None), (" x ", " x ")]
)
def test_a_number_is_text_too(value: Any, text: str | None) -> None:
    assert Node(value).text() == text


@pytest.mark.parametrize("value", [True, [], {}, ["x"]])
def test_other_values_are_no_text(value: Any) -> None:
    with pytest.raises(Invalid) as error:
        Node(value, "/x").text()
    assert complaint(error) == ("/x", "string_type")


def test_a_text_is_cut_by_characters_not_bytes() -> None:
    assert Node("😀😀😀").text(2) == "😀😀"


def test_a_label_is_printable_short_and_by_the_operators_table() -> None:
    assert Node("a\r\n\tb").label() == "a b"
    assert Node("x" * 200).label() == "x" * 128
    assert Node(17).label({"17": "Billing"}) == "Billing"
    assert Node("\x07").label() is None


def test_an_id_that_looks_like_ours_is_kept() -> None:
    assert Node("c-1").identifier("gc-") == "gc-c-1"
    assert Node(4711).identifier() == "4711"
    assert Node(" c-1\n").identifier() == "c-1"
    assert Node("  ").identifier() is None


def test_an_id_that_does_not_becomes_a_digest_of_itself_and_tells_nothing() -> None:
    mail = Node("anna@example.org").identifier("p-")
    assert mail == identifier("anna@example.org", "p-") == "p-x-" + identifier("anna@example.org")[2:]
    assert mail is not None
    assert mail != identifier("Anna@example.org", "p-")
    assert "anna" not in mail
    assert len(identifier("9" * 400)) < 128


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_every_text_makes_an_identifier_and_always_the_same(raw: str) -> None:
    data = {"response_id": identifier(raw), "instrument": "csat", "scale": "1-5", "value": 1}
    SurveyResponse.model_validate(data | {"submitted_at": "2026-03-02T10:00:00Z"})
    assert identifier(raw) == identifier(raw)


# -- numbers, units, booleans


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7.0, 7), ("7.5", 7.5), (0, 0), ("-3", -3), (None, None)])
def test_a_number_may_come_as_text(value: Any, number: float | None) -> None:
    assert Node(value).number() == number


@pytest.mark.parametrize("value", ["seven", True, [], {}, "nan", "inf", "1e999", "0x10"])
def test_what_is_no_finite_number_is_refused(value: Any) -> None:
    with pytest.raises(Invalid) as error:
        Node(value, "/n").number()
    assert complaint(error)[0] == "/n"


@pytest.mark.parametrize(("unit", "seconds"), [("s", 90.0), ("ms", 0.09), ("min", 5400.0)])
def test_durations_become_seconds(unit: Unit, seconds: float) -> None:
    assert Node("90").seconds(unit) == seconds
    assert Node(None).seconds(unit) is None


def test_a_boolean_may_come_as_a_word_but_not_as_a_number() -> None:
    assert [Node(value).boolean() for value in (True, "TRUE", "false", None)] == [True, True, False, None]
    refused: list[Any] = [1, 0, "yes", []]
    for value in refused:
        with pytest.raises(Invalid):
            Node(value).boolean()


# -- moments

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T12:00:00Z",
        "2026-03-02T13:00:00+01:00",
        "2026-03-02T13:00:00.000+0100",
        "2026-03-02 12:00:00 UTC",
        "Mon, 02 Mar 2026 12:00:00 +0000",
        1772452800,
        "1772452800",
        1772452800.0,
    ],
)
def test_a_moment_is_read_in_each_way_vendors_write_it(value: Any) -> None:
    assert Node(value).instant() == NOON


def test_a_number_of_milliseconds_has_to_be_said_to_be_one() -> None:
    assert Node(1772452800000).instant(unit="ms") == NOON
    with pytest.raises(Invalid):
        Node(1772452800000).instant()


def test_a_moment_without_offset_is_in_the_sources_zone() -> None:
    assert Node("2026-03-02 13:00:00").instant(zone=BERLIN) == NOON
    assert Node("2026-07-02T14:00:00.5").instant(zone=BERLIN) == datetime(2026, 7, 2, 12, 0, 0, 500_000, tzinfo=UTC)


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    assert Node("2026-10-25 02:30:00").instant(zone=BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_hour_that_is_left_out_is_read_as_if_the_clocks_had_not_been_changed_yet() -> None:
    assert Node("2026-03-29 02:30:00").instant(zone=BERLIN) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_no_moment_is_none() -> None:
    assert Node("").instant() is None
    assert Node(None).instant() is None


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-02-30T00:00:00Z", "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", True, [], {}, 1e300, -1],
)
def test_what_is_no_moment_since_2000_is_refused(value: Any) -> None:
    with pytest.raises(Invalid) as error:
        Node(value, "/t").instant()
    assert complaint(error) == ("/t", "datetime")


@given(ANYTHING | st.from_regex(r"[A-Z][a-z]{2}, [0-9: .+-]{0,30}"))
def test_whatever_comes_only_a_declared_refusal_comes_of_it(value: Any) -> None:
    node = Node(value, "/x")
    for read in (node.text, node.label, node.identifier, node.number, node.seconds, node.boolean, node.instant):
        with contextlib.suppress(Invalid):
            read()


# -- building


def test_a_complaint_about_a_field_points_where_its_value_came_from() -> None:
    fields = {
        "response_id": Node("r 1", "/form/token"),
        "instrument": "csat",
        "scale": "1-5",
        "value": Node(9, "/answers/0/number"),
        "submitted_at": Node("2026-03-02T10:00:00Z", "/at"),
    }
    with pytest.raises(Invalid) as error:
        build(SurveyResponse, "/form", fields)
    assert complaint(error) == ("/form/token", "string_pattern_mismatch")
    assert "r 1" not in str(error.value)


def test_a_complaint_about_what_the_adapter_filled_in_points_at_the_whole_and_names_the_field() -> None:
    with pytest.raises(Invalid) as error:
        build(SurveyResponse, "/form", {"response_id": "r", "instrument": "csat", "scale": "1-5"})
    (problem,) = error.value.problems
    assert (problem.pointer, problem.message) == ("/form", "submitted_at is required")


def test_fields_without_a_value_are_left_out() -> None:
    fields = {"response_id": "r", "instrument": "csat", "scale": "1-5", "value": 5, "team": Node(None), "agent": None}
    built = build(SurveyResponse, "", fields | {"submitted_at": datetime(2026, 3, 2, tzinfo=UTC)})
    assert built.model_fields_set == {"response_id", "instrument", "scale", "value", "submitted_at"}
