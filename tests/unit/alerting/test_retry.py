"""When a delivery is tried again."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.core.retry import GIVE_UP_SECONDS, LONGEST_ASKED_SECONDS, LONGEST_SECONDS, delay


def test_the_wait_grows_with_the_attempts_up_to_a_quarter_of_an_hour() -> None:
    waits = [delay(attempt, age=0, share=1.0) for attempt in (1, 2, 3, 30, 3000)]
    assert waits == [2.0, 4.0, 8.0, LONGEST_SECONDS, LONGEST_SECONDS]


def test_a_destination_that_asks_for_patience_gets_it_up_to_an_hour() -> None:
    assert delay(1, age=0, share=0.0, asked=120) == 120
    assert delay(1, age=0, share=0.0, asked=86_000) == LONGEST_ASKED_SECONDS


def test_after_a_day_it_is_given_up() -> None:
    assert delay(90, age=GIVE_UP_SECONDS, share=0.0) is None
    assert delay(90, age=GIVE_UP_SECONDS - 60, share=0.0, asked=120) is None


@given(
    st.integers(1, 10_000),
    st.floats(0, GIVE_UP_SECONDS),
    st.floats(0, 1),
    st.none() | st.floats(0, 1e9),
)
def test_no_retry_is_immediate_or_beyond_the_day(attempts: int, age: float, share: float, asked: float | None) -> None:
    wait = delay(attempts, age=age, share=share, asked=asked)
    assert wait is None or (wait >= 0.5 and age + wait <= GIVE_UP_SECONDS)
