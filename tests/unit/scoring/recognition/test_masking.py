"""What customers write of themselves goes; what they say stays."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scoring.core.masking import luhn, mask


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("Write to jane.doe+shop@mail.example.co.uk please", "Write to [e-mail] please"),
        ("<a@b.de>", "<[e-mail]>"),
        ("jörg@müller.de.", "[e-mail]."),
        ("jane (at) example [dot] com", "[e-mail]"),
        ("jane@example", "jane@example"),
        ("Call +49 (0)30 / 123 45-67 now", "Call [phone] now"),
        ("(030) 1234567", "[phone]"),
        ("5551234", "[phone]"),
        ("0171.234.56.78 or 0171 2345678", "[phone] or [phone]"),
        ("+1 415 555 0132", "[phone]"),
        ("phone:01712345678!", "phone:[phone]!"),
        ("٠١٧١٢٣٤٥٦٧٨", "[phone]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("4111-1111-1111-1111,", "[card],"),
        ("378282246310005", "[card]"),
        ("4111 1111 1111 1112", "[number]"),
        ("4111 1111 1111 1111 12/27", "[number]"),
        ("IBAN DE89 3704 0044 0532 0130 00.", "IBAN [account]."),
        ("gb29nwbk60161331926819", "[account]"),
        ("GB29 NWBK 6016 1331 9268 19 is mine", "[account] is mine"),
        ("NO93 8601 1117 947 thank you so much", "[account] thank you so much"),
        ("DE89 3704 0044 0532 0130 01", "DE[number]"),
        ("GB29 NWBK 6016 1331 9268 18", "GB29 NWBK [phone]"),
    ],
)
def test_addresses_and_numbers_of_a_person_are_masked(written: str, masked: str) -> None:
    assert mask(written) == masked


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Great help, 5 of 5, after only 12 minutes!",
        "Order 123456 came on 2026-03-02 at 10:45.",
        "Seit 02.03.2026 geht es, vorher 1/2/2025 nicht",
        "I paid 1,299.00 twice, from 10:00 to 11:00",
        "Ask @brand about it",
        "1\n2\n3\n4\n5\n6\n7\n8",
        "AB12 is the best tram line in town, really",
        "Ça marche, merci à Zoë; 谢谢",
    ],
)
def test_what_is_no_such_thing_stays_word_for_word(said: str) -> None:
    assert mask(said) == said


def test_a_date_hides_no_number_that_follows_or_leads_it() -> None:
    assert mask("2026-03-02 5551234") == "2026-03-02 [phone]"
    assert mask("+49 2026-03-02") == "[phone]"


@pytest.mark.parametrize(("number", "valid"), [("79927398713", True), ("79927398710", False), ("0", True)])
def test_the_check_digit_is_the_published_one(number: str, valid: bool) -> None:
    assert luhn([int(sign) for sign in number]) is valid


DIGITS = st.lists(st.integers(0, 9).map(str), min_size=7, max_size=25)
GAPS = st.sampled_from(["", " ", "-", ".", "/", ") ", " - ", "\u00a0", "\u2013", "\u200b"])
WORDS = st.text("abc äöß xyz,!?", max_size=20)


@given(WORDS, DIGITS, st.lists(GAPS, min_size=25, max_size=25), WORDS)
@example("DE", list("893704004405320130"), [""] * 25, "")
def test_no_seven_digits_survive_however_they_are_written(
    before: str, digits: list[str], gaps: list[str], after: str
) -> None:
    written = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False))
    kept = mask(f"{before}{written}{after}")
    for date in re.findall(r"\d+[-./]\d+[-./]\d+", kept):
        kept = kept.replace(date, "")
    assert sum(sign.isdigit() for sign in kept) < 7


FOLDED = "\u017f\u212a"
"""The two signs that are no letters from A to Z and become such where case does not count."""
ACCOUNTS = st.from_regex(rf"[NS{FOLDED}][OK{FOLDED}][0-9]{{2}}[A-Z0-9{FOLDED}]{{11,30}}", fullmatch=True)


@given(ACCOUNTS | st.text(max_size=200) | st.text(f"a1@.+- DE8(9)t\n\u0663{FOLDED}", max_size=200))
@example("NO93" + FOLDED[1] * 11)
@example("S" + FOLDED[1] + "93" + "1" * 20)
def test_masking_twice_is_the_same_as_once(text: str) -> None:
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("sign", ["a", "1", "+", "@", ".", "1 ", "a@", "DE89", "A1 ", "a.", "(1", "a@a."])
def test_the_longest_comment_takes_no_time(sign: str) -> None:
    written = (sign * 8192)[:8192]
    began = time.process_time()
    mask(written)
    assert time.process_time() - began < 2
