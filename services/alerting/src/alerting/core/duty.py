"""Who is told of a case: everything of the on-call file that whoever pages needs, checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from alerting.core.case import Play
from alerting.core.escalation.plan import route
from alerting.core.escalation.policy import Policy, Route, Step, Target
from alerting.core.oncall.schedule import Schedule
from alerting.core.people import Person

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Duty:
    """Attributes:
    shared: destinations that a message reaches without a person's address.
    lease: how long a claim holds without a sign of work.
    """

    people: Mapping[str, Person] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    shared: tuple[str, ...] = ()
    lease: timedelta = timedelta(hours=1)

    def policy_for(self, *, play: Play, reason: str, team: str | None, channel: str | None, tier: str | None) -> Policy:
        """Where no route fits: the policy called ``default``, else the first there is."""
        name = route(self.routes, play=play, reason=reason, team=team, channel=channel, tier=tier)
        return self.policy(name)

    def policy(self, name: str | None) -> Policy:
        """The policy of that name as it is now; one that is gone is stood in for by the default."""
        found = self.policies.get(name or DEFAULT) or self.policies.get(DEFAULT)
        return found or next(iter(self.policies.values()), NOBODY)

    def person_called(self, name: str) -> Person | None:
        """Whoever of the file has that name."""
        return next((person for person in self.people.values() if person.name == name), None)


NOBODY = Policy("nobody", (Step(timedelta(0), ()),), rounds=1)
"""Where nothing is configured, nobody is told; the auditor says so."""


def everybody(destinations: tuple[str, ...]) -> Duty:
    """Without an on-call file: every destination, at once, then again twice."""
    if not destinations:
        return Duty()
    tell = tuple(Target("channel", name) for name in destinations)
    steps = (Step(timedelta(0), tell, urgent=True),)
    return Duty(policies={DEFAULT: Policy(DEFAULT, steps, rounds=3, last_resort=tell)}, shared=destinations)
