import pytest

from events.problems import Invalid
from ingest.core import wire

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("/crm/acme", "/crm/acme"),
        ("a%20b", "a b"),
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ("%e2%82%ac", "€"),
        ("100%25", "100%"),
        ("%2525", "%25"),
        ("%zz", "%zz"),
        ('"quoted %22 \\" text"', 'quoted " " text'),
        ('"', '"'),
        ("", ""),
    ],
)
def test_attribute_values_are_unquoted_and_percent_decoded_once(raw: str, text: str) -> None:
    assert wire.attribute_value(raw) == text


@pytest.mark.parametrize("raw", ["%ff", "%C0%80", "%ED%A0%80", "%00", "a%0Ab", "%7F", "%C2%85", "é", '"\\\n"'])
def test_attribute_values_that_are_no_text(raw: str) -> None:
    with pytest.raises(ValueError, match=r"^(has|is) "):
        wire.attribute_value(raw)


def test_only_ce_headers_are_attributes_and_their_names_are_lower_case() -> None:
    headers = [("Host", "x"), ("CE-Id", "1"), ("ce-source", "/s"), ("authorization", "Bearer x")]
    assert wire.attributes(headers) == {"id": "1", "source": "/s"}


def test_all_complaints_about_headers_come_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        wire.attributes([("ce-id", "%ff"), ("ce-source", "a"), ("ce-source", "b"), ("ce-d€", "%ff")])
    assert [problem.pointer for problem in caught.value.problems] == ["/id", "/source", ""]


@pytest.mark.parametrize(
    "header",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; version=1",
    ],
)
def test_content_types_are_read_as_they_are_written(header: str) -> None:
    assert wire.media_type(header, (wire.JSON,)) == wire.JSON


@pytest.mark.parametrize(
    "header", [None, "", "json", "application/jsonp", "application/json; charset=latin-1", "application/json, x/y"]
)
def test_other_content_types_are_not_supported(header: str | None) -> None:
    with pytest.raises(wire.Unsupported):
        wire.media_type(header, (wire.JSON,))


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (TRACE, True),
        (None, False),
        ("", False),
        (TRACE.upper(), False),
        (TRACE + "-more", False),
        (TRACE + "\n", False),
        ("ff" + TRACE[2:], False),
        ("00-" + "0" * 32 + TRACE[35:], False),
        (TRACE[:36] + "0" * 16 + "-01", False),
    ],
)
def test_a_trace_context_is_kept_where_well_formed(header: str | None, kept: bool) -> None:
    assert wire.trace_context(header) == (header if kept else None)
