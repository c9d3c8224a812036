"""Which of customers' words are quoted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.core.digest.quotes import LONGEST, Class, Remark, chosen, shortened

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def remark(text: str, class_: Class = "satisfied", minutes: int = 0) -> Remark:
    return Remark(text, class_, NOON + timedelta(minutes=minutes), team="billing", channel="phone")


def test_praise_and_complaint_come_in_turn_however_many_complain() -> None:
    many = [remark(f"complaint number {n}", "dissatisfied", n) for n in range(20)]
    found = chosen([*many, remark("praise, the only one"), remark("neither this nor that", "neutral")], 4)
    assert [quote.class_ for quote in found] == ["dissatisfied", "satisfied", "dissatisfied", "dissatisfied"]
    assert found[0].text == "complaint number 19", "the newest"


def test_neutral_remarks_fill_what_is_left() -> None:
    found = chosen([remark("neither this nor that", "neutral"), remark("they were very kind")], 5)
    assert [quote.class_ for quote in found] == ["satisfied", "neutral"]


def test_nobody_is_quoted_twice_with_the_same_words() -> None:
    found = chosen([remark("They were  very kind", minutes=1), remark("they were very kind")], 5)
    assert len(found) == 1


def test_no_quote_names_an_agent() -> None:
    said = [
        "Jane sorted it out at once",
        "thanks to a-17, all is well",
        "DOE was of no help at all",
        "17 calls, at last",
    ]
    found = chosen([remark(text) for text in said], 10, agents={"jane.doe", "a-17"})
    assert [quote.text for quote in found] == ["17 calls, at last"]


def test_what_says_nothing_is_not_quoted() -> None:
    assert chosen([remark("ok"), remark("  thanks  ")], 5) == ()


@settings(deadline=None)
@given(st.text(max_size=2_000))
def test_a_quote_is_one_line_of_bounded_length(text: str) -> None:
    found = shortened(text)
    assert len(found) <= LONGEST
    assert len(found.splitlines()) <= 1
    assert found.endswith("…") or "[link]" in found or found == " ".join(text.split())


@pytest.mark.parametrize("link", ["https://evil.example/x?y", "WWW.evil.example", "hxxp+x://evil.example"])
def test_nobody_follows_a_stranger_s_link(link: str) -> None:
    assert shortened(f"Refund at {link} now") == "Refund at [link] now"


def test_a_long_one_is_cut_at_a_word() -> None:
    found = shortened("word " * 100)
    assert found == "word " * 54 + "word…"
