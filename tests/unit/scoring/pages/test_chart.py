"""The geometry of small charts."""

import re

from hypothesis import given
from hypothesis import strategies as st

from scoring.pages.chart import HEIGHT, WIDTH, shares, spark

maybe = st.one_of(st.none(), st.floats(-1e6, 1e6))


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.e+-]+) (-?[\d.e+-]+)", path)]


def test_without_a_value_there_is_no_chart() -> None:
    assert spark([], least_span=1) is None
    assert spark([None, None], least_span=1) is None


def test_a_step_without_data_breaks_the_line_and_is_not_zero() -> None:
    drawn = spark([1.0, 2.0, None, 2.0, 1.0], least_span=1)
    assert drawn is not None
    first, second = map(points, drawn.lines)
    assert [x for x, _ in first] == [0, 25]
    assert [x for x, _ in second] == [75, 100]
    assert (drawn.low, drawn.high) == (1.0, 2.0)


def test_a_lone_value_is_a_dot() -> None:
    drawn = spark([None, 3.0, None], least_span=1)
    assert drawn is not None
    assert drawn.lines == ("M50 15L50 15",)
    assert drawn.areas == ()
    assert drawn.last is None


def test_a_small_wobble_stays_small() -> None:
    drawn = spark([0.90, 0.91], least_span=0.2)
    assert drawn is not None
    (_, before), (_, after) = points(drawn.lines[0])
    assert 0 < before - after < HEIGHT / 10


@given(st.lists(maybe, min_size=1, max_size=40), st.floats(0.01, 100))
def test_everything_known_is_drawn_within_the_frame(values: list[float | None], least: float) -> None:
    drawn = spark(values, least_span=least)
    known = [value for value in values if value is not None]
    if drawn is None:
        assert known == []
        return
    drawn_points = [point for line in drawn.lines for point in points(line)]
    assert len(set(drawn_points)) == len(known)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn_points)


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    assert shares([200, 50, 0]) == (100.0, 25.0, 0.0)
    assert shares([0, 0]) == (0.0, 0.0)
    assert shares([]) == ()
