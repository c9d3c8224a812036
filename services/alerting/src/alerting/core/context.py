"""What whoever calls a customer should know, at a glance."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from alerting.core.case import Cause, Outcome, Play, State
from alerting.core.clocks.moment import BestMoment
from alerting.core.preferences import Preferences, how_to_reach, how_to_speak
from events.scales import SCALES, RawValue, Sentiment


@dataclass(frozen=True, slots=True)
class PastContact:
    """One interaction as last reported. Seconds; None is unknown."""

    interaction_id: str
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None
    offered_at: datetime | None
    ended_at: datetime | None
    wait_seconds: float | None
    handle_seconds: float | None
    transfers: int | None
    abandoned: bool | None
    resolved: bool | None
    callback_queued: bool | None


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """What the customer said once. ``comment`` is kept only of answers that are evidence of a case, ``case_id``."""

    kind: str
    answer_id: str
    answered_at: datetime
    interaction_id: str | None
    channel: str | None
    instrument: str | None
    scale: str | None
    score: RawValue | None
    comment: str | None
    case_id: UUID | None

    @property
    def percent(self) -> float | None:
        """The score on 0-100, to be drawn beside scores of other scales; None without a score."""
        return None if self.score is None or self.scale is None else SCALES[self.scale].percent(self.score)

    @property
    def sentiment(self) -> Sentiment | None:
        return None if self.score is None or self.scale is None else SCALES[self.scale].sentiment(self.score)


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Another case of the same customer."""

    id: UUID
    play: Play
    reason: str
    state: State
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    cause: Cause | None
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything around one case; newest first.

    Attributes:
        customer_id: None where nobody has said who the customer is; then only ``contact`` can be known.
        contact: the one the case is about; None where it has not been reported.
        contacts: the customer's last ones, this one among them.
        answers: the customer's last ones, those of this case among them.
    """

    case_id: UUID
    customer_id: str | None
    contact: PastContact | None
    moment: BestMoment
    contacts: tuple[PastContact, ...] = ()
    answers: tuple[PastAnswer, ...] = ()
    cases: tuple[OtherCase, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)

    @property
    def advice(self) -> tuple[str, ...]:
        """Sentences for whoever makes the call, the most important first. Nothing in them is the customer's words."""
        return tuple(_advice(self))


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LATELY = timedelta(days=7)


def _advice(context: Context) -> Iterable[str]:
    if context.customer_id is None:
        yield "Nobody has said who this customer is."
    stated = context.preferences
    if stated.never:
        yield f"Not by {' or '.join(each.value for each in stated.never)}: they asked not to be."
    if told := "; ".join(part for part in (how_to_reach(stated), _where_they_are(context.moment)) if part):
        yield f"{told[0].upper()}{told[1:]}."
    yield from how_to_speak(stated)
    yield from _history(context)


def _where_they_are(moment: BestMoment) -> str:
    if moment.zone is None:
        return ""
    ahead = []
    if moment.quiet_until:
        ahead.append(f"quiet until {_clock(moment, moment.quiet_until)}")
    best = moment.preferred_at or moment.good_at
    if best and best not in (moment.now, moment.quiet_until):
        ahead.append(f"best from {_clock(moment, best)}")
    now = f"it is {_clock(moment, moment.now)} where they are"
    return f"{now}: {', '.join(ahead)}" if ahead else now


def _clock(moment: BestMoment, at: datetime) -> str:
    """As their clocks show it; with the day where that is not within a day, the date where not within a week."""
    local = at.astimezone(moment.zone)
    if at - moment.now < timedelta(days=1):
        return f"{local:%H:%M}"
    if at - moment.now < timedelta(days=6):
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _history(context: Context) -> Iterable[str]:
    lately = sum(1 for each in context.contacts if each.offered_at and context.moment.now - each.offered_at <= _LATELY)
    if lately > 1:
        yield f"{lately} contacts in the last 7 days."
    if context.cases:
        yield f"{_number(len(context.cases), 'other case')}; the last {_ending(context.cases[0])}."
    others = [each.sentiment for each in context.answers if each.case_id != context.case_id and each.sentiment]
    if others:
        satisfied = sum(each == "satisfied" for each in others)
        yield f"{satisfied} of {_number(len(others), 'other answer')} satisfied."


def _number(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _ending(case: OtherCase) -> str:
    if case.outcome is None:
        return f"is {case.state}"
    because = f" ({case.cause.replace('_', ' ')})" if case.cause else ""
    return f"ended {case.outcome.replace('_', ' ')}{because}"
