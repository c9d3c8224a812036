"""A metric as a page shows it."""

import pytest

from scoring.core.measures import Sums
from scoring.pages.numbers import ANSWERS, NOTHING, number, parts


def csat(satisfied: int, dissatisfied: int) -> Sums:
    return {"csat_satisfied": satisfied, "csat_dissatisfied": dissatisfied}


def test_no_data_is_said_and_is_not_zero() -> None:
    found = number("csat", {})
    assert (found.text, found.n, found.state, found.interval) == (NOTHING, 0, "none", "")


def test_fewer_than_five_show_only_how_many() -> None:
    found = number("csat", csat(4, 0))
    assert (found.text, found.n, found.state, found.interval) == (NOTHING, 4, "too_few", "")


def test_from_five_on_a_number_comes_with_its_interval() -> None:
    found = number("csat", csat(5, 0))
    assert (found.text, found.figure, found.unit, found.interval) == ("100 %", "100", "%", "57 to 100 %")


def test_a_change_is_told_only_where_it_is_more_than_noise() -> None:
    assert number("csat", csat(85, 15), csat(80, 20)).change is None
    told = number("csat", csat(850, 150), csat(800, 200)).change
    assert told is not None
    assert (told.up, told.kind, told.text) == (True, "better", "5 points")


def test_without_a_number_nothing_is_said_about_its_change() -> None:
    assert number("csat", csat(4, 0), csat(0, 400)).change is None
    assert number("csat", csat(400, 0), {}).change is None
    assert number("csat", csat(400, 0)).change is None


@pytest.mark.parametrize(("abandoned", "kind"), [(400, "worse"), (20, "better")])
def test_fewer_who_give_up_is_better(abandoned: int, kind: str) -> None:
    told = number("abandonment", {"abandoned": abandoned, "queued": 1000}, {"abandoned": 100, "queued": 1000}).change
    assert told is not None
    assert told.kind == kind


def test_the_parts_of_a_whole_add_up() -> None:
    found = parts({"answer_approvals": 6, "answer_indifferent": 1, "answer_disapprovals": 3}, ANSWERS)
    assert [(part.title, part.amount, part.share) for part in found] == [
        ("Positive", 6, "60 %"),
        ("Neutral", 1, "10 %"),
        ("Negative", 3, "30 %"),
    ]
    assert sum(part.width for part in found) == pytest.approx(100)
    assert parts({}, ANSWERS) == ()
