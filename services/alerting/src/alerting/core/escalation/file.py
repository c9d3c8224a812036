"""The section ``escalation`` of the on-call file."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from alerting.core.case import Play
from alerting.core.escalation.policy import Policy, Route, Step, Target
from alerting.core.lengths import Length
from alerting.core.rules.decision import Reason
from events.vocabulary import Channel, Identifier, Label

LONGEST = timedelta(days=7)
Delay = Annotated[Length, Field(ge=timedelta(0), le=LONGEST)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Target(_Strict):
    on_call: Identifier | None = None
    person: Identifier | None = None
    channel: Identifier | None = None
    layer: Annotated[int, Field(ge=1, le=20)] | None = None
    by: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> "_Target":
        if sum(each is not None for each in (self.on_call, self.person, self.channel)) != 1:
            raise ValueError("must name one of on_call (a schedule), person and channel")
        if self.layer is not None and self.on_call is None:
            raise ValueError("takes a layer only beside on_call")
        if self.by and self.channel is not None:
            raise ValueError("takes by only for people")
        return self

    def value(self) -> Target:
        if self.on_call is not None:
            return Target("on_call", self.on_call, self.layer, self.by)
        if self.person is not None:
            return Target("person", self.person, by=self.by)
        return Target("channel", self.channel or "")


def _some(said: Any) -> Any:
    return [said] if isinstance(said, dict) else said


Targets = Annotated[tuple[_Target, ...], BeforeValidator(_some)]
SomeTargets = Annotated[Targets, Field(min_length=1)]


class _Step(_Strict):
    tell: SomeTargets
    after: Delay = timedelta(0)
    urgent: bool = False


class _Policy(_Strict):
    steps: Annotated[tuple[_Step, ...], Field(min_length=1, max_length=50)]
    rounds: Annotated[int, Field(ge=1, le=20)] = 3
    pause: Delay = timedelta(minutes=15)
    fallback: Targets = ()
    last_resort: Targets = ()

    def value(self, name: str) -> Policy:
        return Policy(
            name,
            tuple(Step(each.after, tuple(one.value() for one in each.tell), each.urgent) for each in self.steps),
            self.rounds,
            self.pause,
            tuple(each.value() for each in self.fallback),
            tuple(each.value() for each in self.last_resort),
        )


class _Route(_Strict):
    policy: Identifier
    plays: frozenset[Play] = frozenset()
    reasons: frozenset[Reason] = frozenset()
    teams: frozenset[Label] = frozenset()
    channels: frozenset[Channel] = frozenset()
    tiers: frozenset[Label] = frozenset()

    def value(self) -> Route:
        return Route(
            self.policy,
            self.plays,
            frozenset(reason.value for reason in self.reasons),
            self.teams,
            frozenset(self.channels),
            self.tiers,
        )


class EscalationSection(_Strict):
    """``policies`` by name, and ``routes``: the first that a case fits names its policy; without one, ``default``."""

    policies: Annotated[dict[Identifier, _Policy], Field(min_length=1)]
    routes: tuple[_Route, ...] = ()

    def value(self) -> tuple[dict[str, Policy], tuple[Route, ...]]:
        policies = {name: policy.value(name) for name, policy in self.policies.items()}
        return policies, tuple(route.value() for route in self.routes)
