"""The section ``clocks`` of the on-call file, checked whole. docs/clocks.md explains it.

claim: 15m
contact: 2h
hours: office
calendars:
  office: {zone: Europe/Berlin, open: {mon-fri: 08:00-20:00}, holidays: [2026-12-25]}
customers: {zone: Europe/Berlin, quiet: "21:00-09:00"}
overrides:
  - {tiers: [gold], claim: 5m, contact: 30m}
  - {plays: [thank], contact: 1d}
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

from pydantic import BaseModel, ConfigDict, model_validator

from alerting.core.case import Play
from alerting.core.clocks.clock import CLAIM, CONTACT, Clocks
from alerting.core.clocks.customers import outside, part_of_day
from alerting.core.clocks.fields import Calendar, Place, Quiet, Target, complained
from alerting.core.clocks.policy import ClockPolicy, Rule
from events.hours.business import ALWAYS, Hours
from events.hours.zones import Zone
from events.preference import PartOfDay
from events.vocabulary import Channel, Identifier, Label

_SOME_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Customers(_Section):
    """When customers may be disturbed: ``zone`` and ``quiet``, or ``hours``, a calendar of this section.

    Attributes:
        keep_to_preferred_time: the contact clock waits for the part of the day a customer says they prefer.
    """

    zone: Zone | None = None
    quiet: Quiet | None = None
    hours: Identifier | None = None
    keep_to_preferred_time: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> "Customers":
        if self.hours is not None and (self.zone is not None or self.quiet is not None):
            raise ValueError("takes hours, or zone and quiet, not both")
        if self.hours is None and self.zone is None and (self.quiet is not None or self.keep_to_preferred_time):
            raise ValueError("needs the zone of the customers")
        return self


class Override(_Section):
    """What is not said here is as the section says."""

    teams: frozenset[Label] = frozenset()
    channels: frozenset[Channel] = frozenset()
    tiers: frozenset[Label] = frozenset()
    plays: frozenset[Play] = frozenset()
    claim: Target | None = None
    contact: Target | None = None
    hours: Identifier | None = None
    customers: Customers | None = None

    @model_validator(mode="after")
    def _for_some(self) -> "Override":
        if not (self.teams or self.channels or self.tiers or self.plays):
            raise ValueError("must say for which teams, channels, tiers or plays; for all, say it above")
        return self


class ClocksSection(_Section):
    claim: Target = CLAIM
    contact: Target = CONTACT
    hours: Identifier | None = None
    calendars: dict[Identifier, Calendar] = {}
    customers: Customers = Customers()
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> "ClocksSection":
        places: list[tuple[Place, ClocksSection | Override]] = [((), self)]
        places += [(("overrides", number), override) for number, override in enumerate(self.overrides)]
        unknown = [
            ((*place, *inner), "names no calendar of this section")
            for place, said in places
            for inner, name in _named(said)
            if name is not None and name not in self.calendars
        ]
        if unknown:
            raise complained(unknown)
        if nowhere := [place for place, said in places if said.customers and self._waits_nowhere(said.customers)]:
            text = "must have a zone: a calendar that is always open has none"
            raise complained(((*place, "customers", "hours"), text) for place in nowhere)
        if never := [(place, text) for place, said in places for text in self._never_met(said)]:
            raise complained(never)
        return self

    def _waits_nowhere(self, customers: Customers) -> bool:
        return customers.keep_to_preferred_time and self._of_customers(customers).zone is None

    def _never_met(self, said: "ClocksSection | Override") -> list[str]:
        clocks = self._clocks(said)
        both = (("claim", clocks.claiming), ("contact", clocks.contacting))
        return [
            f"has hours in which the {name} target is not reached within a year"
            for name, clock in both
            if not clock.can_be_met(_SOME_YEAR)
        ]

    def value(self) -> ClockPolicy:
        return ClockPolicy(self._rule(self), tuple(self._rule(override) for override in self.overrides))

    def _rule(self, said: "ClocksSection | Override") -> Rule:
        clocks = self._clocks(said)
        preferred = self._preferred(said.customers or self.customers, clocks)
        if isinstance(said, ClocksSection):
            return Rule(clocks, preferred=preferred)
        return Rule(clocks, said.teams, frozenset(said.channels), said.tiers, said.plays, preferred)

    def _clocks(self, said: "ClocksSection | Override") -> Clocks:
        name, customers = said.hours or self.hours, said.customers or self.customers
        return Clocks(
            said.claim or self.claim,
            said.contact or self.contact,
            self.calendars[name] if name else ALWAYS,
            self._of_customers(customers),
        )

    def _of_customers(self, customers: Customers) -> Hours:
        if customers.hours is not None:
            return self.calendars[customers.hours]
        return outside(customers.quiet, customers.zone) if customers.zone else ALWAYS

    def _preferred(self, customers: Customers, clocks: Clocks) -> dict[PartOfDay, Hours]:
        """Without a part of the day in which the team is never there long enough: it is then no use to wait for it."""
        place = clocks.customer.zone
        if not customers.keep_to_preferred_time or place is None:
            return {}
        hours = {part: part_of_day(part, place) for part in get_args(PartOfDay)}
        return {
            part: each
            for part, each in hours.items()
            if replace(clocks, preferred=each).contacting.can_be_met(_SOME_YEAR)
        }


def _named(said: ClocksSection | Override) -> list[tuple[Place, str | None]]:
    inside = said.customers.hours if said.customers else None
    return [(("hours",), said.hours), (("customers", "hours"), inside)]
