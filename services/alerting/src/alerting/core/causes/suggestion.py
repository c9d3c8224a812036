"""Which cause a case seems to have, and why it seems so. It is said, never decided: people choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from alerting.core.case.state import CAUSES, Cause
from alerting.core.causes.comment import heard
from alerting.core.causes.contact import ContactFacts, seen
from alerting.core.causes.evidence import Because, Source
from alerting.core.causes.history import History, usual

Strength = Literal["weak", "fair", "strong"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)

NEVER_SUGGESTED: frozenset[Cause] = frozenset({"agent"})
"""Only a person may say that it was a person, having looked at the system first."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case. ``comments`` are the customer's own words."""

    comments: tuple[str, ...] = ()
    contact: ContactFacts = field(default_factory=ContactFacts)
    history: History = field(default_factory=History)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Attributes:
    because: every reason for it, the weightiest first; never empty.
    strength: "strong": two kinds of evidence agree and nothing comes near; "weak": something else comes near, or
        it only was so before; else "fair".
    """

    cause: Cause
    because: tuple[Because, ...]
    strength: Strength

    @property
    def sources(self) -> tuple[Source, ...]:
        """The kinds of evidence it rests on, each once, sorted."""
        return tuple(sorted({reason.source for reason in self.because}))


def suggest(facts: Facts) -> Suggestion | None:
    """The cause most speaks for; None where nothing speaks for any."""
    found = [*heard(facts.comments), *seen(facts.contact), *usual(facts.history)]
    weights: dict[Cause, float] = {
        cause: total
        for cause in CAUSES
        if cause not in NEVER_SUGGESTED and (total := sum(each.weight for each in found if each.cause == cause))
    }
    if not weights:
        return None
    best = max(weights, key=lambda cause: weights[cause])  # the first of equals: CAUSES has the system first
    because = sorted((each for each in found if each.cause == best), key=lambda each: -each.weight)
    return Suggestion(best, tuple(because), _strength(best, because, weights))


def _strength(best: Cause, because: list[Because], weights: Mapping[Cause, float]) -> Strength:
    rival = max((weight for cause, weight in weights.items() if cause != best), default=0.0)
    sources = {reason.source for reason in because}
    if sources == {"history"} or rival > weights[best] / 2:
        return "weak"
    return "strong" if len(sources) > 1 else "fair"
