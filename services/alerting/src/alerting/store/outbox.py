"""Notifications as rows: queued with the case, leased to one dispatcher at a time, kept with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.message import Facts
from alerting.store import timeline
from alerting.store.timeline import What
from events.runtime.database import transaction

WAKE = "amends_alerting_notification"
"""The PostgreSQL channel on which a transaction that queued something says so when it commits."""

OPENED_STEP = "opened"

_ENQUEUE = text(
    """
    INSERT INTO notification (tenant, case_id, step, channel, dedup_key)
    SELECT CAST(:tenant AS text), CAST(:case_id AS uuid), CAST(:step AS text), channel,
           concat_ws('-', CAST(:case_id AS uuid), CAST(:step AS text), channel)
    FROM unnest(CAST(:channels AS text[])) AS channel
    ON CONFLICT (dedup_key) DO NOTHING
    """
)
_CANCEL = text("UPDATE notification SET state = 'cancelled' WHERE case_id = :case_id AND state = 'queued'")
# The case is looked at again although a claim cancels what is queued: nobody is told of what is being taken care of.
_CLAIM = text(
    """
    WITH due AS (
        SELECT notification.id FROM notification JOIN recovery_case ON recovery_case.id = case_id
        WHERE channel = :channel AND notification.state = 'queued' AND due_at <= now()
          AND (leased_until IS NULL OR leased_until <= now()) AND recovery_case.state = 'open'
        ORDER BY due_at LIMIT :limit FOR UPDATE OF notification SKIP LOCKED
    ), leased AS (
        UPDATE notification SET lease = :lease, leased_until = now() + make_interval(secs => :seconds),
            attempts = attempts + 1
        FROM due WHERE notification.id = due.id RETURNING notification.*
    )
    SELECT leased.id, leased.lease, leased.dedup_key, leased.channel AS destination, leased.attempts,
        extract(epoch FROM now() - leased.created_at)::float8 AS age, c.accepted_at,
        c.id AS case_id, c.tenant, c.event_id, c.reason, c.opened_at, c.interaction_id,
        a.instrument, a.scale, a.score, a.network,
        coalesce(contact.channel, a.channel) AS channel, coalesce(contact.team, a.team) AS team
    FROM leased JOIN recovery_case c ON c.id = leased.case_id
    JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    ORDER BY leased.due_at
    """
)
# What was delivered was delivered, even where somebody claimed the case in the meantime.
_SENT = text(
    "UPDATE notification SET state = 'sent', sent_at = now(), problem = NULL, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state IN ('queued', 'cancelled') RETURNING sent_at"
)
_LATER = text(
    "UPDATE notification SET due_at = now() + make_interval(secs => :seconds), problem = :problem, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)
_DEAD = text(
    "UPDATE notification SET state = 'dead', problem = :problem, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)


async def enqueue(tx: AsyncConnection, tenant: str, case_id: UUID, step: str, channels: Sequence[str]) -> None:
    """One notification per channel, due now. The dedup key makes a step happen once per channel."""
    values = {"tenant": tenant, "case_id": case_id, "step": step, "channels": list(channels)}
    await tx.execute(_ENQUEUE, values)
    await tx.execute(text("SELECT pg_notify(:wake, '')"), {"wake": WAKE})


async def cancel(tx: AsyncConnection, case_id: UUID) -> None:
    """Nobody needs to be told any more."""
    await tx.execute(_CANCEL, {"case_id": case_id})


@dataclass(frozen=True, slots=True)
class Due:
    """A notification leased to us. Whoever holds the newest ``lease`` may say what became of it."""

    id: int
    lease: UUID
    dedup_key: str
    channel: str
    attempts: int
    age: float
    accepted_at: datetime
    facts: Facts


class Outbox:
    """The queue as a dispatcher sees it. Every method raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float = 30.0) -> None:
        self._engine = engine
        self._lease_seconds = lease_seconds

    async def claim(self, channel: str, limit: int) -> list[Due]:
        """Lease what is due on ``channel``; what is not marked before the lease ends is handed out again."""
        values = {"channel": channel, "limit": limit, "lease": uuid4(), "seconds": self._lease_seconds}
        async with transaction(self._engine) as tx:
            return [_due(row) for row in await tx.execute(_CLAIM, values)]

    async def sent(self, due: Due) -> datetime | None:
        """Delivered. Returns when, by the database's clock; None where the lease was lost to another dispatcher."""
        async with transaction(self._engine) as tx:
            at: datetime | None = await tx.scalar(_SENT, {"id": due.id, "lease": due.lease})
            if at is not None:
                await timeline.add(tx, due.facts.case_id, What.TOLD, note=due.channel)
        return at

    async def later(self, due: Due, seconds: float, problem: str) -> None:
        async with transaction(self._engine) as tx:
            await tx.execute(_LATER, {"id": due.id, "lease": due.lease, "seconds": seconds, "problem": problem})

    async def dead(self, due: Due, problem: str) -> None:
        """Given up, for people to see."""
        async with transaction(self._engine) as tx:
            given_up = await tx.execute(_DEAD, {"id": due.id, "lease": due.lease, "problem": problem})
            if given_up.rowcount:
                await timeline.add(tx, due.facts.case_id, What.NOT_TOLD, note=f"{due.channel}: {problem}")


def _due(row: Any) -> Due:
    facts = Facts(
        case_id=row.case_id,
        tenant=row.tenant,
        event_id=row.event_id,
        reason=row.reason,
        opened_at=row.opened_at,
        instrument=row.instrument,
        scale=row.scale,
        score=row.score,
        network=row.network,
        channel=row.channel,
        team=row.team,
        interaction_id=row.interaction_id,
    )
    return Due(row.id, row.lease, row.dedup_key, row.destination, row.attempts, row.age, row.accepted_at, facts)
