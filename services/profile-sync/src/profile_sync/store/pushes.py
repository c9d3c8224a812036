"""The outbox: one row per customer, leased to one pusher at a time, on the database's clock.

A note only ever raises ``version`` and makes the row pending. A pusher reads what is active when it claims the row, so
whatever came in between is sent together; a version raised meanwhile keeps the row pending.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from profile_sync.core.converge import Field, Memory, Plan, desired
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Later, Park, Pause
from profile_sync.store import columns, fields, notes


@dataclass(frozen=True, slots=True)
class Claim:
    """A customer to bring the CRM up to date with, ours until the lease runs out.

    Attributes:
        pending_since: when the oldest note not sent yet was recorded; None where only a yielded field is looked at
            again.
        failing_since: when the first of the failures in a row happened.
    """

    customer: Customer
    version: int
    lease: uuid.UUID
    wanted: dict[str, Field]
    memory: dict[str, Memory]
    attempts: int
    pending_since: datetime | None
    failing_since: datetime | None


class Permission(Enum):
    """Whether a write may go out now."""

    GO = auto()
    PAUSED = auto()
    LOST = auto()


async def request(tx: AsyncConnection, news: Mapping[Customer, datetime]) -> None:
    """These customers want something else now. Values: when the event that says so was recorded.

    A parked row gets another chance: what the CRM would not take may not be what is sent now.
    """
    rows = [(*customer, news[customer]) for customer in sorted(news)]
    await tx.execute(_REQUEST, columns((*Customer._fields, "noted_at"), rows))


class Pushes:
    """The outbox as pushers see it. Every method raises Unavailable where the database is away."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float, recheck_seconds: float) -> None:
        """``recheck_seconds``: how often a field that a human holds is looked at again."""
        self._engine = engine
        self._lease = lease_seconds
        self._recheck = recheck_seconds

    async def claim(self, limit: int) -> list[Claim]:
        """Lease up to ``limit`` customers that are due, that nobody else holds, and whose tenant is not paused."""
        async with transaction(self._engine) as tx:
            rows = (await tx.execute(_CLAIM, {"limit": limit, "seconds": self._lease})).all()
            customers = [Customer(row.tenant, row.customer_id) for row in rows]
            wanted = await notes.active(tx, customers)
            memory = await fields.memory(tx, customers)
        return [
            _claim(row, desired(wanted[customer]), memory[customer])
            for customer, row in zip(customers, rows, strict=True)
        ]

    async def intend(self, claim: Claim, plan: Plan) -> Permission:
        """Note what is about to be written, so that it is known as ours whatever happens next; renew the lease."""
        async with transaction(self._engine) as tx:
            renewed = await tx.execute(_RENEW, {**_key(claim), "seconds": self._lease})
            if renewed.rowcount != 1:
                return Permission.LOST
            if await tx.scalar(_PAUSED, {"tenant": claim.customer.tenant}):
                return Permission.PAUSED
            await fields.remember_attempts(tx, claim.customer, claim.memory, plan)
        return Permission.GO

    async def settle(self, claim: Claim, plan: Plan) -> bool:
        """The CRM holds what ``plan`` wanted, but for what it yielded. False where the lease was lost meanwhile."""
        also = {"version": claim.version, "yielded": bool(plan.yielded), "recheck": self._recheck}
        async with transaction(self._engine) as tx:
            ours = await _moved(tx, _SETTLE, claim, **also)
            if ours:
                await fields.remember(tx, claim.customer, plan)
        return ours

    async def postpone(self, claim: Claim, verdict: Later | Pause, seconds: float) -> bool:
        """Due again in ``seconds``. A pause holds back the tenant's other customers as well."""
        also = {"seconds": seconds, "reason": verdict.reason.value}
        async with transaction(self._engine) as tx:
            if isinstance(verdict, Pause):
                await tx.execute(_PAUSE, {"tenant": claim.customer.tenant, **also})
            return await _moved(tx, _POSTPONE, claim, **also, failed=isinstance(verdict, Later))

    async def park(self, claim: Claim, verdict: Park) -> bool:
        """Set aside, unless something newer is waiting to be sent."""
        async with transaction(self._engine) as tx:
            return await _moved(tx, _PARK, claim, version=claim.version, reason=verdict.reason.value)

    async def release(self, claim: Claim) -> bool:
        """Nothing was sent and nothing failed: anybody may take it."""
        async with transaction(self._engine) as tx:
            return await _moved(tx, _RELEASE, claim)


async def _moved(tx: AsyncConnection, statement: TextClause, claim: Claim, **also: Any) -> bool:
    return (await tx.execute(statement, {**_key(claim), **also})).rowcount == 1


def _key(claim: Claim) -> dict[str, Any]:
    return {**claim.customer._asdict(), "lease": claim.lease}


def _claim(row: Row[Any], wanted: dict[str, Field], memory: dict[str, Memory]) -> Claim:
    who = Customer(row.tenant, row.customer_id)
    since = (row.pending_since, row.failing_since)
    return Claim(who, row.version, row.lease, wanted, memory, row.attempts, *since)


_REQUEST = text("""
    UPDATE crm_push SET
        version = version + 1,
        state = 'pending',
        due_at = CASE WHEN state = 'pending' THEN due_at ELSE now() END,
        attempts = CASE WHEN state = 'pending' THEN attempts ELSE 0 END,
        reason = CASE WHEN state = 'pending' THEN reason END,
        failing_since = CASE WHEN state = 'pending' THEN failing_since END,
        pending_since = coalesce(pending_since, new.noted_at),
        noted_at = new.noted_at
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:noted_at AS timestamptz[]))
        AS new (tenant, customer_id, noted_at)
    WHERE crm_push.tenant = new.tenant AND crm_push.customer_id = new.customer_id
""")
# Materialized: a plan that runs the inner part again, skipping what it has just locked, would claim over the limit.
_CLAIM = text("""
    WITH found AS MATERIALIZED (
        SELECT tenant, customer_id FROM crm_push AS due
        WHERE state IN ('pending', 'yielded') AND due_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
            AND NOT EXISTS (SELECT 1 FROM crm_pause WHERE crm_pause.tenant = due.tenant AND until > now())
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE crm_push
    SET lease = gen_random_uuid(), leased_until = now() + make_interval(secs => :seconds)
    FROM found
    WHERE crm_push.tenant = found.tenant AND crm_push.customer_id = found.customer_id
    RETURNING crm_push.*
""")
_RENEW = text("""
    UPDATE crm_push SET leased_until = now() + make_interval(secs => :seconds)
    WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease
""")
_PAUSED = text("SELECT true FROM crm_pause WHERE tenant = :tenant AND until > now()")
_SETTLE = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, attempts = 0, reason = NULL, failing_since = NULL,
        pending_since = CASE WHEN version > :version THEN noted_at END,
        state = CASE WHEN version > :version THEN 'pending' WHEN :yielded THEN 'yielded' ELSE 'done' END,
        due_at = CASE WHEN version > :version THEN now() ELSE now() + make_interval(secs => :recheck) END
    WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease
""")
_PAUSE = text("""
    INSERT INTO crm_pause (tenant, until, reason)
    VALUES (:tenant, now() + make_interval(secs => :seconds), :reason)
    ON CONFLICT (tenant) DO UPDATE SET
        until = greatest(crm_pause.until, excluded.until), reason = excluded.reason
""")
_POSTPONE = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, reason = :reason,
        attempts = CASE WHEN :failed THEN attempts + 1 ELSE attempts END,
        failing_since = CASE WHEN :failed THEN coalesce(failing_since, now()) END,
        due_at = now() + make_interval(secs => :seconds)
    WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease
""")
_PARK = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, reason = :reason, attempts = 0, failing_since = NULL,
        state = CASE WHEN version > :version THEN 'pending' ELSE 'parked' END,
        due_at = now()
    WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease
""")
_RELEASE = text("""
    UPDATE crm_push SET lease = NULL, leased_until = NULL
    WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease
""")
