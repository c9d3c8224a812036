"""What to do about a CRM's reply."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profile_sync.core.replies import (
    Done,
    Later,
    Park,
    Pause,
    Reason,
    Reply,
    Reread,
    backoff_seconds,
    decide,
    patience,
    retry_after_seconds,
)

TEXT = st.text("0123456789 -:,GMTMar²é\x00", max_size=40)
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Reply(200), Done()),
        (Reply(201), Done()),
        (Reply(204), Done()),
        (Reply(301), Park(Reason.REDIRECTED)),
        (Reply(304), Park(Reason.REDIRECTED)),
        (Reply(307), Park(Reason.REDIRECTED)),
        (Reply(400), Park(Reason.REJECTED)),
        (Reply(401), Pause(Reason.UNAUTHORIZED, 300)),
        (Reply(403), Park(Reason.FORBIDDEN)),
        (Reply(404), Park(Reason.UNKNOWN_PROFILE)),
        (Reply(408), Later(Reason.SERVER_ERROR)),
        (Reply(409), Reread()),
        (Reply(410), Park(Reason.UNKNOWN_PROFILE)),
        (Reply(412), Reread()),
        (Reply(422), Park(Reason.REJECTED)),
        (Reply(425), Later(Reason.SERVER_ERROR)),
        (Reply(428), Park(Reason.REJECTED)),
        (Reply(429), Pause(Reason.THROTTLED, 60)),
        (Reply(429, "7"), Pause(Reason.THROTTLED, 7)),
        (Reply(500), Later(Reason.SERVER_ERROR)),
        (Reply(500, "7"), Later(Reason.SERVER_ERROR)),
        (Reply(502), Later(Reason.SERVER_ERROR)),
        (Reply(503), Later(Reason.SERVER_ERROR)),
        (Reply(503, "7"), Pause(Reason.THROTTLED, 7)),
        (Reply(504), Later(Reason.SERVER_ERROR)),
        (Reply(101), Later(Reason.SERVER_ERROR)),
        (Reply(failure=Reason.TIMEOUT), Later(Reason.TIMEOUT)),
        (Reply(failure=Reason.UNREACHABLE), Later(Reason.UNREACHABLE)),
        (Reply(failure=Reason.UNREADABLE), Later(Reason.UNREADABLE)),
        (Reply(failure=Reason.UNADDRESSABLE), Park(Reason.UNADDRESSABLE)),
        (Reply(failure=Reason.REJECTED), Park(Reason.REJECTED)),
        (Reply(), Later(Reason.UNREACHABLE)),
    ],
)
def test_the_table(reply: Reply, verdict: object) -> None:
    assert decide(reply, NOW) == verdict


@given(st.integers(100, 999), st.none() | TEXT)
def test_every_status_has_a_verdict(status: int, retry_after: str | None) -> None:
    decide(Reply(status, retry_after), NOW)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("3600", 3600),
        ("99999", 3600),
        ("9" * 400, 3600),
        ("Mon, 02 Mar 2026 10:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 10:02:00 -0000", 120),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 1),
        ("Tue, 02 Mar 2027 09:00:00 GMT", 3600),
        ("-5", 60),
        ("1.5", 60),
        ("soon", 60),
        ("", 60),
        (None, 60),
        ("²", 60),
    ],
)
def test_retry_after_in_seconds_or_as_a_date_is_honoured_up_to_an_hour(header: str | None, seconds: float) -> None:
    assert retry_after_seconds(header, NOW) == seconds


_NUMBERS = st.tuples(*[st.integers(0, 99_999)] * 5)
_DATES = st.builds(
    "Mon, {0[0]} Mar {0[1]} {0[2]}:{0[3]}:00 {1}".format, _NUMBERS, st.sampled_from(["GMT", "+9900", ""])
)


@given(TEXT | _DATES)
def test_no_header_makes_it_fail_or_wait_for_long(header: str) -> None:
    assert 1 <= retry_after_seconds(header, NOW) <= 3600


@given(st.integers(0, 100_000), st.floats(0, 1, exclude_max=True))
def test_a_retry_waits_anything_up_to_a_bound_that_doubles_to_five_minutes(attempts: int, jitter: float) -> None:
    assert 0 <= backoff_seconds(attempts, jitter) <= 300
    assert backoff_seconds(attempts, 0.5) == min(300, 2.0 ** min(attempts, 20)) / 2


def test_after_a_day_of_failing_a_push_is_parked() -> None:
    later = Later(Reason.TIMEOUT)
    assert patience(later, None, NOW) == later
    assert patience(later, NOW - timedelta(hours=23, minutes=59), NOW) == later
    assert patience(later, NOW - timedelta(hours=24), NOW) == Park(Reason.TIMEOUT)
