"""A list of phrases, and which of them stand in a text."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"\w+")
# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_FIRST = 3
"""By so many letters of their first word phrases are looked up; a stem has at least as many."""
_UNSPACED_FROM = "\u2e80"
"""From here on, scripts that put no space between words: Chinese, Japanese."""

_Word = tuple[str, bool]
"""A word, and whether any ending may follow."""


def folded(text: str) -> str:
    """Without case, accents and the difference between full and half width."""
    if text.isascii():
        return text.lower()
    # Taking characters apart may bring up capitals, and folding those what can be taken apart.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)).translate(_PLAIN)


class Lexicon:
    """Phrases of one or more words. ``*`` at the end of a word stands for any ending.

    A phrase in a script without spaces is found anywhere; every other one only as whole words, one after another.

    Args:
        but_not: phrases in which nothing is found: "no complaints" is none.

    Raises:
        ValueError: an entry has no word, or a stem of less than three letters.
    """

    def __init__(self, phrases: Iterable[str], *, but_not: Iterable[str] = ()) -> None:
        entries = {entry: _words(entry) for entry in phrases}
        self.entries = frozenset(entries)
        self._unspaced = [(folded(entry), entry) for entry in entries if entry[0] >= _UNSPACED_FROM]
        self._spaced = _index((words, entry) for entry, words in entries.items() if entry[0] < _UNSPACED_FROM)
        self._harmless = _index((_words(entry), entry) for entry in but_not)

    def found(self, text: str) -> frozenset[str]:
        """The entries that stand in ``text``, which is ``folded``."""
        tokens = _WORD.findall(text)
        hits = {entry for phrase, entry in self._unspaced if phrase in text}
        place = 0
        while place < len(tokens):
            if harmless := _at(self._harmless, tokens, place):
                place += max(len(words) for words, _ in harmless)
                continue
            hits.update(entry for _, entry in _at(self._spaced, tokens, place))
            place += 1
        return frozenset(hits)


_Index = dict[str, list[tuple[tuple[_Word, ...], str]]]


def _words(entry: str) -> tuple[_Word, ...]:
    found = tuple((word.group(), _ends_open(entry, word)) for word in _WORD.finditer(folded(entry)))
    if not found:
        raise ValueError("has an entry without a word")
    if any(open_end and len(word) < _FIRST for word, open_end in found):
        raise ValueError(f"has a stem of less than {_FIRST} letters")
    return found


def _ends_open(entry: str, word: re.Match[str]) -> bool:
    """Whether an asterisk follows the word."""
    return folded(entry)[word.end() : word.end() + 1] == "*"


def _index(phrases: Iterable[tuple[tuple[_Word, ...], str]]) -> _Index:
    index: _Index = {}
    for words, entry in phrases:
        index.setdefault(words[0][0][:_FIRST], []).append((words, entry))
    return index


def _at(index: _Index, tokens: Sequence[str], place: int) -> list[tuple[tuple[_Word, ...], str]]:
    """The phrases that begin with the word at ``place``."""
    candidates = index.get(tokens[place][:_FIRST], ())
    return [(words, entry) for words, entry in candidates if _matches(words, tokens, place)]


def _matches(words: Sequence[_Word], tokens: Sequence[str], place: int) -> bool:
    if place + len(words) > len(tokens):
        return False
    return all(
        token.startswith(word) if open_end else token == word
        for (word, open_end), token in zip(words, tokens[place:], strict=False)
    )
