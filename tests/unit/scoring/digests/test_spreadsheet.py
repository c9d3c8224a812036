"""CSV that programs read and no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.core.digest.spreadsheet import inert, lines

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("key", ["=1+1", "+49", "-2", "@SUM(A1)", "\tx", "\r=1", " =1", "＝1", '=HYPERLINK("x")'])
def test_what_begins_a_formula_is_shown_and_not_run(key: str) -> None:
    assert inert(key) == f"'{key}"


@pytest.mark.parametrize("key", ["billing", "", "a-17", "phone/billing", "'quoted'", "1-5"])
def test_other_words_are_left_alone(key: str) -> None:
    assert inert(key) == key


def test_numbers_are_numbers_and_no_data_is_an_empty_field() -> None:
    assert lines([("nps", -12.5, 3, None)]) == "nps,-12.5,3,\r\n"


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1))
def test_every_program_reads_what_was_written(rows: list[tuple[str, str]]) -> None:
    read = list(csv.reader(io.StringIO(lines(rows), newline="")))
    assert [tuple(row) for row in read] == [(inert(a), inert(b)) for a, b in rows]
    assert not any(field.lstrip(" ").startswith(("=", "+", "-", "@")) for row in read for field in row)
