"""Applying the rules to one comment."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from events.preference import Preference
from profile_sync.core.extract.found import Found
from profile_sync.core.extract.text.overlap import settled
from profile_sync.core.extract.text.pattern import compiled
from profile_sync.core.extract.text.reading import Reader, Reading, Words
from profile_sync.core.extract.text.rule import Hit, Meant, Phrase, Rule
from profile_sync.core.extract.text.scope import FAR, Scope

_LEAST = 0.45
"""A find that is less sure is not even worth a person's look."""


class _Ready(NamedTuple):
    """``any`` fits where one of the phrases does: most comments are done with it."""

    anchors: frozenset[str]
    any: re.Pattern[str]
    phrases: tuple[tuple[re.Pattern[str], Phrase], ...]


class Engine:
    """The rules, ready to be applied.

    Args:
        words: meaning → words, shared by the rules.
        loose: words that may have one slip.
        ordinary: words one slip away from those that are words of their own.

    Raises:
        KeyError: a rule names a meaning that has no words.
    """

    def __init__(self, rules: Iterable[Rule], words: Iterable[Words], loose: str, ordinary: str) -> None:
        rules = tuple(rules)
        together: dict[str, str] = {}
        for lexicon in (*words, *(rule.words for rule in rules)):
            for meaning, known in lexicon.items():
                together[meaning] = f"{together.get(meaning, '')} {known}"
        self._reader = Reader(together, loose.split(), ordinary.split())
        self._signs = self._reader.signs
        self._scope = Scope(self._reader.vocabulary)
        self._rules = tuple(self._ready(rule) for rule in rules)
        self._anchors = frozenset(chain.from_iterable(rule.anchors for rule in self._rules))

    def _ready(self, rule: Rule) -> _Ready:
        anchors = frozenset(self._reader.vocabulary[name] for name in rule.anchors.split())
        phrases = tuple((compiled(phrase.says, self._reader.vocabulary), phrase) for phrase in rule.phrases)
        return _Ready(anchors, re.compile("|".join(pattern.pattern for pattern, _ in phrases)), phrases)

    def find(self, comment: str) -> tuple[Found, ...]:
        reading = self._reader.read(comment)
        meanings = set(reading.signs)
        if self._anchors.isdisjoint(meanings):
            return ()
        anchored = (rule for rule in self._rules if not rule.anchors.isdisjoint(meanings))
        due = [rule.phrases for rule in anchored if rule.any.search(reading.signs)]
        if not due:
            return ()
        found = (self._found(reading, pattern, phrase) for phrases in due for pattern, phrase in phrases)
        return settled(chain.from_iterable(found))

    def _found(self, reading: Reading, pattern: re.Pattern[str], phrase: Phrase) -> Iterator[Found]:
        for match in pattern.finditer(reading.signs):
            confidence = phrase.confidence * self._scope.weight(
                reading.signs[max(0, match.start() - FAR) : match.start()], phrase.by
            )
            if confidence < _LEAST or self._scope.told(reading.signs[match.end() : match.end() + FAR]):
                continue
            hit = Hit(reading, match, self._signs)
            for preference, weight in _meant(phrase, hit):
                if confidence * weight >= _LEAST:
                    yield Found(preference, round(confidence * weight, 2), hit.span)


def _meant(phrase: Phrase, hit: Hit) -> Iterator[tuple[Preference, float]]:
    for meant in phrase.means(hit) if callable(phrase.means) else (phrase.means,):
        yield meant if isinstance(meant, Meant) else (meant, 1.0)
