"""Incidents as they are shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case.state import Cause, Outcome, State
from alerting.store.causes_board import CHANNEL, OF_CASES, REASON, TEAM

IncidentState = Literal["open", "closed"]
MOST_CASES = 500
"""So many cases of one incident are listed; all are counted."""

_COLUMNS = """
    i.id, i.tenant, i.dimension, i.key, i.state, i.owner, i.title, i.opened_at, i.last_case_at, i.told_at,
    i.closed_at, i.closed_by, i.finding, counted.cases, counted.unsettled
"""
_FROM = """
    FROM incident i CROSS JOIN LATERAL (
        SELECT count(*) AS cases, count(*) FILTER (WHERE c.state <> 'closed') AS unsettled
        FROM incident_case l JOIN recovery_case c ON c.id = l.case_id WHERE l.incident_id = i.id
    ) counted
"""
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE i.tenant = :tenant AND i.id = :id")
_PAGE = text(
    f"""
    SELECT {_COLUMNS} {_FROM}
    WHERE i.tenant = :tenant AND (CAST(:state AS text) IS NULL OR i.state = :state)
      AND (CAST(:before_at AS timestamptz) IS NULL OR (i.opened_at, i.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY i.opened_at DESC, i.id DESC LIMIT :limit
    """
)
_OF_CASE = text(
    f"""
    SELECT {_COLUMNS} {_FROM} JOIN incident_case mine ON mine.incident_id = i.id
    WHERE i.tenant = :tenant AND mine.case_id = :case_id ORDER BY i.opened_at DESC, i.id
    """
)
_CASES = text(
    f"""
    SELECT c.id, c.state, c.reason AS opened_for, {TEAM} AS team, {REASON} AS reason, {CHANNEL} AS channel,
        c.accepted_at, c.opened_at, link.at AS joined_at, c.claimed_by, c.outcome, c.cause
    {OF_CASES} JOIN incident_case link ON link.case_id = c.id
    WHERE link.incident_id = :id ORDER BY c.accepted_at DESC, c.id LIMIT :limit
    """
)
_MINUTES = text(
    "SELECT date_trunc('minute', c.accepted_at) AS minute, count(*) AS cases"
    " FROM incident_case l JOIN recovery_case c ON c.id = l.case_id"
    " WHERE l.incident_id = :id GROUP BY 1 ORDER BY 1"
)
_CAUSES = text(
    "SELECT c.cause, count(*) AS cases FROM incident_case l JOIN recovery_case c ON c.id = l.case_id"
    " WHERE l.incident_id = :id AND c.cause IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident. Moments are UTC.

    Attributes:
        key: the team, reason, channel or cause, as ``dimension`` says.
        told_at: when word to the owner was queued; None while nobody can be told.
        cases, unsettled: how many there are, and how many of them are not closed.
    """

    id: UUID
    tenant: str
    dimension: str
    key: str
    state: IncidentState
    owner: str | None
    title: str
    opened_at: datetime
    last_case_at: datetime
    told_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    finding: str | None
    cases: int
    unsettled: int


@dataclass(frozen=True, slots=True)
class IncidentCase:
    """A case of an incident. Nothing of it says who the customer is."""

    id: UUID
    state: State
    opened_for: str
    team: str | None
    reason: str | None
    channel: str | None
    accepted_at: datetime
    opened_at: datetime
    joined_at: datetime
    claimed_by: str | None
    outcome: Outcome | None
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Minute:
    """``cases`` whose answer was accepted in the minute that begins at ``minute``; minutes without any are left out."""

    minute: datetime
    cases: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    cause: Cause
    cases: int


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """``cases``: the newest 500; ``minutes`` and ``causes`` count all."""

    incident: IncidentView
    cases: list[IncidentCase]
    minutes: list[Minute]
    causes: list[CauseCount]


async def page(
    tx: AsyncConnection,
    tenant: str,
    *,
    state: IncidentState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[IncidentView]:
    """Those opened last first; ``before`` is ``opened_at`` and ``id`` of the last one of the page before."""
    at, id_ = before or (None, None)
    values = {"tenant": tenant, "state": state, "before_at": at, "before_id": id_, "limit": limit}
    return [IncidentView(**row._mapping) for row in await tx.execute(_PAGE, values)]


async def of_case(tx: AsyncConnection, tenant: str, case_id: UUID) -> list[IncidentView]:
    """The incidents that a case is part of."""
    return [IncidentView(**row._mapping) for row in await tx.execute(_OF_CASE, {"tenant": tenant, "case_id": case_id})]


async def one(tx: AsyncConnection, tenant: str, incident_id: UUID) -> IncidentDetail | None:
    row = (await tx.execute(_ONE, {"tenant": tenant, "id": incident_id})).one_or_none()
    if row is None:
        return None
    key = {"id": incident_id}
    return IncidentDetail(
        IncidentView(**row._mapping),
        [IncidentCase(**found._mapping) for found in await tx.execute(_CASES, {**key, "limit": MOST_CASES})],
        [Minute(**found._mapping) for found in await tx.execute(_MINUTES, key)],
        [CauseCount(**found._mapping) for found in await tx.execute(_CAUSES, key)],
    )
