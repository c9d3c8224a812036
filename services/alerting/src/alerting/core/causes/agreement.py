"""How good the suggestions are: how often people chose what was suggested.

Agreement is not truth. Whoever chooses has read the suggestion, so it leans towards yes; what it shows is where
people disagree, and those are the words and thresholds to look at.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from alerting.core.case.state import CAUSES, Cause
from alerting.core.causes.evidence import SOURCES, Source
from alerting.core.causes.rate import Rate
from alerting.core.causes.suggestion import STRENGTHS, Strength


@dataclass(frozen=True, slots=True)
class Choice:
    """``count`` cases for which the same was suggested, and the same chosen. ``suggested`` None: nothing was."""

    suggested: Cause | None
    strength: Strength | None
    sources: tuple[Source, ...]
    chosen: Cause
    count: int = 1


@dataclass(frozen=True, slots=True)
class Agreement:
    """Attributes:
    suggested: for how many of the closed cases a cause was suggested at all.
    agreed: chosen as suggested ÷ suggested; so too by each strength, kind of evidence and suggested cause.
    """

    suggested: Rate
    agreed: Rate
    by_strength: dict[Strength, Rate]
    by_source: dict[Source, Rate]
    by_cause: dict[Cause, Rate]


def agreement(choices: Iterable[Choice]) -> Agreement:
    """Where a suggestion rests on several kinds of evidence it counts for each."""
    every = list(choices)
    made = [choice for choice in every if choice.suggested is not None]
    return Agreement(
        suggested=Rate.of(_count(made), _count(every)),
        agreed=_agreed(made),
        by_strength={one: _agreed([each for each in made if each.strength == one]) for one in STRENGTHS},
        by_source={one: _agreed([each for each in made if one in each.sources]) for one in SOURCES},
        by_cause={one: _agreed([each for each in made if each.suggested == one]) for one in CAUSES},
    )


def _agreed(choices: list[Choice]) -> Rate:
    return Rate.of(_count([each for each in choices if each.chosen == each.suggested]), _count(choices))


def _count(choices: list[Choice]) -> int:
    return sum(choice.count for choice in choices)
