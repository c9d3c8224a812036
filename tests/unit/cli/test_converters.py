"""From the text in a column to a typed value."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from amends.mapping import converters
from amends.mapping.converters import Unreadable, Value


@pytest.mark.parametrize(
    ("raw", "seconds"), [("0:02:23", 143), ("1:00:00", 3600), ("3:25", 205), ("12:00:01.5", 43201.5), ("0:00", 0)]
)
def test_a_duration_is_seconds(raw: str, seconds: float) -> None:
    assert converters.duration(raw) == seconds


@pytest.mark.parametrize("raw", ["25", "0:60:00", "0:00:61", "-0:01", "1:2:3:4", "0:02:23 h"])
def test_what_is_no_duration_is_refused(raw: str) -> None:
    with pytest.raises(Unreadable, match="h:mm:ss"):
        converters.duration(raw)


@pytest.mark.parametrize("raw", ["", "1,5", "1_000", "nan", "inf", "1e3", "0x10", "١"])
def test_a_number_is_digits_and_nothing_else(raw: str) -> None:
    with pytest.raises(Unreadable):
        converters.number(raw)


def test_numbers_and_whole_numbers() -> None:
    assert converters.number("-12.5") == -12.5
    assert converters.integer("+7") == 7
    with pytest.raises(Unreadable):
        converters.integer("7.0")


def test_a_slug_is_an_identifier() -> None:
    assert converters.slug("  Technical Support / Łódź – Übersee ") == "technical-support-odz-ubersee"
    with pytest.raises(Unreadable):
        converters.slug("???")


@pytest.mark.parametrize(("word", "value"), [("Y", True), ("yes", True), ("TRUE", True), ("n", False), ("0", False)])
def test_words_for_true_and_false(word: str, value: bool) -> None:
    assert converters.boolean(None, None)(word) is value


def test_an_unknown_word_is_neither() -> None:
    with pytest.raises(Unreadable, match="neither"):
        converters.boolean(None, None)("perhaps")
    with pytest.raises(Unreadable):
        converters.boolean(["Answered"], ["Lost"])("Y")


def test_with_words_for_true_alone_all_others_are_false() -> None:
    convert = converters.boolean(["Answered"], None)
    assert (convert("answered"), convert("Lost"), convert("Transferred")) == (True, False, False)


@pytest.mark.parametrize(
    ("raw", "utc"),
    [
        ("2026-01-15 09:12:58", datetime(2026, 1, 15, 8, 12, 58, tzinfo=UTC)),
        ("15.07.2026 09:12", datetime(2026, 7, 15, 7, 12, tzinfo=UTC)),
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # came twice: the first
    ],
)
def test_a_local_time_is_placed_in_its_zone(raw: str, utc: datetime) -> None:
    convert = converters.moment(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M"], ZoneInfo("Europe/Berlin"))
    assert convert(raw) == utc


def test_a_local_time_that_never_was_is_refused() -> None:
    with pytest.raises(Unreadable, match="never was"):
        converters.moment(["%Y-%m-%d %H:%M:%S"], ZoneInfo("Europe/Berlin"))("2026-03-29 02:30:00")


def test_an_offset_in_the_text_beats_the_zone() -> None:
    convert = converters.moment(["iso"], ZoneInfo("Europe/Berlin"))
    assert convert("2026-01-15T09:00:00+05:30") == datetime(2026, 1, 15, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("convert", "raw"),
    [
        (converters.number, "sam@example.org"),
        (converters.integer, "sam@example.org"),
        (converters.duration, "sam@example.org"),
        (converters.boolean(None, None), "sam@example.org"),
        (converters.moment(["iso"], UTC), "sam@example.org"),
    ],
)
def test_no_refusal_repeats_what_was_there(convert: converters.Converter, raw: Value) -> None:
    with pytest.raises(Unreadable) as refused:
        convert(str(raw))
    assert "sam" not in str(refused.value)
