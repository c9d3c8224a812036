"""The queue as a dispatcher sees it: a notification is leased to one of them at a time, and marked by whoever has it.

Locks are taken in one order: a case before its notifications. Whoever acts on a case locks it and then cancels; marks
here touch the case first too (the timeline's foreign key would, and too late), or else never wait.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.bulletin import BundleFacts
from alerting.core.message import Facts
from alerting.store import bundling
from alerting.store.due import Due, from_row
from alerting.store.ready import FIRST, PART, RANK, READY
from alerting.store.timeline import What as Entry
from events.runtime.database import transaction

NEAR = 100
"""First pages go ahead of everything. What goes ahead of what else is decided among so many that have waited longest:
sorting all of what piled up while a destination was away, for every few that are sent, would keep it piled up."""

_CLAIM = text(
    f"""
    WITH near AS (
        (SELECT n.id, {RANK} AS rank {READY} AND {FIRST}
           AND (CAST(:ids AS bigint[]) IS NULL OR n.id = ANY(CAST(:ids AS bigint[])))
         ORDER BY n.due_at LIMIT :near)
        UNION ALL
        (SELECT n.id, {RANK} AS rank {READY} AND NOT {FIRST}
           AND (CAST(:ids AS bigint[]) IS NULL OR n.id = ANY(CAST(:ids AS bigint[])))
         ORDER BY n.due_at LIMIT :near)
    ), due AS (
        SELECT n.id, near.rank FROM notification n JOIN near USING (id)
        WHERE n.state = 'queued' AND (n.leased_until IS NULL OR n.leased_until <= now())
        ORDER BY near.rank, n.due_at, n.id LIMIT :limit FOR UPDATE OF n SKIP LOCKED
    ), leased AS (
        UPDATE notification n SET lease = :lease, leased_until = now() + make_interval(secs => :seconds),
            attempts = attempts + 1
        FROM due WHERE n.id = due.id RETURNING n.*, due.rank
    )
    SELECT leased.id, leased.lease, leased.dedup_key, leased.channel AS destination, leased.attempts, leased.what,
        leased.person, leased.step, leased.created_at, leased.tenant, leased.incident_id,
        extract(epoch FROM now() - leased.created_at)::float8 AS age, c.accepted_at, c.origin,
        c.id AS case_id, c.event_id, c.reason, c.opened_at, c.interaction_id, c.state, c.play, c.contact_due_at,
        leased.episode, leased.created_at AS changed_at,
        coalesce(c.closed_by, c.claimed_by) AS by, c.outcome, c.customer_tier,
        a.instrument, a.scale, a.score, a.network, thread.ref,
        coalesce(contact.channel, a.channel) AS channel, coalesce(contact.team, a.team) AS team,
        i.title, i.dimension, i.key, i.owner, i.opened_at AS incident_opened_at, i.state AS incident_state,
        (SELECT count(*) FROM incident_case WHERE incident_id = i.id) AS cases
    FROM leased LEFT JOIN recovery_case c ON c.id = leased.case_id
    LEFT JOIN incident i ON i.id = leased.incident_id
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    LEFT JOIN thread ON thread.subject = coalesce(leased.case_id, leased.incident_id) AND leased.what <> 'bundle'
        AND thread.channel = leased.channel AND thread.person = coalesce(leased.person, '')
    ORDER BY leased.rank, leased.due_at, leased.id
    """  # noqa: S608  (fragments of ours)
)
_STANDING = f"""
    WITH parts AS (
        SELECT n.bundled_into AS bundle, n.case_id FROM notification n JOIN recovery_case c ON c.id = n.case_id
        WHERE n.bundled_into = :id AND {PART}
    )
"""  # noqa: S608  (fragments of ours)
_HELD = text(
    f"""
    {_STANDING} SELECT EXISTS (
        SELECT FROM notification n LEFT JOIN recovery_case c ON c.id = n.case_id
        WHERE n.id = :id AND n.lease = :lease AND n.leased_until > now() AND n.state = 'queued'
          AND (n.what <> 'page' OR c.state = 'open')
          AND (n.what <> 'bundle' OR :id IN (SELECT bundle FROM parts)))
    """  # noqa: S608
)
_LOCK_CASE = text("SELECT 1 FROM recovery_case WHERE id = :case_id FOR KEY SHARE")
_LOCK_PARTS = text(
    f"{_STANDING} SELECT 1 FROM recovery_case WHERE id IN (SELECT case_id FROM parts) ORDER BY id FOR KEY SHARE"  # noqa: S608
)
# What was delivered was delivered, even where somebody claimed the case in the meantime.
_SENT = text(
    "UPDATE notification SET state = 'sent', sent_at = now(), problem = NULL, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state IN ('queued', 'cancelled') RETURNING sent_at"
)
_KEEP = text(
    """
    INSERT INTO thread (tenant, subject, channel, person, ref)
    VALUES (:tenant, :subject, :channel, coalesce(:person, ''), :ref)
    ON CONFLICT (subject, channel, person) DO UPDATE SET ref = EXCLUDED.ref
    """
).bindparams(bindparam("ref", type_=JSONB))
_LATER = text(
    "UPDATE notification SET due_at = now() + make_interval(secs => :seconds), problem = :problem, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)
_DEAD = text(
    "UPDATE notification SET state = 'dead', problem = :problem, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)
# Whoever cancelled it wrote so already. A bundle is cancelled with the last of its parts.
_LET_GO = text(
    f"""
    {_STANDING} UPDATE notification SET leased_until = NULL, state = CASE
        WHEN what = 'bundle' AND NOT EXISTS (SELECT FROM parts) THEN 'cancelled' ELSE state END
    WHERE id = :id AND lease = :lease
    """  # noqa: S608
)
# A case that somebody was told of, or was not, by itself or in a bundle.
_NOTE = text(
    f"""
    {_STANDING} INSERT INTO timeline (case_id, what, note)
    SELECT case_id, CAST(:entry AS text), CAST(:note AS text) FROM (
        SELECT case_id FROM notification WHERE what IN ('page', 'reminder') AND id = :id
        UNION SELECT case_id FROM parts) told
    """  # noqa: S608
)


class Outbox:
    """Every method raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float = 30.0) -> None:
        self._engine = engine
        self._lease_seconds = lease_seconds

    async def claim(self, channel: str, limit: int, per_minute: int | None = None) -> list[Due]:
        """Lease what is due on ``channel``; what is not marked before the lease ends is handed out again.

        What is beyond ``per_minute`` for one recipient is bundled first (``core.throttle``).
        """
        values = {"channel": channel, "limit": limit, "lease": uuid4(), "seconds": self._lease_seconds}
        values |= {"ids": None, "near": NEAR}
        async with transaction(self._engine) as tx:
            if per_minute is not None:
                ids = await bundling.divide(tx, channel, per_minute)
                if not ids:
                    return []
                values |= {"ids": ids, "near": len(ids)}
            return [await _due(tx, row) for row in (await tx.execute(_CLAIM, values)).all()]

    async def held(self, due: Due) -> bool:
        """Whether it is still ours to send: nobody has cancelled it, and nobody else has it."""
        async with transaction(self._engine) as tx:
            return bool(await tx.scalar(_HELD, {"id": due.id, "lease": due.lease}))

    async def let_go(self, due: Due) -> None:
        """Not sent after all, because it is not ours to send any more."""
        async with transaction(self._engine) as tx:
            await tx.execute(_LET_GO, {"id": due.id, "lease": due.lease})

    async def sent(self, due: Due, ref: Mapping[str, Any] | None = None) -> datetime | None:
        """Delivered. Returns when, by the database's clock; None where the lease was lost to another dispatcher."""
        async with transaction(self._engine) as tx:
            await _lock(tx, due)
            at: datetime | None = await tx.scalar(_SENT, {"id": due.id, "lease": due.lease})
            if at is not None:
                await _note(tx, due, Entry.TOLD, _to_whom(due))
                if ref is not None and due.subject is not None:
                    values = {"tenant": due.tenant, "subject": due.subject, "channel": due.channel, "ref": dict(ref)}
                    await tx.execute(_KEEP, {**values, "person": due.person})
        return at

    async def later(self, due: Due, seconds: float, problem: str) -> None:
        async with transaction(self._engine) as tx:
            await tx.execute(_LATER, {"id": due.id, "lease": due.lease, "seconds": seconds, "problem": problem})

    async def dead(self, due: Due, problem: str) -> None:
        """Given up, for people to see."""
        async with transaction(self._engine) as tx:
            await _lock(tx, due)
            given_up = await tx.execute(_DEAD, {"id": due.id, "lease": due.lease, "problem": problem})
            if given_up.rowcount:
                await _note(tx, due, Entry.NOT_TOLD, f"{_to_whom(due)}: {problem}")


async def _lock(tx: AsyncConnection, due: Due) -> None:
    if isinstance(due.facts, Facts):
        await tx.execute(_LOCK_CASE, {"case_id": due.facts.case_id})
    elif isinstance(due.facts, BundleFacts):
        await tx.execute(_LOCK_PARTS, {"id": due.id})


async def _note(tx: AsyncConnection, due: Due, entry: Entry, note: str) -> None:
    await tx.execute(_NOTE, {"id": due.id, "entry": entry.value, "note": note})


def _to_whom(due: Due) -> str:
    return f"{due.channel}, {due.person}" if due.person else due.channel


async def _due(tx: AsyncConnection, row: Any) -> Due:
    if row.what != "bundle":
        return from_row(row, None)
    return from_row(row, await bundling.parts(tx, row.id, row.tenant, row.created_at))
