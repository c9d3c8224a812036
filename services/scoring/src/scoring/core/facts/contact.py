"""A contact: the facts as last reported, its answers, and what they add to which sums."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs

from events.interaction import Interaction
from events.scales import RawValue
from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.clock import instant_of, moment, ms_of
from scoring.core.contribution import Contribution, Observations
from scoring.core.facts.answer_sums import answer_sums
from scoring.core.facts.pseudonym import NOBODY, digest
from scoring.core.hours import Calendars, business_seconds
from scoring.core.measures import ANSWERS, CONTACTS, RESPONSES, Sums

SERVICE_LEVEL_MS = 20_000


class Snapshot(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """What the newest snapshot of the interaction said, as far as it counts. Moments and durations in ms.

    The order of the fields is how a stored one is read: append, with a default.
    """

    version: int
    at: int
    channel: str
    team: str | None
    agent: str | None
    reason: str | None
    customer: str | None
    inbound: bool
    answered: bool
    abandoned: bool
    callback_queued: bool
    wait_ms: int | None
    handle_ms: int | None
    wrap_ms: int | None
    hold_ms: int | None
    resolved: bool | None
    reopened: bool
    transferred: bool
    respond_from: int | None = None
    responded_at: int | None = None
    business_ms: int = 0
    replier: str | None = None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.channel, self.team, self.agent, self.reason)


class Answer(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """What the newest version of a survey response said. ``value`` is None where it does not count as an answer."""

    version: int
    at: int
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None
    customer: str | None
    survey: str | None
    instrument: str
    scale: str
    value: RawValue | None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.channel, self.team, self.agent, self.reason)


class Contact(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """One contact as known: perhaps only by its answers so far, perhaps without any."""

    facts: Snapshot | None = None
    answers: dict[str, Answer] = {}

    def reported(self, tenant: str, interaction: Interaction, recorded_at: Any, calendars: Calendars) -> "Contact":
        """With a newer snapshot; unchanged by one that is not newer."""
        if self.facts is not None and interaction.version <= self.facts.version:
            return self
        return structs.replace(self, facts=snapshot_of(tenant, interaction, recorded_at, calendars))

    def answered(self, tenant: str, response: SurveyResponse, recorded_at: Any) -> "Contact":
        """With a newer version of an answer; unchanged by one that is not newer."""
        known = self.answers.get(response.response_id)
        if known is not None and response.version <= known.version:
            return self
        answer = answer_of(tenant, response, recorded_at)
        return structs.replace(self, answers={**self.answers, response.response_id: answer})

    def without(self, response_id: str) -> "Contact":
        """Without an answer that turned out to be about another contact."""
        left = {key: answer for key, answer in self.answers.items() if key != response_id}
        return structs.replace(self, answers=left)

    def unlinked(self, customer: str) -> "Contact":
        """Without knowing any more that it was this customer's."""
        facts, answers = self.facts, self.answers
        if facts is not None and facts.customer == customer:
            facts = structs.replace(facts, customer=None)
        if any(answer.customer == customer for answer in answers.values()):
            answers = {
                key: structs.replace(answer, customer=NOBODY) if answer.customer == customer else answer
                for key, answer in answers.items()
            }
        return Contact(facts, answers)

    def recalled(self, calendars: Calendars) -> "Contact":
        """With business time as the calendars are now."""
        if self.facts is None or self.facts.respond_from is None or self.facts.responded_at is None:
            return self
        worked = _business_ms(self.facts.respond_from, self.facts.responded_at, self.facts.team, calendars)
        return structs.replace(self, facts=structs.replace(self.facts, business_ms=worked))

    def moments(self) -> list[int]:
        """When it counts."""
        answered = [answer.at for answer in self.answers.values() if answer.value is not None]
        return [self.facts.at, *answered] if self.facts else answered

    def contributions(self) -> Iterator[Contribution]:
        """Everything this contact adds to the sums. An answer belongs to who handled the contact, where known."""
        facts = self.facts
        handled_by = facts.attribution if facts else Attribution()
        if facts:
            yield Contribution(CONTACTS.name, facts.at, handled_by, _contact_sums(facts), _durations(facts))
            if facts.respond_from is not None and facts.responded_at is not None:
                yield _response(facts, handled_by, facts.responded_at - facts.respond_from)
        for answer in self.answers.values():
            if answer.value is not None:
                sums = answer_sums(answer.instrument, answer.scale, answer.value)
                yield Contribution(ANSWERS.name, answer.at, handled_by.filled_from(answer.attribution), sums)


def snapshot_of(tenant: str, interaction: Interaction, recorded_at: Any, calendars: Calendars) -> Snapshot:
    talked = interaction.talk_seconds is not None
    start, replied = _response_span(interaction)
    return Snapshot(
        version=interaction.version,
        at=moment(interaction.offered_at, recorded_at),
        channel=interaction.channel,
        team=interaction.team,
        agent=interaction.agent,
        reason=interaction.reason,
        customer=digest(tenant, interaction.customer_id),
        inbound=interaction.direction == "inbound",
        answered=interaction.answered_at is not None,
        abandoned=bool(interaction.abandoned),
        callback_queued=interaction.callback_queued,
        wait_ms=_ms(interaction.wait_seconds),
        handle_ms=_ms(interaction.handle_seconds) if talked else None,
        wrap_ms=_ms(interaction.wrap_seconds),
        hold_ms=_ms(interaction.hold_seconds),
        resolved=interaction.resolved,
        reopened=interaction.reopened > 0,
        transferred=interaction.transfers > 0,
        respond_from=start,
        responded_at=replied,
        business_ms=0
        if start is None or replied is None
        else _business_ms(start, replied, interaction.team, calendars),
        replier=interaction.first_response_by,
    )


def answer_of(tenant: str, response: SurveyResponse, recorded_at: Any) -> Answer:
    return Answer(
        version=response.version,
        at=moment(response.submitted_at, recorded_at),
        channel=response.channel,
        team=response.team,
        agent=response.agent,
        reason=response.reason,
        customer=digest(tenant, response.customer_id),
        survey=response.survey_id,
        instrument=response.instrument,
        scale=response.scale,
        value=response.counted,
    )


def _response_span(interaction: Interaction) -> tuple[int | None, int | None]:
    """From when the customer waited for a person's reply, and when it came; None twice where no such reply is known."""
    replied = interaction.first_response_at
    if replied is None:
        return None, None
    starts = (interaction.bot_handoff_at, interaction.reopened_at, interaction.first_message_at)
    start = max([interaction.offered_at, *(moment for moment in starts if moment is not None)])
    return (ms_of(start), ms_of(replied)) if replied >= start else (None, None)


def _business_ms(start: int, end: int, team: str | None, calendars: Calendars) -> int:
    return round(business_seconds(instant_of(start), instant_of(end), calendars.of(team)) * 1000)


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _response(facts: Snapshot, handled_by: Attribution, waited: int) -> Contribution:
    credited = handled_by._replace(agent=facts.replier) if facts.replier else handled_by
    sums = {"responded": 1, "response_ms": waited, "response_in_hours": 1, "response_business_ms": facts.business_ms}
    durations = (("response", waited), ("response_business", facts.business_ms))
    return Contribution(RESPONSES.name, facts.at, credited, sums, durations)


def _contact_sums(facts: Snapshot) -> Sums:
    sums = {"contacts": 1}
    if facts.inbound:
        sums |= _queue_sums(facts)
    if facts.answered and facts.handle_ms is not None:
        sums |= {"handled": 1, "handle_ms": facts.handle_ms}
        if facts.wrap_ms is not None:
            sums |= {"wrapped": 1, "wrap_ms": facts.wrap_ms}
        if facts.hold_ms is not None:
            sums |= {"held": 1, "hold_ms": facts.hold_ms}
    if facts.resolved is not None:
        sums |= {"resolution_known": 1, "resolved": int(facts.resolved)}
    if facts.reopened:
        sums["reopened"] = 1
    if facts.transferred:
        sums["transferred"] = 1
    return sums


def _queue_sums(facts: Snapshot) -> dict[str, int]:
    if not (facts.answered or facts.abandoned or facts.callback_queued):
        return {}
    if not facts.answered:
        return {"queued": 1, "abandoned": int(facts.abandoned and not facts.callback_queued)}
    if facts.wait_ms is None:
        return {"queued": 1, "answered": 1}
    within = int(facts.wait_ms <= SERVICE_LEVEL_MS)
    return {"queued": 1, "answered": 1, "waited": 1, "wait_ms": facts.wait_ms, "within_target": within}


def _durations(facts: Snapshot) -> Observations:
    found = []
    if facts.inbound and facts.answered and facts.wait_ms is not None:
        found.append(("wait", facts.wait_ms))
    if facts.answered and facts.handle_ms is not None:
        found.append(("handle", facts.handle_ms))
        if facts.wrap_ms is not None:
            found.append(("wrap", facts.wrap_ms))
        if facts.hold_ms is not None:
            found.append(("hold", facts.hold_ms))
    return tuple(found)
