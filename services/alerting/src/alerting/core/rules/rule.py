"""What a rule is: its name, what it reads, its settings, and a function from circumstances to a decision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerting.core.answer import Answer
from alerting.core.contact import Contact
from alerting.core.rules.decision import Decision
from events.scales import RawValue
from events.vocabulary import Channel, Label

Reads = Literal["survey", "mention", "contact", "promise", "team"]
"""A survey answer; a public mention; a contact as reported; a promised call-back whose time is over; a team's CSAT."""

Days = Annotated[int, Field(ge=1, le=366)]
Minutes = Annotated[int, Field(ge=1, le=7 * 24 * 60)]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where something happened, and to a customer of which group; None where nobody has said."""

    channel: str | None = None
    team: str | None = None
    tier: str | None = None


class Scope(BaseModel):
    """To whom something applies: an empty set is everybody. Where nobody has said, no name fits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    teams: frozenset[Label] = frozenset()
    channels: frozenset[Channel] = frozenset()
    tiers: frozenset[Label] = frozenset()

    @property
    def named(self) -> bool:
        return bool(self.teams or self.channels or self.tiers)

    def covers(self, where: Surroundings) -> bool:
        pairs = ((self.teams, where.team), (self.channels, where.channel), (self.tiers, where.tier))
        return all(not names or value in names for names, value in pairs)


class RuleSettings(Scope):
    """What every rule can be told."""

    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    """An earlier answer of the same customer to the same kind of question."""

    answer_id: str
    occurred_at: datetime
    scale: str
    value: RawValue


@dataclass(frozen=True, slots=True)
class TeamCsat:
    """Satisfied answers of how many: lately, and before."""

    satisfied: int
    answers: int
    satisfied_before: int
    answers_before: int


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a rule may know. What does not belong to ``reads`` is None or empty.

    Attributes:
        scores: of the same customer before this answer, newest first.
        contacts: of the same customer before this one, newest first.
        kept_at: of a promised call-back: when it, or any contact of that customer since, was answered.
    """

    reads: Reads
    where: Surroundings
    answer: Answer | None = None
    contact: Contact | None = None
    scores: tuple[Score, ...] = ()
    contacts: tuple[Contact, ...] = ()
    kept_at: datetime | None = None
    csat: TeamCsat | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: what the rules file calls it.
        judge: None where there is nothing to say; it must not look at ``enabled`` or the scope.
        sees_contacts: its decision needs the customer's earlier contacts.
        sees_scores: its decision needs the customer's earlier answers.
    """

    name: str
    reads: frozenset[Reads]
    settings: type[RuleSettings]
    judge: Callable[[Circumstances, Any], Decision | None]
    sees_contacts: bool = False
    sees_scores: bool = False
