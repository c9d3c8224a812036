"""What the rest of the house is told of a case: ``case.reported``. Nobody's name and none of the customer's words."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerting.core.case import Cause, Outcome, State
from events.case import CaseReported
from events.envelope import Event
from events.resurvey import ResurveyRequested
from events.scales import SCALES, Instrument, RawValue
from events.vocabulary import Channel

SOURCE = "/amends/alerting"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands.

    Attributes:
        revision: grows with every change of the case.
        changed_at: when it last changed, by the database's clock.
        response_id: the survey answer that opened it; None where none did.
        scale, score: of the answer or mention that opened it, as it stands now; None where it was withdrawn.
        channel, team, agent, reason: of the contact, as far as known.
    """

    case_id: UUID
    tenant: str
    revision: int
    changed_at: datetime
    state: State
    customer_id: str | None
    interaction_id: str | None
    response_id: str | None
    instrument: Instrument | None
    scale: str | None
    score: RawValue | None
    channel: Channel | None
    team: str | None
    agent: str | None
    reason: str | None
    opened_at: datetime
    claimed_at: datetime | None
    contacted_at: datetime | None
    contact_due_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None
    cause: Cause | None

    @property
    def score_percent(self) -> float | None:
        return None if self.scale is None or self.score is None else SCALES[self.scale].percent(self.score)


def case_reported(case: Standing) -> Event[CaseReported]:
    """The event for one revision of a case. Its id is fixed by both, so that telling it twice is telling it once."""
    data = CaseReported(
        case_id=str(case.case_id),
        revision=case.revision,
        state=case.state,
        customer_id=case.customer_id,
        interaction_id=case.interaction_id,
        response_id=case.response_id,
        instrument=case.instrument,
        score_percent=case.score_percent,
        channel=case.channel,
        team=case.team,
        agent=case.agent,
        reason=case.reason,
        opened_at=case.opened_at,
        claimed_at=case.claimed_at,
        contacted_at=case.contacted_at,
        contact_due_at=case.contact_due_at,
        closed_at=case.closed_at,
        outcome=case.outcome,
        cause=case.cause,
    )
    id_ = f"{case.case_id}:{case.revision}"
    return Event(id_, SOURCE, case.tenant, time=case.changed_at, recorded_at=case.changed_at, data=data)


@dataclass(frozen=True, slots=True)
class Asking:
    """A customer who is to be asked again, since they were contacted at ``requested_at`` about ``response_id``."""

    case_id: UUID
    episode: int
    requested_at: datetime
    tenant: str
    customer_id: str | None
    interaction_id: str | None
    response_id: str | None
    instrument: Instrument | None
    channel: Channel | None


def resurvey_requested(again: Asking) -> Event[ResurveyRequested]:
    """The event that asks for a second answer. One an episode: telling it twice is telling it once."""
    data = ResurveyRequested(
        case_id=str(again.case_id),
        customer_id=again.customer_id,
        interaction_id=again.interaction_id,
        response_id=again.response_id,
        instrument=again.instrument,
        channel=again.channel,
        contacted_at=again.requested_at,
    )
    id_, at = f"{again.case_id}:resurvey:{again.episode}", again.requested_at
    return Event(id_, SOURCE, again.tenant, time=at, recorded_at=at, data=data)
