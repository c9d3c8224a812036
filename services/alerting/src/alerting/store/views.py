"""Cases as they are shown: one query for a list, a few for one case, one for the totals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import STATES, Cause, Outcome, State
from events.runtime.database import transaction
from events.scales import RawValue

# The answer as it stands now. What the contact's own report says goes before what the survey tool says of it.
_COLUMNS = """
    c.id, c.tenant, c.state, c.version, c.reason, c.event_id, c.customer_id, c.interaction_id,
    a.instrument, a.scale, a.score, a.verdict <> 'open' AS corrected, a.occurred_at AS answered_at, a.network,
    coalesce(contact.channel, a.channel) AS channel, coalesce(contact.team, a.team) AS team,
    coalesce(contact.agent, a.agent) AS agent, coalesce(contact.reason, a.contact_reason) AS contact_reason,
    contact.wait_seconds, contact.handle_seconds,
    c.accepted_at, c.opened_at, c.contact_due_at, c.claimed_by, c.claimed_at, c.contacted_at, c.closed_by, c.closed_at,
    c.outcome, c.cause, c.remedy, c.dismissal
"""
_FROM = """
    FROM recovery_case c
    JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
"""
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE c.tenant = :tenant AND c.id = :id")
_PAGE = text(
    f"""SELECT {_COLUMNS} {_FROM}
    WHERE c.tenant = :tenant AND (CAST(:state AS text) IS NULL OR c.state = :state)
      AND (CAST(:after_at AS timestamptz) IS NULL OR (c.opened_at, c.id) > (:after_at, CAST(:after_id AS uuid)))
    ORDER BY c.opened_at, c.id LIMIT :limit"""
)
_UNSETTLED = text(
    f"""SELECT {_COLUMNS} {_FROM} WHERE c.tenant = :tenant AND c.state <> 'closed'
    ORDER BY c.contacted_at IS NOT NULL, c.contact_due_at, c.id LIMIT :limit"""
)
_CLOSED = text(
    f"""SELECT {_COLUMNS} {_FROM} WHERE c.tenant = :tenant AND c.state = 'closed' AND c.closed_at >= :since
    ORDER BY c.closed_at DESC LIMIT :limit"""
)
_EVIDENCE = text(
    "SELECT kind, answer_id, instrument, scale, score, comment, language, network, author, url, verdict, reason,"
    " occurred_at AS answered_at FROM assessment WHERE case_id = :id ORDER BY occurred_at, answer_id"
)
_TIMELINE = text("SELECT at, who, what, note FROM timeline WHERE case_id = :id ORDER BY id")
_NOTIFICATIONS = text(
    "SELECT channel, step, state, attempts, due_at, sent_at, problem FROM notification WHERE case_id = :id ORDER BY id"
)
_CASE_COUNTS = text("SELECT state, count(*) FROM recovery_case WHERE tenant = :tenant GROUP BY state")
_NOTIFICATION_COUNTS = text("SELECT state, count(*) FROM notification WHERE tenant = :tenant GROUP BY state")
NOTIFICATION_STATES = ("queued", "sent", "dead", "cancelled")


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case in a list. Durations are seconds; moments are UTC."""

    id: UUID
    tenant: str
    state: State
    version: int
    reason: str
    event_id: str
    customer_id: str | None
    interaction_id: str | None
    instrument: str | None
    scale: str | None
    score: RawValue | None
    corrected: bool
    answered_at: datetime
    network: str | None
    channel: str | None
    team: str | None
    agent: str | None
    contact_reason: str | None
    wait_seconds: float | None
    handle_seconds: float | None
    accepted_at: datetime
    opened_at: datetime
    contact_due_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    contacted_at: datetime | None
    closed_by: str | None
    closed_at: datetime | None
    outcome: Outcome | None
    cause: Cause | None
    remedy: str | None
    dismissal: str | None

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
class NotificationView:
    channel: str
    step: str
    state: str
    attempts: int
    due_at: datetime
    sent_at: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class CaseDetail:
    case: CaseView
    evidence: list[EvidenceView]
    timeline: list[TimelineEntry]
    notifications: list[NotificationView]


@dataclass(frozen=True, slots=True)
class Totals:
    cases: dict[str, int]
    notifications: dict[str, int]


class Views:
    """Reading. Every method raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self, tenant: str, *, state: State | None, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[CaseView]:
        """Cases by when they were opened, which never changes: a page does not shift while one reads on."""
        after_at, after_id = after or (None, None)
        values = {"tenant": tenant, "state": state, "after_at": after_at, "after_id": after_id, "limit": limit}
        return await self._list(_PAGE, values)

    async def unsettled(self, tenant: str, limit: int) -> list[CaseView]:
        """What is not closed: first those whose customer waits for us, by when the wait is over; then the others."""
        return await self._list(_UNSETTLED, {"tenant": tenant, "limit": limit})

    async def closed_since(self, tenant: str, since: datetime, limit: int) -> list[CaseView]:
        return await self._list(_CLOSED, {"tenant": tenant, "since": since, "limit": limit})

    async def one(self, tenant: str, case_id: UUID) -> CaseDetail | None:
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_ONE, {"tenant": tenant, "id": case_id})).one_or_none()
            if row is None:
                return None
            key = {"id": case_id}
            return CaseDetail(
                CaseView(**row._mapping),
                [EvidenceView(**found._mapping) for found in await tx.execute(_EVIDENCE, key)],
                [TimelineEntry(*found) for found in await tx.execute(_TIMELINE, key)],
                [NotificationView(*found) for found in await tx.execute(_NOTIFICATIONS, key)],
            )

    async def totals(self, tenant: str) -> Totals:
        async with transaction(self._engine) as tx:
            cases = {row.state: row[1] for row in await tx.execute(_CASE_COUNTS, {"tenant": tenant})}
            sent = {row.state: row[1] for row in await tx.execute(_NOTIFICATION_COUNTS, {"tenant": tenant})}
        return Totals(
            {state: cases.get(state, 0) for state in STATES},
            {state: sent.get(state, 0) for state in NOTIFICATION_STATES},
        )

    async def _list(self, query: Any, values: dict[str, Any]) -> list[CaseView]:
        async with transaction(self._engine) as tx:
            return [CaseView(**row._mapping) for row in await tx.execute(query, values)]
