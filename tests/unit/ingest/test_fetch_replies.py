"""What a vendor's answer means, and how fast we ask."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.pace import available, taken
from ingest.core.replies import (
    Fetched,
    Later,
    Park,
    Patience,
    Pause,
    Reason,
    Refusal,
    backoff_seconds,
    given_up,
    refusal,
    retry_after_seconds,
)

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
USUAL = Patience()


@pytest.mark.parametrize(
    ("status", "retry_after", "verdict"),
    [
        (401, None, Pause(Reason.UNAUTHORIZED, 300)),
        (403, "7", Pause(Reason.UNAUTHORIZED, 300)),
        (429, "7", Pause(Reason.THROTTLED, 7)),
        (429, None, Pause(Reason.THROTTLED, 60)),
        (503, "7", Pause(Reason.THROTTLED, 7)),
        (503, None, Later(Reason.SERVER_ERROR)),
        (404, None, Later(Reason.NOT_FOUND)),
        (410, None, Later(Reason.NOT_FOUND)),
        (408, None, Later(Reason.TIMEOUT)),
        (425, None, Later(Reason.SERVER_ERROR)),
        (500, "7", Later(Reason.SERVER_ERROR)),
        (599, None, Later(Reason.SERVER_ERROR)),
        (204, None, Later(Reason.UNREADABLE)),
        (206, None, Later(Reason.UNREADABLE)),
        (301, None, Park(Reason.REDIRECTED)),
        (304, None, Park(Reason.REDIRECTED)),
        (400, None, Park(Reason.REJECTED)),
        (422, None, Park(Reason.REJECTED)),
    ],
)
def test_each_status_has_its_verdict(status: int, retry_after: str | None, verdict: Refusal) -> None:
    assert refusal(status, retry_after, NOW, USUAL) == verdict


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 1),
        ("-5", 60),
        ("99999999999999999999", 3600),
        ("Mon, 02 Mar 2026 09:30:40 GMT", 40),
        ("Mon, 02 Mar 2026 09:29:00 GMT", 1),
        ("Mon, 02 Mar 2026 23:00:00 GMT", 3600),
        ("Mon, 02 Mar 2026 10:30:40 +0100", 40),
        ("Mon, 02 Mar 2026 09:30:40", 40),
        ("Mon, 02 Mar 99999 09:30:40 GMT", 60),
        ("soon", 60),
        ("", 60),
        (None, 60),
        ("١٢", 60),
    ],
)
def test_retry_after_is_read_in_both_forms_and_kept_in_bounds(value: str | None, seconds: float) -> None:
    assert retry_after_seconds(value, NOW, USUAL) == seconds


@given(st.text(max_size=40))
def test_no_retry_after_is_beyond_the_bounds_or_an_error(value: str) -> None:
    assert 1 <= retry_after_seconds(value, NOW, USUAL) <= 3600


def test_the_pause_grows_to_five_minutes_and_is_spread_whole() -> None:
    assert [backoff_seconds(n, 1.0, USUAL) for n in (0, 1, 2, 8, 9, 10**6)] == [1, 2, 4, 256, 300, 300]
    assert backoff_seconds(9, 0.0, USUAL) == 0
    assert backoff_seconds(9, 0.5, USUAL) == 150


def test_what_is_missing_is_given_up_after_minutes_and_the_rest_after_a_day() -> None:
    def gives_up(reason: Reason, tries: int = 9, **ago: float) -> bool:
        return given_up(Later(reason), tries - 1, NOW - timedelta(**ago), NOW, USUAL)

    assert not given_up(Later(Reason.NOT_FOUND), 9, None, NOW, USUAL)
    assert not gives_up(Reason.NOT_FOUND, tries=4, days=3)
    assert gives_up(Reason.NOT_FOUND, tries=5, days=3)
    assert not gives_up(Reason.NOT_FOUND, minutes=9)
    assert gives_up(Reason.NOT_FOUND, minutes=10)
    assert not gives_up(Reason.SERVER_ERROR, hours=23)
    assert gives_up(Reason.SERVER_ERROR, hours=24)


def test_a_document_is_not_shown() -> None:
    assert "canary" not in repr(Fetched({"comment": "canary"}))


def test_a_rested_bucket_gives_a_second_s_worth_and_at_least_two() -> None:
    assert available(NOW - timedelta(days=1), NOW, 5) == 5
    assert available(NOW, NOW, 0.1) == 2
    assert available(taken(NOW, NOW, 0.1, 2), NOW + timedelta(seconds=9.9), 0.1) == 0
    assert available(taken(NOW, NOW, 0.1, 2), NOW + timedelta(seconds=10), 0.1) == 1


@given(
    st.floats(0.05, 1000),
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 50)), min_size=1, max_size=60),
)
def test_no_span_of_time_sees_more_than_its_rate_and_one_burst(rate: float, steps: list[tuple[float, int]]) -> None:
    now, free_at = NOW, NOW
    sent: list[tuple[datetime, int]] = []
    for wait, wanted in steps:
        now += timedelta(seconds=wait)
        count = min(wanted, available(free_at, now, rate))
        free_at = taken(free_at, now, rate, count)
        sent.append((now, count))
    for first, (begin, _) in enumerate(sent):
        total = 0
        for then, count in sent[first:]:
            total += count
            assert total <= max(2.0, rate) + rate * (then - begin).total_seconds() + 0.01


@given(st.floats(0.05, 1000))
def test_whoever_always_asks_gets_the_whole_rate(rate: float) -> None:
    now, free_at, got = NOW, NOW, 0
    for _ in range(200):
        count = available(free_at, now, rate)
        free_at = taken(free_at, now, rate, count)
        got += count
        now += timedelta(seconds=0.5)
    assert got >= rate * 99
