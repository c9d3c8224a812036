"""Retry-After, read as RFC 9110 writes it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import retry_after

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        (" 3 ", 3),
        ("0", 0),
        ("86400", 86400),
        ("9" * 400, 999_999_999),
        ("Mon, 02 Mar 2026 12:00:07 GMT", 7),
        ("Mon, 02 Mar 2026 12:00:07 -0000", 7),
        ("Mon, 02 Mar 2026 11:00:00 GMT", -3600),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after.seconds(header, NOW) == seconds


_NUMBERS = st.tuples(*[st.integers(0, 99_999)] * 5)
_DATES = st.builds(
    "Mon, {0[0]} Mar {0[1]} {0[2]}:{0[3]}:00 {1}".format, _NUMBERS, st.sampled_from(["GMT", "+9900", ""])
)


@given(st.text() | _DATES)
def test_no_header_makes_it_fail(header: str) -> None:
    retry_after.seconds(header, NOW)
