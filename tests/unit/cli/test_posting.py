"""Retry-After, read as RFC 9110 writes it."""

from datetime import UTC, datetime

import pytest

from amends.posting import retry_after

NOW = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0.5),
        ("3", 3),
        ("0", 0),
        ("86400", 60),
        ("Mon, 02 Mar 2026 12:00:07 GMT", 7),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("soon", 0.5),
        ("-3", 0.5),
    ],
)
def test_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header, NOW, default=0.5) == seconds
