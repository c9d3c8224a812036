"""How a comment is read: where a find stands, how loosely words may be written, and what it costs."""

import time
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from profile_sync.core.extract.text import channels, find, slips, times, words
from profile_sync.core.extract.text.kinds import RULES
from profile_sync.core.extract.text.reading import LONGEST
from profile_sync.core.extract.text.spelling import Speller, plain

SAID = (
    "please call me back",
    "only in Hindi",
    "stop calling me",
    "I prefer e-mail",
    "after 6 pm",
    "I'm deaf",
    "call me Dr",
    "no",
    "not",
    "never",
    "they said",
    "hindi me baat karo",
    "Bitte rufen Sie mich an",
    "मुझे कॉल करें",
    "请给我打电话",
    "leave it at the door",
    "😀",
    "İ",
    "ß",
    "ﬁ",
    "\u200d",
    "é",
    "“",
    "...",
    "?!",
    "\n",
    ",",
    "10:30",
    "9.30pm",
    "🙏🏽",
    "\x00",
    "\ud800",
    "I am interested in 5G plans",
)
REMARKS = st.lists(st.sampled_from(SAID) | st.text(max_size=12), max_size=12).map(" ".join)


def said(comment: str) -> list[tuple[object, float]]:
    return [(found.preference, found.confidence) for found in find(comment)]


@given(REMARKS | st.text())
@example("call me" * 3000)
def test_whatever_is_written_every_find_stands_within_it(comment: str) -> None:
    for found in find(comment):
        assert found.span is not None
        assert 0 <= found.span.start < found.span.end <= len(comment)
        assert 0 < found.confidence < 1


@given(REMARKS, st.sampled_from([" ", "  ", "\n", "\t ", "\u00a0", "\u3000"]))
def test_space_around_changes_nothing_but_the_place(comment: str, space: str) -> None:
    inner, outer = find(comment), find(space + comment + space)
    assert said(comment) == said(space + comment + space)
    assert [f.span.start + len(space) for f in inner if f.span] == [f.span.start for f in outer if f.span]


@given(REMARKS)
def test_finds_come_in_the_order_of_the_words_and_each_once(comment: str) -> None:
    found = find(comment)
    assert [f.span for f in found] == sorted(f.span for f in found if f.span)
    assert len({f.preference for f in found}) == len(found)


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("Good service 😊 please call me back!", "please call me back"),
        ("İyi. Don’t call me, thanks", "Don’t call me"),
        ("Très bien, e\u0301cole. Bitte auf Deutsch.", "Bitte auf Deutsch"),
        ("great🙏🏽 मुझे कॉल करें 🙏🏽", "मुझे कॉल करें"),
    ],
)
def test_the_span_is_the_words_it_rests_on(comment: str, words: str) -> None:
    (found,) = find(comment)
    assert found.span is not None
    assert comment[found.span.start : found.span.end] == words


@pytest.mark.parametrize(
    "comment",
    [
        "PLEASE CALL ME BACK",
        "pleeease call meeee back",
        "please,call me back",
        "please.call me back",
        "pls   call\tme back",
        "plzcallme back",
        "PlEaSe CaLl Me BaCk",
        "please call-me back",
        "✨please call me back✨",
    ],
)
def test_spelling_punctuation_and_case_are_not_held_against_anyone(comment: str) -> None:
    assert [found.preference.kind for found in find(comment)] == ["call_back"]


def test_a_slip_is_forgiven_in_long_words_only() -> None:
    speller = Speller(["language", "call"], ["language", "call"], [])
    assert [speller.known(word) for word in ("langage", "lanugage", "langunage", "lamguage")] == ["language"] * 4
    assert [speller.known(word) for word in ("cell", "cal", "laguarge", "bnguage")] == [None] * 4


def test_an_ordinary_word_is_not_taken_for_a_slip() -> None:
    assert Speller(["contact"], ["contact"], ["contract"]).known("contract") is None


@pytest.mark.parametrize(
    ("written", "drawn_in"), [("meee", "me"), ("callll", "call"), ("pleaaase", "please"), ("weeek", "week")]
)
def test_drawn_out_letters_are_drawn_in(written: str, drawn_in: str) -> None:
    assert Speller([drawn_in], [], []).known(written) == drawn_in


def test_no_word_has_two_meanings() -> None:
    lexicons = [words.WORDS, channels.WORDS, times.WORDS, *(rule.words for rule in RULES)]
    meanings: dict[str, set[str]] = {}
    for lexicon in lexicons:
        for meaning, known in lexicon.items():
            for word in known.split():
                meanings.setdefault(plain(word), set()).add(meaning)
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}


def test_every_word_that_may_have_a_slip_is_one_of_ours() -> None:
    lexicons = [words.WORDS, channels.WORDS, times.WORDS, *(rule.words for rule in RULES)]
    known = {plain(word) for lexicon in lexicons for words_ in lexicon.values() for word in words_.split()}
    assert set(slips.LOOSE.split()) <= known


def test_rules_have_names_of_their_own() -> None:
    assert not [a for a, b in combinations([rule.name for rule in RULES], 2) if a == b]


def test_only_so_much_of_a_comment_is_read() -> None:
    assert find("x" * (LONGEST + 1) + " call me") == ()


HOSTILE = {
    "one word": "call ",
    "a phrase": "please call me in english not by email ",
    "no end": "a",
    "stops": ".",
    "quotes": '"call" ',
    "hours": "9 ",
    "negations": "not no never ",
    "unspaced": "请给我打电话",
    "apostrophes": "a'",
    "marks": "\u0301",
    "digits": "1",
    "languages": "hindi,",
    "interest": "interested in a ",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_time_grows_no_faster_than_the_comment(text: str) -> None:
    """Eight times the text takes at most some twenty times as long, the least of a few tries counted."""

    def cost(length: int) -> float:
        comment = (text * length)[:length]
        tries = []
        for _ in range(5):
            start = time.process_time()
            find(comment)
            tries.append(time.process_time() - start)
        return min(tries)

    cost(1024)
    assert cost(8192) < 20 * cost(1024) + 0.01
