"""The section ``incidents`` of the on-call file.

    incidents:
      - {name: queue, by: team, cases: 5, within: 30m, owner: maria}
      - {name: billing-tool, by: cause, only: [information_system], cases: 4, within: 4h, owner: it-room, cool_down: 1d}

Where two rules fit the same cases, the first one opens the incident.
"""

from collections import Counter
from datetime import timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from alerting.core.case.state import CAUSES
from alerting.core.incidents.rule import IncidentRule, Shared
from alerting.core.lengths import Length
from events.vocabulary import CHANNELS, Identifier, Label

_DAY = timedelta(days=1)
_CLOSED_SETS = {"cause": CAUSES, "channel": CHANNELS}


class RuleSaid(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    by: Shared
    cases: Annotated[int, Field(ge=2, le=1000)]
    within: Annotated[Length, Field(ge=timedelta(minutes=1), le=7 * _DAY)]
    owner: Identifier
    cool_down: Annotated[Length, Field(ge=timedelta(0), le=7 * _DAY)] = timedelta(hours=1)
    only: Annotated[frozenset[Label], Field(max_length=100)] = frozenset()

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = _CLOSED_SETS.get(self.by)
        if known is not None and not self.only <= set(known):
            raise ValueError(f"watches only what there is: a {self.by} is one of {', '.join(known)}")
        return self

    def value(self) -> IncidentRule:
        return IncidentRule(self.name, self.by, self.cases, self.within, self.owner, self.cool_down, self.only)


class IncidentsSection(RootModel[tuple[RuleSaid, ...]]):
    """``incidents``: the rules, in the order in which they are tried."""

    @model_validator(mode="after")
    def _each_name_once(self) -> Self:
        names = Counter(rule.name for rule in self.root)
        if any(count > 1 for count in names.values()):
            raise ValueError("has two rules of the same name")
        return self

    def value(self) -> tuple[IncidentRule, ...]:
        return tuple(rule.value() for rule in self.root)
