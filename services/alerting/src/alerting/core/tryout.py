"""What other rules would have done, beside what was done."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from alerting.core.rules import RULES
from alerting.core.rules.decision import Reason

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Tried:
    """One answer, contact or promise.

    Attributes:
        id: of an answer ``survey:…`` or ``mention:…``, of a contact ``contact:…``.
        about: equal for what would share a case.
        did, would: the reason for a case; None where there was or would be none.
    """

    id: str
    at: datetime
    team: str | None
    about: Hashable
    did: Reason | None
    would: Reason | None


@dataclass(slots=True)
class Tally:
    """Of one rule.

    Attributes:
        new: would ask for a case, where none was asked for by any rule; ``gone``: the other way round.
        abouts: what would have had a case each, at most: what is said of one contact shares one.
    """

    would: int = 0
    did: int = 0
    new: int = 0
    gone: int = 0
    days: Counter[date] = field(default_factory=Counter)
    teams: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    abouts: set[Hashable] = field(default_factory=set)

    def shown(self) -> dict[str, Any]:
        """For programs: the numbers, days and teams that would have been, and up to five ids."""
        return {
            "would": self.would,
            "did": self.did,
            "new": self.new,
            "gone": self.gone,
            "cases": len(self.abouts),
            "days": {day.isoformat(): count for day, count in sorted(self.days.items())},
            "teams": dict(self.teams.most_common()),
            "examples": self.examples,
        }


def tally(tried: Iterable[Tried]) -> dict[str, Tally]:
    """By rule, in the order of the rules. Days are UTC's."""
    found = {rule.name: Tally() for rule in RULES}
    for one in tried:
        if one.did is not None:
            found[one.did].did += 1
            found[one.did].gone += one.would is None
        if one.would is not None:
            _count(found[one.would], one)
    return found


def _count(rule: Tally, one: Tried) -> None:
    rule.would += 1
    rule.new += one.did is None
    rule.days[one.at.date()] += 1
    rule.teams[one.team or "unknown"] += 1
    rule.abouts.add(one.about)
    if len(rule.examples) < EXAMPLES:
        rule.examples.append(one.id)
