"""How good an extractor is: what it found, held against what people say is there. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from events.preference import KINDS, CallBack, DoNotContact
from events.wilson import wilson
from profile_sync.core.extract.found import Found

IN_THEIR_WORDS = frozenset({"interest", "dislike", "note"})
"""Kinds whose values are the customer's words: two are the same if they share one that matters."""

ALL = "all"
_LITTLE = frozenset(
    ["a", "an", "the", "and", "or", "of", "on", "for", "to", "in", "is", "my", "your", "any", "more", "i", "am", "with"]
)


class Item(NamedTuple):
    """A preference as it is compared. ``value`` ends in " taken-back" where the customer no longer holds it."""

    kind: str
    value: str

    def same(self, other: "Item") -> bool:
        if self.kind != other.kind:
            return False
        if self.kind in IN_THEIR_WORDS:
            return not _words(self.value).isdisjoint(_words(other.value))
        return self.value.casefold() == other.value.casefold()


class Labelled(NamedTuple):
    """A remark and what careful people note: all of ``stated``; ``optional``, where they would differ."""

    digest: str
    remark: str
    stated: frozenset[Item] = frozenset()
    optional: frozenset[Item] = frozenset()


class Judged(NamedTuple):
    """``right`` and ``missed`` are of the labels, ``wrong`` of what was found. Optional ones are in none of them."""

    labelled: Labelled
    right: frozenset[Item]
    missed: frozenset[Item]
    wrong: frozenset[Item]


class Ratio(NamedTuple):
    """``part`` of ``whole``; without a whole it is not known."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson (1927): it holds for few cases and near 0 and 1, too."""
        return wilson(self.part, self.whole) if self.whole else (0.0, 1.0)


@dataclass
class Score:
    right: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def precision(self) -> Ratio:
        """Of what was found, how much is right."""
        return Ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Ratio:
        """Of what is there, how much was found."""
        return Ratio(self.right, self.right + self.missed)


def item(found: Found) -> Item:
    preference = found.preference
    kind, value, back = preference.kind, str(preference.value), found.taken_back
    if isinstance(preference, DoNotContact):
        back = back or not preference.stop
    elif isinstance(preference, CallBack):
        value, back = str(preference.value and not back).lower(), False
    return Item(kind, f"{value} taken-back" if back else value)


def judge(labelled: Labelled, found: Iterable[Found]) -> Judged:
    """The same thing found twice counts once."""
    items = {item(each) for each in found}
    right = {label for label in labelled.stated if any(label.same(each) for each in items)}
    known = labelled.stated | labelled.optional
    wrong = {each for each in items if not any(label.same(each) for label in known)}
    return Judged(labelled, frozenset(right), labelled.stated - right, frozenset(wrong))


def scores(judged: Iterable[Judged]) -> Mapping[str, Score]:
    """By kind, those of which there is a label or a find; last, all kinds together (micro average)."""
    by_kind = {kind: Score() for kind in (*KINDS, ALL)}
    for each in judged:
        for what in ("right", "missed", "wrong"):
            for one in getattr(each, what):
                for score in (by_kind[one.kind], by_kind[ALL]):
                    setattr(score, what, getattr(score, what) + 1)
    return {kind: score for kind, score in by_kind.items() if kind == ALL or score != Score()}


def _words(value: str) -> set[str]:
    return set(re.findall(r"\w+", value.casefold())) - _LITTLE
