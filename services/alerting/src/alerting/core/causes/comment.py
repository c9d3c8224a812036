"""What the customer's own words say about the cause. Rather deaf than wrong: only plain phrases count, and none that
the customer denies ("I did not wait long")."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from alerting.core.causes.evidence import Because
from alerting.core.causes.phrases import CONJUNCTIONS, NEGATIONS, PHRASES

_REACH = 3
"""How many words before a phrase a negation still denies it."""
_ONCE_MORE = 0.5
"""What a second phrase for the same cause adds."""
_LONGEST = 8192

_SHORT = (
    (re.compile(r"[’`´]"), "'"),
    (re.compile(r"\b(can|won|shan)'t\b"), r"\1 not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bcannot\b"), "can not"),
    (re.compile(r"\b(did|does|do|is|was|were|could|would|has|have|had|are)nt\b"), r"\1 not"),
)
_BREAK = re.compile(r"[.,;:!?()\[\]\n\r…–—]+")
_WORD = re.compile(r"[^\W_]+|\.")


@dataclass(frozen=True, slots=True)
class _Cue:
    cause: str
    pattern: re.Pattern[str]
    negations: int


def plain(words: str) -> str:
    """``words`` as the phrases are written: lower case, no accents, one space around each word, "." where a new
    thought begins. It starts and ends with a space."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", words[:_LONGEST]).casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    for short, long in _SHORT:
        bare = short.sub(long, bare)
    found = _WORD.findall(_BREAK.sub(" . ", bare))
    return f" {' '.join('.' if word in CONJUNCTIONS else word for word in found)} "


def heard(comments: Iterable[str]) -> list[Because]:
    """The causes that the comments name, each with the phrase that names it, in the order of PHRASES."""
    texts = [plain(comment) for comment in comments]
    found: list[Because] = []
    for cause in PHRASES:
        said = list(dict.fromkeys(phrase for text in texts for phrase in _said(cause, text)))
        found += [
            Because("comment", cause, f"the customer wrote “{phrase}”", 1.0 if number == 0 else _ONCE_MORE)
            for number, phrase in enumerate(said[:2])
        ]
    return found


def _said(cause: str, text: str) -> list[str]:
    """The phrases for ``cause`` in ``text`` that are not denied; of two that overlap only the first."""
    found: list[str] = []
    upto = 0
    matches = ((match, cue.negations) for cue in _CUES if cue.cause == cause for match in cue.pattern.finditer(text))
    for match, negations in sorted(matches, key=lambda one: (one[0].start(), -one[0].end())):
        if match.start() >= upto and not _denied(text[: match.start()], match[0], negations):
            found.append(match[0])
            upto = match.end()
    return found


def _denied(before: str, phrase: str, negations: int) -> bool:
    """A phrase that is itself a denial ("nobody called back") is not denied by the half that French puts before it."""
    near = before.rpartition(" . ")[2].split()[-_REACH:]
    return (not negations and any(word in NEGATIONS for word in near)) or _negations(phrase) > negations


def _negations(phrase: str) -> int:
    return sum(word in NEGATIONS for word in phrase.split())


def _cue(cause: str, phrase: str) -> _Cue:
    """``wait* .. hour|hours``: a star ends a word that goes on, a bar is "or", two dots are up to four words."""
    parts = []
    for word in phrase.split():
        if word == "..":
            parts.append(r"(?:(?!\.)\S+ ){0,4}")
        else:
            ways = "|".join(_way(way) for way in word.split("|"))
            parts.append(f"(?:{ways}) ")
    told = "".join(parts).removesuffix(" ")
    return _Cue(cause, re.compile(f"(?<= ){told}(?= )"), sum(_denies(word) for word in phrase.split()))


def _way(way: str) -> str:
    word = plain(way.removesuffix("*")).strip()
    return re.escape(word) + (r"\S*" if way.endswith("*") else "")


def _denies(word: str) -> bool:
    return any(plain(way).strip() in NEGATIONS for way in word.split("|"))


_CUES = tuple(_cue(cause, phrase) for cause, phrases in PHRASES.items() for phrase in phrases)
