"""What a rule is: one kind of preference, the words it knows, and the ways people say it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from events.preference import Preference
from profile_sync.core.extract.found import Span
from profile_sync.core.extract.text.reading import Reading, Words

_PAST = frozenset(("was", "were", "been"))


class By(StrEnum):
    """What may stand before a phrase in its clause. See scope.py.

    ASKED: a request; nobody else's doing, no report, no quotation. STATED: what the customer says of themselves; no
    quotation, no condition. ANY: the phrase itself leaves no doubt.
    """

    ASKED = "asked"
    STATED = "stated"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase stands. ``at`` and ``to`` bound its signs, or those of the part in square brackets."""

    reading: Reading
    match: re.Match[str]
    signs: Mapping[str, str]

    @property
    def at(self) -> int:
        return self.match.start(self._group)

    @property
    def to(self) -> int:
        return self.match.end(self._group)

    @property
    def _group(self) -> int:
        return self.match.lastindex or 0

    def words(self, *meanings: str) -> list[str]:
        """The known words of these meanings in it, in their order."""
        signs = {self.signs[meaning] for meaning in meanings}
        return [self.reading.words[i] for i in range(self.at, self.to) if self.reading.signs[i] in signs]

    @property
    def span(self) -> Span:
        """Of the whole phrase."""
        spans = self.reading.spans
        return Span(spans[self.match.start()][0], spans[self.match.end() - 1][1])

    @property
    def asks(self) -> bool:
        """A question mark comes right after the phrase."""
        end = self.match.end()
        return end < len(self.reading.spans) and self.reading.comment[self.reading.spans[end][0]] in "?？"

    @property
    def past(self) -> bool:
        """Some of the phrase is said of what was."""
        return not _PAST.isdisjoint(self.reading.words[self.match.start() : self.match.end()])

    @property
    def text(self) -> str:
        """The customer's words for the part in square brackets."""
        spans = self.reading.spans
        return self.reading.comment[spans[self.at][0] : spans[self.to - 1][1]]


class Meant(NamedTuple):
    preference: Preference
    weight: float = 1.0
    """Lowers the confidence of the phrase."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way of saying it. ``confidence``: how often such words mean this, as measured and judged."""

    says: str
    confidence: float
    means: Callable[[Hit], Iterable[Preference | Meant]] | Preference
    by: By = By.ASKED


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of preference.

    Attributes:
        anchors: meanings of which a comment must have one to be looked at.
        words: its own; those of several rules are in words.py.
    """

    name: str
    anchors: str
    phrases: tuple[Phrase, ...]
    words: Words
