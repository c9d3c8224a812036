"""The outbox: one row per customer, leased to one pusher at a time, on the database's clock.

A note only ever raises ``version`` and makes the row pending. A pusher reads what is active when it claims the row, so
whatever came in between is sent together; a version raised meanwhile keeps the row pending.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.origin import NOWHERE, Origin
from events.runtime.database import transaction
from profile_sync.core.converge import Field, Memory, Plan, desired
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Pause
from profile_sync.core.sweeps import Purpose
from profile_sync.store import columns, fields, kept, notes, outcomes
from profile_sync.store.claim import Claim
from profile_sync.store.outcomes import Outcome


class Permission(Enum):
    """Whether a write may go out now."""

    GO = auto()
    PAUSED = auto()
    LOST = auto()


async def request(
    tx: AsyncConnection, news: Mapping[Customer, datetime], origins: Mapping[Customer, Origin] | None = None
) -> None:
    """These customers want something else now. Values: when the event that says so was recorded; and its request.

    A parked row gets another chance: what the CRM would not take may not be what is sent now.
    """
    rows = [(*customer, news[customer], kept((origins or {}).get(customer, NOWHERE))) for customer in sorted(news)]
    await tx.execute(_REQUEST, columns((*Customer._fields, "noted_at", "origin"), rows))


class Pushes:
    """The outbox as pushers see it. Every method raises Unavailable where the database is away."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float, recheck_seconds: float) -> None:
        """``recheck_seconds``: how often a field that a human holds is looked at again."""
        self._engine = engine
        self._recheck = recheck_seconds
        self.lease_seconds = lease_seconds

    async def claim(self, limit: int, *, but: Collection[str] = (), only: str | None = None) -> list[Claim]:
        """Lease up to ``limit`` customers that are due, that nobody else holds, and whose tenant is not paused.

        What customers say goes before what a sweep looks at.

        Args:
            but: tenants to leave alone.
            only: the tenant to claim for.
        """
        values = {"limit": limit, "seconds": self.lease_seconds, "but": list(but), "only": only}
        async with transaction(self._engine) as tx:
            rows = (await tx.execute(_CLAIM, values)).all()
            if not rows:
                return []
            customers = [Customer(row.tenant, row.customer_id) for row in rows]
            wanted = await notes.active(tx, customers)
            memory = await fields.memory(tx, customers)
        return [
            _claim(row, desired(wanted[customer]), memory[customer])
            for customer, row in zip(customers, rows, strict=True)
        ]

    async def intend(self, intentions: Sequence[tuple[Claim, Plan]]) -> list[Permission]:
        """Note what is about to be written, so that it is known as ours whatever happens next; renew the leases.

        LOST also where the customer was forgotten since the claim: what they said must not be written any more.
        """
        held = columns(
            (*Customer._fields, "lease", "version"), [(*c.customer, c.lease, c.version) for c, _ in intentions]
        )
        async with transaction(self._engine) as tx:
            renewed = await tx.execute(_RENEW, {**held, "seconds": self.lease_seconds})
            ours = {Customer(row.tenant, row.customer_id) for row in renewed}
            paused = await _paused(tx, {claim.customer.tenant for claim, _ in intentions})
            going = [
                (claim.customer, dict(claim.memory), plan)
                for claim, plan in intentions
                if claim.customer in ours and claim.customer.tenant not in paused
            ]
            await fields.remember_attempts(tx, going)
        go = {customer for customer, _, _ in going}
        return [
            Permission.GO if c.customer in go else Permission.PAUSED if c.customer in ours else Permission.LOST
            for c, _ in intentions
        ]

    async def paused(self, tenants: Sequence[str]) -> list[bool]:
        async with transaction(self._engine) as tx:
            found = await _paused(tx, set(tenants))
        return [tenant in found for tenant in tenants]

    async def pause(self, tenant: str, pause: Pause) -> None:
        """Nobody begins anything for the tenant until then."""
        values = {"tenant": tenant, "seconds": pause.seconds, "reason": pause.reason.value}
        async with transaction(self._engine) as tx:
            await tx.execute(_PAUSE, values)

    async def record(self, ended: Sequence[tuple[Claim, Outcome]]) -> list[bool]:
        """How pushes ended. False where the lease was lost meanwhile: nothing is recorded of that."""
        held = columns((*Customer._fields, "lease"), [(*claim.customer, claim.lease) for claim, _ in ended])
        async with transaction(self._engine) as tx:
            rows = {Customer(row.tenant, row.customer_id): row for row in await tx.execute(_OURS, held)}
            ours = [(claim, outcome, rows[claim.customer]) for claim, outcome in ended if claim.customer in rows]
            await outcomes.record(tx, ours, self._recheck)
        return [claim.customer in rows for claim, _ in ended]


async def _paused(tx: AsyncConnection, tenants: Collection[str]) -> set[str]:
    return {row.tenant for row in await tx.execute(_PAUSED, {"tenants": list(tenants)})}


def _claim(row: Row[Any], wanted: dict[str, Field], memory: dict[str, Memory]) -> Claim:
    return Claim(
        Customer(row.tenant, row.customer_id),
        row.version,
        row.lease,
        wanted,
        memory,
        row.attempts,
        row.pending_since,
        row.noted_at,
        row.failing_since,
        row.agreed_version is not None,
        row.erasing,
        row.purpose == Purpose.BACKFILL,
        Origin.from_json(row.origin) if row.pending_since is not None else NOWHERE,
    )


# Each request has a time of its own, so that it is seen whether another came since the claim. For a forgotten customer
# it can only be a person who wants it tried at once.
_REQUEST = text("""
    UPDATE crm_push SET
        version = version + 1,
        state = 'pending',
        due_at = CASE WHEN state = 'pending' AND NOT erasing THEN due_at ELSE now() END,
        attempts = CASE WHEN state = 'pending' THEN attempts ELSE 0 END,
        reason = CASE WHEN state = 'pending' THEN reason END,
        failing_since = CASE WHEN state = 'pending' THEN failing_since END,
        pending_since = coalesce(pending_since, new.noted_at),
        noted_at = greatest(new.noted_at, crm_push.noted_at + interval '1 microsecond'),
        origin = coalesce(CAST(new.origin AS jsonb), CASE WHEN pending_since IS NOT NULL THEN crm_push.origin END)
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:noted_at AS timestamptz[]),
        CAST(:origin AS text[])
    ) AS new (tenant, customer_id, noted_at, origin)
    WHERE crm_push.tenant = new.tenant AND crm_push.customer_id = new.customer_id
""")
# Materialized: a plan that runs the inner part again, skipping what it has just locked, would claim over the limit.
_CLAIM = text("""
    WITH found AS MATERIALIZED (
        SELECT tenant, customer_id FROM crm_push AS due
        WHERE state IN ('pending', 'yielded') AND due_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
            AND tenant <> ALL (CAST(:but AS text[])) AND tenant = coalesce(CAST(:only AS text), tenant)
            AND NOT EXISTS (SELECT 1 FROM crm_pause WHERE crm_pause.tenant = due.tenant AND until > now())
        ORDER BY (sweep IS NOT NULL AND pending_since IS NULL), due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE crm_push
    SET lease = gen_random_uuid(), leased_until = now() + make_interval(secs => :seconds)
    FROM found
    WHERE crm_push.tenant = found.tenant AND crm_push.customer_id = found.customer_id
    RETURNING crm_push.*,
        (SELECT purpose FROM sweep WHERE sweep.tenant = crm_push.tenant AND sweep.id = crm_push.sweep) AS purpose
""")
# Rows are locked in one order, which is that of everybody who locks several customers.
_RENEW = text("""
    WITH ours AS MATERIALIZED (
        SELECT tenant, customer_id FROM crm_push JOIN unnest(
            CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:lease AS uuid[]), CAST(:version AS bigint[])
        ) AS held (tenant, customer_id, lease, version) USING (tenant, customer_id, lease)
        WHERE NOT erasing OR crm_push.version = held.version
        ORDER BY tenant, customer_id FOR UPDATE OF crm_push
    )
    UPDATE crm_push SET leased_until = now() + make_interval(secs => :seconds)
    FROM ours WHERE crm_push.tenant = ours.tenant AND crm_push.customer_id = ours.customer_id
    RETURNING crm_push.tenant, crm_push.customer_id
""")
_OURS = text("""
    SELECT tenant, customer_id, version, sweep FROM crm_push JOIN unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:lease AS uuid[])
    ) AS held (tenant, customer_id, lease) USING (tenant, customer_id, lease)
    ORDER BY tenant, customer_id FOR UPDATE OF crm_push
""")
_PAUSED = text("SELECT tenant FROM crm_pause WHERE tenant = ANY (CAST(:tenants AS text[])) AND until > now()")
_PAUSE = text("""
    INSERT INTO crm_pause (tenant, until, reason)
    VALUES (:tenant, now() + make_interval(secs => :seconds), :reason)
    ON CONFLICT (tenant) DO UPDATE SET
        until = greatest(crm_pause.until, excluded.until),
        reason = CASE WHEN crm_pause.until < excluded.until THEN excluded.reason ELSE crm_pause.reason END
""")
