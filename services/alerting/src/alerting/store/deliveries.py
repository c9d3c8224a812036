"""The delivery log: who was told what, when, through which destination, how often it was tried, and why not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.message import What
from events.runtime.database import transaction

# Who was told in a bundle was told when that was sent, and not told where that was given up.
_SELECT = """
    SELECT n.id, n.case_id, n.incident_id, n.what, n.step, n.channel, n.person, n.urgent,
           CASE WHEN n.state = 'bundled' AND b.state IN ('dead', 'cancelled') THEN b.state ELSE n.state END AS state,
           coalesce(n.problem, b.problem) AS problem, n.attempts, n.created_at, n.due_at,
           coalesce(n.sent_at, b.sent_at) AS sent_at, n.bundled_into, n.dedup_key
    FROM notification n LEFT JOIN notification b ON b.id = n.bundled_into
    WHERE n.tenant = :tenant
"""
_OF_CASE = text(
    f"""{_SELECT} AND n.id IN (
            SELECT id FROM notification WHERE case_id = :case_id AND what <> 'bundle'
            UNION SELECT bundled_into FROM notification WHERE case_id = :case_id)
        ORDER BY n.id"""  # noqa: S608  (fragments of ours)
)
_OF_INCIDENT = text(f"{_SELECT} AND n.incident_id = :incident_id ORDER BY n.id")
_OF_CHANNEL = text(
    f"""{_SELECT} AND n.channel = :channel AND (CAST(:before AS bigint) IS NULL OR n.id < :before)
        ORDER BY n.id DESC LIMIT :limit"""
)
_FAILURES = text(
    f"""{_SELECT} AND n.created_at > now() - interval '1 day'
        AND n.problem IS NOT NULL AND n.state IN ('dead', 'queued')
        AND (CAST(:before AS bigint) IS NULL OR n.id < :before) ORDER BY n.id DESC LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notification and what became of it.

    Attributes:
        person: an id of the on-call file; None where the destination is shared.
        state: ``queued`` (also: to be tried again), ``sent``, ``bundled`` (told, or to be told, as part of the bundle
            ``bundled_into``), ``cancelled`` (nobody needed to be told any more), ``dead`` (given up).
        problem: why the last attempt failed, or why it was given up; None after it was sent.
        attempts: how often it was leased to be sent.
    """

    id: int
    case_id: UUID | None
    incident_id: UUID | None
    what: What
    step: str
    channel: str
    person: str | None
    urgent: bool
    state: str
    problem: str | None
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    bundled_into: int | None
    dedup_key: str


class Deliveries:
    """Every method raises Unavailable while the database is away. Lists of many go from the newest back: ``before`` is
    the id of the last one of the page before."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of_case(self, tenant: str, case_id: UUID) -> list[Delivery]:
        """Oldest first, the bundles that tell of the case included."""
        return await self._read(_OF_CASE, tenant, case_id=case_id)

    async def of_incident(self, tenant: str, incident_id: UUID) -> list[Delivery]:
        return await self._read(_OF_INCIDENT, tenant, incident_id=incident_id)

    async def of_channel(
        self, tenant: str, channel: str, *, before: int | None = None, limit: int = 100
    ) -> list[Delivery]:
        return await self._read(_OF_CHANNEL, tenant, channel=channel, before=before, limit=limit)

    async def failures(self, tenant: str, *, before: int | None = None, limit: int = 100) -> list[Delivery]:
        """Of the last day: given up, or failed and to be tried again."""
        return await self._read(_FAILURES, tenant, before=before, limit=limit)

    async def _read(self, query: TextClause, tenant: str, **values: object) -> list[Delivery]:
        async with transaction(self._engine) as tx:
            return [Delivery(**row) for row in (await tx.execute(query, {"tenant": tenant, **values})).mappings()]
