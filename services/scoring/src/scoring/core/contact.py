"""A contact: the facts as last reported, its answers, and what they add to which sums."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from events.interaction import Interaction
from events.scales import SCALES, RawValue
from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.measures import Sums

AHEAD = timedelta(minutes=5)
SERVICE_LEVEL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one thing adds to the sums, and where: at an instant, for an attribution."""

    at: datetime
    attribution: Attribution
    sums: Sums


@dataclass(frozen=True, slots=True)
class Facts:
    """What the newest snapshot of the interaction said, as far as it counts. Milliseconds; None is unknown."""

    version: int
    at: datetime
    attribution: Attribution
    inbound: bool
    answered: bool
    abandoned: bool
    callback_queued: bool
    wait_ms: int | None
    handle_ms: int | None
    resolved: bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the newest version of a survey response said. ``value`` is None where it does not count as an answer."""

    version: int
    at: datetime
    attribution: Attribution
    instrument: str
    scale: str
    value: RawValue | None


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as known: perhaps only by its answers so far, perhaps without any."""

    facts: Facts | None = None
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def reported(self, interaction: Interaction, recorded_at: datetime) -> "Contact":
        """With a newer snapshot; unchanged by one that is not newer."""
        if self.facts is not None and interaction.version <= self.facts.version:
            return self
        return replace(self, facts=facts_of(interaction, recorded_at))

    def answered(self, response: SurveyResponse, recorded_at: datetime) -> "Contact":
        """With a newer version of an answer; unchanged by one that is not newer."""
        known = self.answers.get(response.response_id)
        if known is not None and response.version <= known.version:
            return self
        return replace(self, answers={**self.answers, response.response_id: answer_of(response, recorded_at)})

    def without(self, response_id: str) -> "Contact":
        """Without an answer that turned out to be about another contact."""
        return replace(self, answers={key: answer for key, answer in self.answers.items() if key != response_id})

    def contributions(self) -> Iterator[Contribution]:
        """Everything this contact adds to the sums. An answer belongs to who handled the contact, where known."""
        handled_by = self.facts.attribution if self.facts else Attribution()
        if self.facts:
            yield Contribution(self.facts.at, handled_by, _contact_sums(self.facts))
        for answer in self.answers.values():
            if sums := _answer_sums(answer):
                yield Contribution(answer.at, handled_by.filled_from(answer.attribution), sums)


def moment(claimed: datetime, recorded_at: datetime) -> datetime:
    """When something counts: as the sender says, but by our clock where the sender's is over 5 minutes ahead."""
    return claimed if claimed <= recorded_at + AHEAD else recorded_at


def facts_of(interaction: Interaction, recorded_at: datetime) -> Facts:
    wait, handled = interaction.wait_seconds, interaction.talk_seconds is not None
    return Facts(
        version=interaction.version,
        at=moment(interaction.offered_at, recorded_at),
        attribution=Attribution(interaction.channel, interaction.team, interaction.agent, interaction.reason),
        inbound=interaction.direction == "inbound",
        answered=interaction.answered_at is not None,
        abandoned=bool(interaction.abandoned),
        callback_queued=interaction.callback_queued,
        wait_ms=None if wait is None else round(wait * 1000),
        handle_ms=round(interaction.handle_seconds * 1000) if handled else None,
        resolved=interaction.resolved,
    )


def answer_of(response: SurveyResponse, recorded_at: datetime) -> Answer:
    return Answer(
        version=response.version,
        at=moment(response.submitted_at, recorded_at),
        attribution=Attribution(response.channel, response.team, response.agent, response.reason),
        instrument=response.instrument,
        scale=response.scale,
        value=response.counted,
    )


def _contact_sums(facts: Facts) -> Sums:
    sums = {"contacts": 1}
    if facts.inbound:
        sums |= _queue_sums(facts)
    if facts.answered and facts.handle_ms is not None:
        sums |= {"handled": 1, "handle_ms": facts.handle_ms}
    if facts.resolved is not None:
        sums |= {"resolution_known": 1, "resolved": int(facts.resolved)}
    return sums


def _queue_sums(facts: Facts) -> dict[str, int]:
    abandoned = facts.abandoned and not facts.callback_queued
    if not (facts.answered or facts.abandoned or facts.callback_queued):
        return {}
    sums = {"queued": 1, "answered": int(facts.answered), "abandoned": int(abandoned)}
    if facts.answered and facts.wait_ms is not None:
        within = facts.wait_ms <= SERVICE_LEVEL_SECONDS * 1000
        sums |= {"waited": 1, "wait_ms": facts.wait_ms, "within_target": int(within)}
    return sums


def _answer_sums(answer: Answer) -> Sums:
    if answer.value is None:
        return {}
    scale = SCALES[answer.scale]
    sentiment = scale.sentiment(answer.value)
    stance = {"satisfied": "approvals", "neutral": "indifferent", "dissatisfied": "disapprovals"}[sentiment]
    sums = {stance: 1}
    if answer.instrument == "csat":
        sums |= {f"csat_{sentiment}": 1, "csat_millipercent": round(scale.percent(answer.value) * 1000)}
    if answer.instrument == "nps":
        sums |= {
            {"satisfied": "nps_promoters", "neutral": "nps_passives", "dissatisfied": "nps_detractors"}[sentiment]: 1
        }
    return sums
