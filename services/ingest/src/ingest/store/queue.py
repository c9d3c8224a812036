"""What is still to be fetched: one row a thing, leased to one worker at a time, on the database's clock.

A source's rate and its pause are a row as well, so that all workers together keep them.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from ingest.core import pace
from ingest.core.reading import Arrival
from ingest.core.replies import Park, Pause, Reason
from ingest.core.source import Source
from ingest.store import forgetting
from ingest.store.schema import Owner
from ingest.vendors.node import identifier
from ingest.vendors.outcome import Thin

KNOWN_DAYS = 14
LEASE_SECONDS = 60.0
"""Longer than an exchange with a vendor, Kafka's deadline and the database's together."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to fetch, ours until the lease runs out.

    Attributes:
        attempts: how often it was tried without an end.
        failing_since: when the first of the failures in a row was.
    """

    owner: Owner
    id: str
    lease: uuid.UUID
    reference: Mapping[str, str]
    attempts: int
    failing_since: datetime | None
    request_id: str | None
    traceparent: str | None
    tracestate: str | None


class Queue:
    """Every method raises Unavailable where the database is away. What ends a claim returns False where the lease was
    lost meanwhile: then nothing was changed."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._engine = engine
        self._lease = lease_seconds

    async def put(self, source: Source, thins: Sequence[Thin], arrival: Arrival) -> int:
        """Add what is not known yet. Returns how much that was: what is announced twice is fetched once, also where it
        was done in the last 14 days."""
        if not thins:
            return 0
        things = {identifier(thin.id): thin for thin in thins}
        values = {
            "ids": sorted(things),
            "references": [json.dumps(dict(things[name].reference)) for name in sorted(things)],
            "seen": [things[name].seen_at for name in sorted(things)],
            "request_id": arrival.request_id,
            "traceparent": arrival.traceparent,
            "tracestate": arrival.tracestate,
        }
        key = {"tenant": source.tenant, "source": source.name}
        async with transaction(self._engine) as tx:
            await tx.execute(_KNOWN_SOURCE, key)
            return (await tx.execute(_PUT, {**key, **values})).rowcount

    async def due(self) -> list[Owner]:
        """The sources that have something to fetch and are not paused."""
        async with transaction(self._engine) as tx:
            return [Owner(row.tenant, row.source) for row in await tx.execute(_DUE)]

    async def claim(self, owner: Owner, limit: int, per_second: float) -> list[Claim]:
        """Lease up to ``limit`` that are due, as many as the rate allows now; none while the source is paused."""
        async with transaction(self._engine) as tx:
            found = (await tx.execute(_RATE, owner._asdict())).one_or_none()
            room = found and min(limit, pace.available(found.free_at, found.now, per_second))
            if not found or not room:
                return []
            values = {**owner._asdict(), "limit": room, "seconds": self._lease}
            rows = (await tx.execute(_CLAIM, values)).all()
            free_at = pace.taken(found.free_at, found.now, per_second, len(rows))
            await tx.execute(_TAKE, {**owner._asdict(), "free_at": free_at})
        return [_claim(row) for row in rows]

    async def done(self, claim: Claim) -> bool:
        async with transaction(self._engine) as tx:
            return await _moved(tx, _DONE, claim)

    async def retry(self, claim: Claim, seconds: float, reason: Reason, *, failing: bool = True) -> bool:
        """Due again in ``seconds``. ``failing``: whether the thing itself failed, which it may do for so long only."""
        async with transaction(self._engine) as tx:
            return await _moved(tx, _RETRY, claim, seconds=seconds, reason=reason, failing=failing)

    async def park(self, claim: Claim, verdict: Park) -> bool:
        """Set aside, for people to see."""
        async with transaction(self._engine) as tx:
            return await _moved(tx, _PARK, claim, reason=verdict.reason, pointers=list(verdict.pointers))

    async def pause(self, owner: Owner, verdict: Pause) -> None:
        """Nothing of this source is claimed for so long. A longer pause is not cut short."""
        values = {**owner._asdict(), "seconds": verdict.seconds, "reason": verdict.reason}
        async with transaction(self._engine) as tx:
            await tx.execute(_PAUSE, values)

    async def abandon(self, owner: Owner, reason: Reason) -> int:
        """Park what waits for this source, but for what is leased, a step at a time. Returns how many."""
        values = {**owner._asdict(), "reason": reason, "most": forgetting.AT_ONCE}
        async with transaction(self._engine) as tx:
            return (await tx.execute(_ABANDON, values)).rowcount

    async def forget(self) -> int:
        """Drop what was done over 14 days ago. What is parked stays until somebody decides. Returns how many."""
        return await forgetting.in_steps(self._engine, _FORGET, KNOWN_DAYS)


async def _moved(tx: AsyncConnection, statement: TextClause, claim: Claim, **also: Any) -> bool:
    key = {**claim.owner._asdict(), "id": claim.id, "lease": claim.lease}
    return (await tx.execute(statement, {**key, **also})).rowcount == 1


def _claim(row: Row[Any]) -> Claim:
    return Claim(
        Owner(row.tenant, row.source),
        row.id,
        row.lease,
        json.loads(row.reference),
        row.attempts,
        row.failing_since,
        row.request_id,
        row.traceparent,
        row.tracestate,
    )


_KNOWN_SOURCE = text("""
    INSERT INTO enrichment_source (tenant, source) VALUES (:tenant, :source) ON CONFLICT DO NOTHING
""")
_PUT = text("""
    INSERT INTO enrichment (tenant, source, id, reference, seen_at, request_id, traceparent, tracestate)
    SELECT :tenant, :source, id, CAST(reference AS jsonb), seen_at, :request_id, :traceparent, :tracestate
    FROM unnest(CAST(:ids AS text[]), CAST(:references AS text[]), CAST(:seen AS timestamptz[]))
        AS new (id, reference, seen_at)
    ON CONFLICT DO NOTHING
""")
_DUE = text("""
    SELECT tenant, source FROM enrichment_source AS owner
    WHERE (paused_until IS NULL OR paused_until <= now()) AND EXISTS (
        SELECT 1 FROM enrichment
        WHERE tenant = owner.tenant AND source = owner.source AND state = 'waiting' AND next_attempt_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
    )
""")
_RATE = text("""
    SELECT free_at, now() AS now FROM enrichment_source
    WHERE tenant = :tenant AND source = :source AND (paused_until IS NULL OR paused_until <= now()) FOR UPDATE
""")
# What is due is materialized: the planner may run a subquery once for each row it is joined to, and each time it would
# find, and lock, others.
_CLAIM = text("""
    WITH due AS MATERIALIZED (
        SELECT id AS found FROM enrichment
        WHERE tenant = :tenant AND source = :source AND state = 'waiting' AND next_attempt_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
        ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE enrichment SET lease = gen_random_uuid(), leased_until = now() + make_interval(secs => :seconds)
    FROM due WHERE tenant = :tenant AND source = :source AND id = found
    RETURNING tenant, source, id, lease, CAST(reference AS text) AS reference, attempts, failing_since,
        request_id, traceparent, tracestate
""")
_TAKE = text("UPDATE enrichment_source SET free_at = :free_at WHERE tenant = :tenant AND source = :source")
_DONE = text("""
    UPDATE enrichment SET
        state = 'done', done_at = now(), reference = '{}', lease = NULL, leased_until = NULL, reason = NULL
    WHERE tenant = :tenant AND source = :source AND id = :id AND lease = :lease AND state = 'waiting'
""")
_RETRY = text("""
    UPDATE enrichment SET
        lease = NULL, leased_until = NULL, reason = :reason, attempts = attempts + 1,
        failing_since = CASE WHEN :failing THEN coalesce(failing_since, now()) ELSE failing_since END,
        next_attempt_at = now() + make_interval(secs => :seconds)
    WHERE tenant = :tenant AND source = :source AND id = :id AND lease = :lease AND state = 'waiting'
""")
_PARK = text("""
    UPDATE enrichment SET
        state = 'parked', lease = NULL, leased_until = NULL, reason = :reason, pointers = CAST(:pointers AS text[])
    WHERE tenant = :tenant AND source = :source AND id = :id AND lease = :lease AND state = 'waiting'
""")
_PAUSE = text("""
    UPDATE enrichment_source SET
        paused_until = greatest(paused_until, now() + make_interval(secs => :seconds)), reason = :reason
    WHERE tenant = :tenant AND source = :source
""")
_ABANDON = text("""
    WITH left_over AS MATERIALIZED (
        SELECT id AS found FROM enrichment
        WHERE tenant = :tenant AND source = :source AND state = 'waiting'
            AND (leased_until IS NULL OR leased_until <= now())
        LIMIT :most FOR UPDATE SKIP LOCKED
    )
    UPDATE enrichment SET state = 'parked', lease = NULL, leased_until = NULL, reason = :reason
    FROM left_over WHERE tenant = :tenant AND source = :source AND id = found
""")
_FORGET = text("""
    DELETE FROM enrichment WHERE ctid IN (
        SELECT ctid FROM enrichment
        WHERE state = 'done' AND done_at < now() - make_interval(days => :days) LIMIT :most
    )
""")
