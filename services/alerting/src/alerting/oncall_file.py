"""The on-call file: destinations, people, schedules, escalation, clocks, incidents; checked whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerting.channels import KINDS
from alerting.channels.port import Channel
from alerting.core.clocks.file import ClocksSection
from alerting.core.clocks.policy import ClockPolicy
from alerting.core.duty import DEFAULT, Duty
from alerting.core.escalation.file import EscalationSection
from alerting.core.escalation.policy import Policy, Target
from alerting.core.incidents.file import IncidentsSection
from alerting.core.incidents.rule import IncidentRule
from alerting.core.lengths import Length
from alerting.core.oncall.file import PeopleSection, SchedulesSection, strangers
from alerting.core.oncall.schedule import Schedule
from alerting.core.people import Person
from alerting.oncall_feeds.addresses import addresses
from events.problems import Invalid, Problem, from_validation_error
from events.runtime import plain_yaml

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    channels: dict[Name, dict[str, Any]] = {}
    people: PeopleSection = PeopleSection({})
    schedules: SchedulesSection = SchedulesSection({})
    escalation: EscalationSection | None = None
    clocks: ClocksSection | None = None
    incidents: IncidentsSection | None = None
    lease: Annotated[Length, Field(ge=timedelta(minutes=5), le=timedelta(days=2))] = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the file says. ``channels``: name → kind and its options, checked but not built. Secrets: never log this."""

    channels: Mapping[str, tuple[str, BaseModel]] = field(default_factory=dict, repr=False)
    people: Mapping[str, Person] = field(default_factory=dict, repr=False)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    routes: tuple[Any, ...] = ()
    clocks: ClockPolicy | None = None
    incidents: tuple[IncidentRule, ...] = ()
    lease: timedelta = timedelta(hours=1)

    def build(self) -> tuple[Channel, ...]:
        """The destinations; each holds connections until it is closed."""
        return tuple(KINDS[kind].build(name, options) for name, (kind, options) in self.channels.items())

    def duty(self, shared: tuple[str, ...]) -> Duty:
        """``shared``: the destinations that need nobody's address."""
        return Duty(self.people, self.schedules, self.policies, self.routes, shared, self.lease)


def read(path: Path) -> Plan:
    """Raises ValueError with every complaint there is, in one text; none of them repeats what the file says."""
    return plain_yaml.parsed(path, parse)


def parse(document: Any) -> Plan:
    """The plan in a YAML document. Raises Invalid."""
    try:
        file = _File.model_validate({} if document is None else document)
    except ValidationError as error:
        raise Invalid(_in_words(error, document)) from error
    channels, complaints = _channels(file.channels)
    policies, routes = file.escalation.value() if file.escalation else ({}, ())
    plan = Plan(
        channels,
        file.people.value(),
        file.schedules.value(),
        policies,
        routes,
        file.clocks.value() if file.clocks else None,
        file.incidents.value() if file.incidents else (),
        file.lease,
    )
    if problems := [*complaints, *_broken(plan, set(file.channels))]:
        raise Invalid(problems)
    return plan


def _in_words(error: ValidationError, document: Any) -> list[Problem]:
    """What senders are told of fields and the API's documentation, an operator is told of words and this file."""
    unknown = "is no word of this file; docs/oncall.md and docs/channels.md have them all"
    found = from_validation_error(error, document).problems
    return [Problem(p.pointer, p.code, unknown if p.code == "extra_forbidden" else p.message) for p in found]


def _channels(said: Mapping[str, dict[str, Any]]) -> tuple[dict[str, tuple[str, BaseModel]], list[Problem]]:
    found: dict[str, tuple[str, BaseModel]] = {}
    problems: list[Problem] = []
    for name, options in said.items():
        kind = options.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            problems.append(Problem(f"/channels/{name}/kind", "unknown", f"must be one of {known}"))
            continue
        rest = {key: value for key, value in options.items() if key != "kind"}
        try:
            found[name] = (kind, KINDS[kind].options.model_validate(rest))
        except ValidationError as error:
            inner = _in_words(error, rest)
            problems += [Problem(f"/channels/{name}{each.pointer}", each.code, each.message) for each in inner]
    return found, problems


def _broken(plan: Plan, channels: set[str]) -> Iterator[Problem]:
    """References to what is not there."""
    yield from strangers(plan.schedules, plan.people)
    try:
        addresses(plan.schedules)
    except Invalid as error:
        yield from error.problems
    for id_, person in plan.people.items():
        for name in person.reach:
            if name not in channels:
                yield Problem(f"/people/{id_}/reach/{name}", "unknown", "names no channel of this file")
            elif name in plan.channels and (complaint := _of_address(plan.channels[name][0], person.reach[name])):
                yield Problem(f"/people/{id_}/reach/{name}", "invalid", complaint)
    for name, policy in plan.policies.items():
        for place, target in _targets(policy):
            if complaint := _complaint(plan, channels, target):
                yield Problem(f"/escalation/policies/{name}/{place}", "unknown", complaint)
    for number, route in enumerate(plan.routes):
        if route.policy not in plan.policies:
            yield Problem(f"/escalation/routes/{number}/policy", "unknown", "names no policy of this file")
    if plan.policies and DEFAULT not in plan.policies and not _catches_all(plan):
        text = "needs a policy called default, or a last route that every case fits"
        yield Problem("/escalation/policies", "incomplete", text)
    for number, rule in enumerate(plan.incidents):
        if rule.owner not in plan.people and rule.owner not in channels:
            yield Problem(f"/incidents/{number}/owner", "unknown", "names neither a person nor a channel of this file")


def _of_address(kind: str, address: str) -> str | None:
    return KINDS[kind].complaint(address)


def _catches_all(plan: Plan) -> bool:
    last = plan.routes[-1] if plan.routes else None
    return last is not None and not any((last.plays, last.reasons, last.teams, last.channels, last.tiers))


def _targets(policy: Policy) -> Iterator[tuple[str, Target]]:
    for number, step in enumerate(policy.steps):
        for place, target in enumerate(step.tell):
            yield f"steps/{number}/tell/{place}", target
    for part, targets in (("fallback", policy.fallback), ("last_resort", policy.last_resort)):
        for place, target in enumerate(targets):
            yield f"{part}/{place}", target


def _complaint(plan: Plan, channels: set[str], target: Target) -> str | None:
    if target.kind == "channel":
        return None if target.id in channels else "names no channel of this file"
    if unknown := [name for name in target.by if name not in channels]:
        return f"reaches people by {len(unknown)} channels that this file does not have"
    if target.kind == "person":
        return None if target.id in plan.people else "names nobody of the section people"
    schedule = plan.schedules.get(target.id)
    if schedule is None:
        return "names no schedule of this file"
    if target.layer is not None and target.layer > len(schedule.layers):
        return f"names layer {target.layer} of a schedule with {len(schedule.layers)}"
    return None
