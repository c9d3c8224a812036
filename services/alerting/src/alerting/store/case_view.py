"""A case as it is shown: the row, the answer it rests on, and the contact it is about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerting.core.case import Cause, Outcome, Play, State
from events.scales import RawValue

# The answer as it stands now. What the contact's own report says goes before what the survey tool says of it.
COLUMNS = """
    c.id, c.tenant, c.state, c.version, c.reason, c.play, c.event_id, c.customer_id, c.interaction_id,
    coalesce(c.customer_tier, contact.customer_tier) AS customer_tier,
    a.instrument, a.scale, a.score, coalesce(a.verdict <> 'open', false) AS corrected, a.occurred_at AS answered_at,
    a.network, coalesce(contact.channel, a.channel) AS channel, coalesce(contact.team, a.team) AS team,
    coalesce(contact.agent, a.agent) AS agent, coalesce(contact.reason, a.contact_reason) AS contact_reason,
    contact.wait_seconds, contact.handle_seconds, contact.transfers, contact.abandoned, contact.resolved,
    c.accepted_at, c.opened_at, c.claim_due_at, c.contact_due_at, c.claimed_by, c.claimed_at, c.leased_until,
    c.callback_at, c.contact_paused_until, c.contacted_at, c.closed_by, c.closed_at,
    c.outcome, c.cause, c.remedy, c.dismissal, c.episode, c.reopened, c.rerated_percent, c.rerated_at
"""
FROM = """
    FROM recovery_case c
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
"""


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case in a list. Durations are seconds; moments are UTC; ``rerated_percent`` goes from 0 to 100."""

    id: UUID
    tenant: str
    state: State
    version: int
    reason: str
    play: Play
    event_id: str
    customer_id: str | None
    interaction_id: str | None
    customer_tier: str | None
    instrument: str | None
    scale: str | None
    score: RawValue | None
    corrected: bool
    answered_at: datetime | None
    network: str | None
    channel: str | None
    team: str | None
    agent: str | None
    contact_reason: str | None
    wait_seconds: float | None
    handle_seconds: float | None
    transfers: int | None
    abandoned: bool | None
    resolved: bool | None
    accepted_at: datetime
    opened_at: datetime
    claim_due_at: datetime
    contact_due_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    leased_until: datetime | None
    callback_at: datetime | None
    contact_paused_until: datetime | None
    contacted_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    outcome: Outcome | None
    cause: Cause | None
    remedy: str | None
    dismissal: str | None
    episode: int
    reopened: int
    rerated_percent: float | None
    rerated_at: datetime | None

    @property
    def seconds_to_claim(self) -> float | None:
        return (self.claimed_at - self.opened_at).total_seconds() if self.claimed_at else None

    @property
    def seconds_to_contact(self) -> float | None:
        return (self.contacted_at - self.opened_at).total_seconds() if self.contacted_at else None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One answer a case rests on, with the customer's words."""

    kind: str
    answer_id: str
    instrument: str | None
    scale: str | None
    score: RawValue | None
    comment: str | None
    language: str | None
    network: str | None
    author: str | None
    url: str | None
    verdict: str
    reason: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """``who`` is None where Amends itself acted."""

    at: datetime
    who: str | None
    what: str
    note: str | None


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt to reach the customer."""

    at: datetime
    who: str
    channel: str
    result: str
    note: str | None


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One message about the case. ``person`` is an id of the on-call file, never an address."""

    channel: str
    step: str
    state: str
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    problem: str | None
    what: str
    person: str | None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    case: CaseView
    evidence: list[EvidenceView]
    timeline: list[TimelineEntry]
    notifications: list[NotificationView]
    attempts: list[AttemptView]
