"""How a word is looked up although it is written in its own way: capitals, accents, drawn-out letters, one slip."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_SHORTEST = 6
"""From so many letters on a word may have one slip. Short words with a slip are other words."""
_LONGEST = 24
_ACCENT = re.compile("[\u0300-\u036f]")
_WITHIN = re.compile("['’‘`´ʼ＇‐‑\u200c\u200d-]")
"""Apostrophes, hyphens and joiners: ``don't`` is ``dont``."""
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")


def plain(word: str) -> str:
    """Without case, accents, apostrophes and hyphens. Vowel signs of Indic and other scripts are letters, and stay."""
    if word.isascii():
        return _WITHIN.sub("", word.lower())
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", word).casefold())
    return unicodedata.normalize("NFC", _WITHIN.sub("", _ACCENT.sub("", apart)))


class Speller:
    """Which of the known words a written one is.

    Args:
        words: the known ones, plain.
        loose: those among them that may have one slip.
        ordinary: words one slip away from a loose one that are words of their own.
    """

    def __init__(self, words: Iterable[str], loose: Iterable[str], ordinary: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._ordinary = frozenset(ordinary)
        self._shortened: dict[str, tuple[str, ...]] = {}
        for word in sorted(loose):
            if len(word) >= _SHORTEST:
                for short in {word, *_shortened(word)}:
                    self._shortened[short] = (*self._shortened.get(short, ()), word)

    def known(self, written: str) -> str | None:
        """The known word, or None."""
        word = plain(written)
        if word in self._words:
            return word
        for like in (_DRAWN_OUT.sub(r"\1\1", word), _DRAWN_OUT.sub(r"\1", word), _DOUBLED.sub(r"\1", word)):
            if like in self._words and len(like) > 1 and (like == word or _DRAWN_OUT.search(word)):
                return like
        if word in self._ordinary or not _SHORTEST <= len(word) <= _LONGEST:
            return None
        return self._one_slip_away(word)

    def _one_slip_away(self, word: str) -> str | None:
        for short in (word, *_shortened(word)):
            for known in self._shortened.get(short, ()):
                if _one_slip(word, known):
                    return known
        return None


def _shortened(word: str) -> Iterator[str]:
    """With one letter less, never the first: people get that right."""
    return (word[:i] + word[i + 1 :] for i in range(1, len(word)))


def _one_slip(a: str, b: str) -> bool:
    """A letter more, less, or another, or two that changed places."""
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    a, b = a[start:], b[start:]
    return a[1:] == b[1:] or a == b[1:] or a[1:] == b or (a[:2] == b[1::-1] and a[2:] == b[2:])
