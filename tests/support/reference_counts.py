"""What each fact adds to which measures, as the definitions say it. No code of scoring's is used here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from events.envelope import Event
from events.interaction import Interaction
from events.scales import SCALES
from events.survey import SurveyResponse
from support.reference_facts import Facts, counted_at, whole_ms

OpenMs = Callable[[str | None, datetime, datetime], int]
"""Milliseconds between two instants in which a team is open."""


@dataclass(frozen=True)
class Whom:
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Counted:
    """Something that counts: when, for whom, what, and what took how many milliseconds."""

    at: datetime
    whom: Whom
    sums: dict[str, int]
    durations: dict[str, int] = field(default_factory=dict)


def milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def between(start: datetime, end: datetime) -> int:
    """Whole milliseconds; none where the end is not after the start."""
    return max(0, (whole_ms(end) - whole_ms(start)) // timedelta(milliseconds=1))


def wall(team: str | None, start: datetime, end: datetime) -> int:
    return between(start, end)


def contacts(facts: Facts, open_ms: OpenMs) -> Iterator[Counted]:
    for event in facts.contacts.values():
        contact, at = event.data, counted_at(event.data.offered_at, event)
        whom = Whom(contact.channel, contact.team, contact.agent, contact.reason)
        yield Counted(at, whom, *_handled(contact))
        if contact.direction == "inbound":
            yield Counted(at, whom, *_queued(contact))
        yield from _first_response(event, at, whom, open_ms)


def _handled(contact: Interaction) -> tuple[dict[str, int], dict[str, int]]:
    sums = {"contacts": 1, "reopened": int(contact.reopened > 0), "transferred": int(contact.transfers > 0)}
    if contact.resolved is not None:
        sums |= {"resolution_known": 1, "resolved": int(contact.resolved)}
    durations = {}
    if contact.answered_at is not None and contact.talk_seconds is not None:
        parts = (contact.talk_seconds, contact.hold_seconds or 0, contact.wrap_seconds or 0)
        durations["handle"] = milliseconds(sum(parts))
        sums |= {"handled": 1, "handle_ms": durations["handle"]}
        if contact.wrap_seconds is not None:
            durations["wrap"] = milliseconds(contact.wrap_seconds)
            sums |= {"wrapped": 1, "wrap_ms": durations["wrap"]}
        if contact.hold_seconds is not None:
            durations["hold"] = milliseconds(contact.hold_seconds)
            sums |= {"held": 1, "hold_ms": durations["hold"]}
    return sums, durations


def _queued(contact: Interaction) -> tuple[dict[str, int], dict[str, int]]:
    answered, left = contact.answered_at is not None, bool(contact.abandoned)
    if not (answered or left or contact.callback_queued):
        return {}, {}
    lost = left and not contact.callback_queued
    sums = {"queued": 1, "answered": int(answered), "abandoned": int(lost)}
    waited = contact.wait_seconds
    if not answered or waited is None:
        return sums, {}
    wait = milliseconds(waited)
    return sums | {"waited": 1, "wait_ms": wait, "within_target": int(wait <= 20_000)}, {"wait": wait}


def _first_response(event: Event[Any], at: datetime, whom: Whom, open_ms: OpenMs) -> Iterator[Counted]:
    contact = event.data
    began = (contact.offered_at, contact.bot_handoff_at, contact.reopened_at, contact.first_message_at)
    start, replied = max(instant for instant in began if instant), contact.first_response_at
    if replied is None or replied < start or replied > event.recorded_at + timedelta(days=1):
        return
    took, of_it_open = between(start, replied), open_ms(contact.team, start, replied)
    sums = {"responded": 1, "response_ms": took, "response_in_hours": 1, "response_business_ms": of_it_open}
    replier = Whom(whom.channel, whom.team, contact.first_response_by or whom.agent, whom.reason)
    yield Counted(at, replier, sums, {"response": took, "response_business": of_it_open})


def answers(facts: Facts) -> Iterator[Counted]:
    for event in facts.answers.values():
        answer = event.data
        if answer.status == "completed":
            yield Counted(counted_at(answer.submitted_at, event), _whom_of(answer, facts), _answered(answer))


def _whom_of(answer: SurveyResponse, facts: Facts) -> Whom:
    contact = facts.contact_of(answer)
    if contact is None:
        return Whom(answer.channel, answer.team, answer.agent, answer.reason)
    return Whom(
        contact.channel or answer.channel,
        contact.team or answer.team,
        contact.agent or answer.agent,
        contact.reason or answer.reason,
    )


def _answered(answer: SurveyResponse) -> dict[str, int]:
    assert answer.value is not None
    scale = SCALES[answer.scale]
    kind, percent, points = scale.sentiment(answer.value), scale.percent(answer.value), answer.value
    approval = {"satisfied": "approvals", "neutral": "indifferent", "dissatisfied": "disapprovals"}[kind]
    sums = {f"answer_{approval}": 1}
    match answer.instrument, answer.scale:
        case "csat", _:
            sums |= {f"csat_{kind}": 1, "csat_millipercent": round(percent * 1000), "csat_square": round(percent) ** 2}
        case "nps", _:
            group = {"satisfied": "promoters", "neutral": "passives", "dissatisfied": "detractors"}[kind]
            sums |= {f"nps_{group}": 1}
        case "ces", "1-7":
            sums |= _effort("ces7", int(points), agrees=int(points) >= 5)
        case "ces", "1-5":
            sums |= _effort("ces5", int(points), agrees=int(points) >= 4)
        case "resolved", _:
            sums |= {"said_resolved" if kind == "satisfied" else "said_unresolved": 1}
    return sums


def _effort(name: str, points: int, *, agrees: bool) -> dict[str, int]:
    return {
        f"{name}_answers": 1,
        f"{name}_points": points,
        f"{name}_square": points**2,
        f"{name}_agree": int(agrees),
    }


def mentions(facts: Facts) -> Iterator[Counted]:
    for event in facts.mentions.values():
        mention = event.data
        if mention.stance is not None:
            at, whom = counted_at(mention.published_at, event), Whom(channel="social", team=mention.team)
            yield Counted(at, whom, {f"mention_{mention.stance}": 1})


def surveys(facts: Facts) -> Iterator[Counted]:
    returned = {a.data.survey_id for a in facts.answers.values() if a.data.status == "completed"}
    for event in facts.surveys.values():
        survey = event.data
        whom = Whom(survey.channel, survey.team, survey.agent, survey.reason)
        sums = {"surveys_sent": 1, "surveys_returned": int(survey.survey_id in returned)}
        yield Counted(counted_at(survey.sent_at, event), whom, sums)
