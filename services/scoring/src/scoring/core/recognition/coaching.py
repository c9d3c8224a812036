"""Who would gain from coaching, and on what. System causes come first.

An agent is named only where all of this holds, on something customers said or did:

- at least 30 answers (or contacts) of the agent, and at least 30 of the rest of the team;
- the whole 95 % interval of the agent lies below what the team reaches;
- it also lies below what colleagues reach on the same mix of contact reasons. Whoever takes the hard questions is not
  worse for it.

A reason is a system cause where the whole 95 % interval of the team on it lies below what the team reaches, and would
still if any one agent were left out: then it is the workflow or the information people get, not a person. Speed is
never looked at.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from scoring.core.attribution import UNATTRIBUTED
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Value

COACHED: tuple[str, ...] = ("csat", "nps", "ces_7_agree", "ces_5_agree", "fcr_survey")
"""One metric for each thing customers say, so that one weakness is not told thrice."""

ENOUGH = 30
SOME = 10
MOST_REASONS = 3


class Where(NamedTuple):
    team: str
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A contact reason on which an agent is below colleagues. ``system``: it is a system cause too."""

    reason: str
    value: Value
    colleagues: Value
    system: bool


@dataclass(frozen=True, slots=True)
class SystemCause:
    """A reason the whole team is low on. ``agents``: who is below the team only for handling such contacts."""

    team: str
    metric: str
    reason: str
    value: Value
    team_value: Value
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody to coach. ``expected``: what colleagues reach on the same mix of reasons, in the metric's unit."""

    team: str
    agent: str
    metric: str
    value: Value
    team_value: Value
    expected: float
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    causes: tuple[SystemCause, ...]
    suggestions: tuple[Suggestion, ...]


def advise(cells: Mapping[Where, Sums]) -> Advice:
    """From sums by team, agent and reason. Where nobody can be named for a team or an agent, nobody is."""
    teams: dict[str, dict[Where, Sums]] = defaultdict(dict)
    for where, sums in cells.items():
        if where.team != UNATTRIBUTED:
            teams[where.team][where] = sums
    causes: list[SystemCause] = []
    suggestions: list[Suggestion] = []
    for team in sorted(teams):
        for metric in COACHED:
            looked = _Look(team, metric, teams[team])
            suggestions += (found := list(looked.suggestions()))
            causes += looked.causes({suggestion.agent for suggestion in found})
    return Advice(tuple(causes), tuple(suggestions))


class _Look:
    """One metric of one team."""

    def __init__(self, team: str, metric: str, cells: Mapping[Where, Sums]) -> None:
        self._team, self._metric = team, metric
        self._totals: dict[tuple[str | None, str | None], Counter[str]] = defaultdict(Counter)
        for where, sums in cells.items():
            counted = {name: sums[name] for name in METRICS[metric].measures if name in sums}
            for agent, reason in product((where.agent, None), (where.reason, None)):
                self._totals[agent, reason].update(counted)
        self._agents = sorted({agent for agent, _ in self._totals if agent is not None} - {UNATTRIBUTED})
        self._whole = self._value()
        reasons = sorted({reason for _, reason in self._totals if reason is not None} - {UNATTRIBUTED})
        self._system = [reason for reason in reasons if self._is_system(reason)]

    def causes(self, coached: Collection[str]) -> Iterator[SystemCause]:
        for reason in self._system:
            agents = (agent for agent in self._handlers(reason) if agent not in coached and self._is_low(agent))
            value = self._value(reason=reason)
            yield SystemCause(self._team, self._metric, reason, value, self._whole, tuple(agents))

    def suggestions(self) -> Iterator[Suggestion]:
        """The widest gap first."""
        found = []
        for agent in filter(self._is_low, self._agents):
            value, expected = self._value(agent), self._expected(agent)
            if expected is not None and _below(value, expected):
                topics = tuple(self._topics(agent))
                found.append(Suggestion(self._team, agent, self._metric, value, self._whole, expected, topics))
        return iter(sorted(found, key=lambda one: (one.value.value or 0.0) - one.expected))

    def _is_low(self, agent: str) -> bool:
        return _below(self._value(agent), self._whole.value)

    def _is_system(self, reason: str) -> bool:
        values = [self._value(reason=reason), *(self._others(agent, reason) for agent in self._handlers(reason))]
        return all(_below(value, self._whole.value) for value in values)

    def _handlers(self, reason: str) -> list[str]:
        return [agent for agent in self._agents if self._value(agent, reason).n]

    def _expected(self, agent: str) -> float | None:
        """What the rest of the team reaches, weighted by the reasons of this agent; None where there is no rest."""
        rest = self._others(agent)
        if rest.n < ENOUGH or rest.value is None:
            return None
        total, n = 0.0, 0
        for reason in self._reasons_of(agent):
            own, colleagues = self._value(agent, reason), self._others(agent, reason)
            usual = colleagues.value if colleagues.n >= SOME and colleagues.value is not None else rest.value
            total, n = total + own.n * usual, n + own.n
        return total / n if n else None

    def _topics(self, agent: str) -> list[Topic]:
        """Where the agent is furthest below colleagues, as far as there are enough of both to say."""
        found = []
        for reason in sorted(self._reasons_of(agent) - {UNATTRIBUTED}):
            own, colleagues = self._value(agent, reason), self._others(agent, reason)
            if own.value is None or colleagues.value is None or min(own.n, colleagues.n) < SOME:
                continue
            if own.value < colleagues.value:
                topic = Topic(reason, own, colleagues, reason in self._system)
                found.append((own.value - colleagues.value, topic))
        return [topic for _, topic in sorted(found, key=lambda item: item[0])][:MOST_REASONS]

    def _reasons_of(self, agent: str) -> set[str]:
        return {reason for who, reason in self._totals if who == agent and reason is not None}

    def _value(self, agent: str | None = None, reason: str | None = None) -> Value:
        return METRICS[self._metric].compute(self._totals.get((agent, reason), Counter()))

    def _others(self, agent: str, reason: str | None = None) -> Value:
        """Of everybody but that agent."""
        total = Counter(self._totals[None, reason])
        total.subtract(self._totals.get((agent, reason), Counter()))
        return METRICS[self._metric].compute(total)


def _below(value: Value, bar: float | None) -> bool:
    """Whether the whole interval is, on enough."""
    return bar is not None and value.n >= ENOUGH and value.interval is not None and value.interval[1] < bar
