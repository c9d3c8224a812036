from datetime import UTC, datetime

import pytest

from events.vocabulary import parse_instant
from scoring.core.window import Window


@pytest.mark.parametrize("end", ["9999-12-31T23:59:30Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T10:00:00Z"])
def test_a_window_to_the_end_of_time_is_refused_rather_than_failing(end: str) -> None:
    for start in ("2000-01-01T00:00:00Z", "9999-12-31T09:00:00Z"):
        with pytest.raises(ValueError, match="9999"):
            Window.between(parse_instant(start), parse_instant(end))


def test_the_longest_window_has_few_spans() -> None:
    window = Window.between(datetime(2000, 1, 1, 0, 1, 30, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    assert len(list(window.spans())) == 3
