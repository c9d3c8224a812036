"""What an operator wants recognised, as a YAML document says it: checked whole, every complaint at once."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from events.envelope import DEFAULT_TENANT
from events.hours import zones
from events.problems import Invalid, Problem, from_validation_error
from events.vocabulary import Identifier, Label
from scoring.core.recognition import fairness
from scoring.core.recognition.fairness import FEWEST

Period = Literal["day", "week"]
Who = Literal["agent", "team"]


def _known_zone(name: str) -> str:
    zones.zone(name)
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Rule(_Part):
    """One award. ``weights`` by metric sum to 1; ``min_n`` holds for each of them; ``tell`` names destinations."""

    name: Identifier
    title: Label
    period: Period
    who: Who = "agent"
    weights: Annotated[dict[str, float], Field(min_length=1)]
    min_n: Annotated[int, Field(ge=FEWEST)] = FEWEST
    tell: Annotated[tuple[Identifier, ...], Field(strict=False)] = ()


class TeamThanks(_Part):
    """Where thanks for a team's agents go. In ``agents``, ``{agent}`` stands for the id of the agent."""

    agents: SecretStr | None = None
    manager: SecretStr | None = None


class Praise(_Part):
    """To whom praise is passed on. An agent's own URL goes before the template of the team; ``everybody`` is for teams
    that are not named."""

    agents: dict[Identifier, SecretStr] = Field(default_factory=dict)
    teams: dict[Label, TeamThanks] = Field(default_factory=dict)
    everybody: TeamThanks = TeamThanks()

    def url_of(self, agent: str, team: str | None) -> SecretStr | None:
        """Where to reach the agent: a template, where it is the team's; None for nowhere."""
        return self.agents.get(agent) or self._of(team).agents or self.everybody.agents

    def manager_of(self, team: str | None) -> SecretStr | None:
        return self._of(team).manager or self.everybody.manager

    def _of(self, team: str | None) -> TeamThanks:
        return self.teams.get(team, self.everybody) if team is not None else self.everybody


class Plan(_Part):
    """All of one tenant. ``destinations``: Apprise URLs by the name that rules tell. URLs hold secrets."""

    tenant: Identifier = DEFAULT_TENANT
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    rules: Annotated[tuple[Rule, ...], Field(strict=False)] = ()
    destinations: dict[Identifier, SecretStr] = Field(default_factory=dict)
    praise: Praise = Praise()

    def urls(self) -> Iterator[tuple[str, SecretStr]]:
        """Every URL with its JSON pointer."""
        for name, url in self.destinations.items():
            yield f"/destinations/{name}", url
        for name, url in self.praise.agents.items():
            yield f"/praise/agents/{name}", url
        for number, team in enumerate([self.praise.everybody, *self.praise.teams.values()]):
            at = f"/praise/teams/{number - 1}" if number else "/praise/everybody"  # a team's name may be anything
            for part, found in (("agents", team.agents), ("manager", team.manager)):
                if found is not None:
                    yield f"{at}/{part}", found


def read(document: Any, metrics: Collection[str]) -> Plan:
    """The plan in a document. Raises Invalid with all that is wrong, of its shape and of what it asks for."""
    problems = list(_unsound(document, metrics))
    try:
        plan = Plan.model_validate({} if document is None else document)
    except ValidationError as error:
        problems = [*from_validation_error(error, document).problems, *problems]
    if problems:
        raise Invalid(problems)
    return plan


def _unsound(document: Any, metrics: Collection[str]) -> Iterator[Problem]:
    """What no shape says. Looks at the document itself, so that it is found beside mistakes of shape."""
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        return
    named = document.get("destinations")
    destinations = set(named) if isinstance(named, dict) else set()
    rules = [(f"/rules/{number}", rule) for number, rule in enumerate(document["rules"]) if isinstance(rule, dict)]
    times = Counter(name for _, rule in rules if isinstance(name := rule.get("name"), str))
    for at, rule in rules:
        if isinstance(name := rule.get("name"), str) and times[name] > 1:
            yield Problem(f"{at}/name", "not-unique", "is the name of another rule too")
        yield from fairness.complaints(_weights(rule.get("weights")), metrics, f"{at}/weights")
        told = rule.get("tell")
        for number, wanted in enumerate(told if isinstance(told, list) else ()):
            if isinstance(wanted, str) and wanted not in destinations:
                yield Problem(f"{at}/tell/{number}", "unknown-destination", "is none of /destinations")


def _weights(found: Any) -> dict[str, float]:
    """None where they have not the shape of weights, of which their shape complains."""
    pairs = found.items() if isinstance(found, dict) else ()
    right = {name: n for name, n in pairs if isinstance(name, str) and isinstance(n, float | int) and n is not True}
    return right if len(right) == len(pairs) else {}
