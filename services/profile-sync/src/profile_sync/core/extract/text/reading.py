"""A comment as the rules see it: one sign for each word, so that a rule is a pattern over meanings, not letters."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

from profile_sync.core.extract.text.spelling import Speller, plain

Words = Mapping[str, str]
"""Meaning → the words that have it. Words written together have several meanings: ``"ring me": "callme"``."""
LONGEST = 8192
MOST_WORDS = 2000
"""So many code points, and so many words and marks, of a comment are read."""
OTHER, STOP, COMMA, QUOTE = "_", ".", ",", '"'
_FIRST_SIGN = 0xE000  # Unicode's private use area: no pattern syntax there
_KEPT = 1 << 14

# Scripts whose vowel signs are no \w, and scripts that put no space between words.
_MARKED = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0963\u0966-\u0dff\u200c\u200d"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
_LETTERS = rf"(?:[^\W{_MARKED}{_UNSPACED}]++|[{_MARKED}]++)++"
_WORD = rf"(?P<word>\be[-‐‑]mails?\b|{_LETTERS}(?:['’‘`´ʼ＇]{_LETTERS})*+)"
_HOUR = r"(?P<hour>(?=\d)\d{1,2}(?:(?:[:.h]\d\d)?\s?(?:[ap]\.?m\b\.?|uhr\b|o'?clock\b|h\b|baje\b)|[:h]\d\d)(?![\w@]))"
_REST = (
    r"(?P<comma>[,،、，])|(?P<quote>[\"“”«»„])|(?P<stop>[^\w\s'’‘`´ʼ＇()\[\]/&*+#@%\-‐–—~^<>=\\$£€¥\u200c\u200d]|\n)"
)
_FIXED = {"stop": STOP, "comma": COMMA, "quote": QUOTE}


@dataclass(frozen=True, slots=True)
class Reading:
    """``signs[i]`` is the meaning of what stands at ``spans[i]`` of the comment, ``words[i]`` the known word it is."""

    comment: str
    signs: str
    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


class Reader:
    """Reads comments by a lexicon.

    Args:
        words: meaning → words, of every rule.
        loose: the words that may have one slip.
        ordinary: words one slip away from those that are words of their own.
    """

    def __init__(self, words: Words, loose: Iterable[str], ordinary: Iterable[str]) -> None:
        names = dict.fromkeys(name for key in words for name in key.split())
        self.signs = {name: chr(_FIRST_SIGN + i) for i, name in enumerate((*names, "hour", "number"))}
        entries = ((key, word) for key, known in words.items() for word in known.split())
        self._meaning = {plain(word): "".join(self.signs[name] for name in key.split()) for key, word in entries}
        self._speller = Speller(self._meaning, loose, ordinary)
        self._token = re.compile(f"{_WORD_OR_HOUR}|{_known(self._meaning)}|{_REST}", re.IGNORECASE)
        self._meant = lru_cache(maxsize=_KEPT)(self._meant_by)

    @cached_property
    def vocabulary(self) -> Mapping[str, str]:
        """What a pattern may name: a meaning, or a word that stands for its meaning → the sign."""
        return {**{word: signs for word, signs in self._meaning.items() if len(signs) == 1}, **self.signs}

    def read(self, comment: str) -> Reading:
        signs: list[str] = []
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        for token in islice(self._token.finditer(comment, 0, LONGEST), MOST_WORDS):
            kind = token.lastgroup
            meant, word = (_FIXED[kind], "") if kind in _FIXED else self._meant(kind, token[0])
            for sign in meant:
                signs.append(sign)
                words.append(word)
                spans.append(token.span())
        return Reading(comment, "".join(signs), tuple(words), tuple(spans))

    def _meant_by(self, kind: str | None, written: str) -> tuple[str, str]:
        """Its signs, and the known word it is. The answers are kept: people use few words."""
        if kind == "hour":
            return self.signs["hour"], written.lower()
        known = self._speller.known(written)
        if known is not None:
            return self._meaning[known], known
        return (self.signs["number"] if written.isdigit() else OTHER), written


_WORD_OR_HOUR = f"{_HOUR}|{_WORD}"


def _known(words: Iterable[str]) -> str:
    """In scripts without spaces the known words wherever they stand, the longest first; else letter by letter."""
    unspaced = sorted((word for word in words if re.search(f"[{_UNSPACED}]", word)), key=len, reverse=True)
    return rf"(?P<known>(?=[{_UNSPACED}])(?:{'|'.join(map(re.escape, unspaced))}|.))"
