"""The outbox: one row per customer, leased to one pusher at a time, on the database's clock.

A note only ever raises ``version`` and makes the row pending. A pusher reads what is active when it claims the row, so
whatever came in between is sent together; a version raised meanwhile keeps the row pending.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from profile_sync.core.converge import Field, Memory, Plan, Profile, desired
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Later, Park, Pause, Reason
from profile_sync.store import columns, notes

_CUSTOMERS = "unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]))"
_OURS = "WHERE tenant = :tenant AND customer_id = :customer_id AND lease = :lease"


@dataclass(frozen=True, slots=True)
class Claim:
    """A customer to bring the CRM up to date with, ours until the lease runs out.

    Attributes:
        pending_since: when the oldest note not sent yet was recorded; None where only a yielded field is looked at again.
        failing_since: when the first of the failures in a row happened.
    """

    customer: Customer
    version: int
    lease: uuid.UUID
    wanted: Mapping[str, Field]
    memory: Mapping[str, Memory]
    attempts: int
    pending_since: datetime | None
    failing_since: datetime | None


class Permission(Enum):
    """Whether a write may go out now."""

    GO = auto()
    PAUSED = auto()
    LOST = auto()


async def request(tx: AsyncConnection, noted: Mapping[Customer, datetime]) -> None:
    """These customers want something else now. Values: when the event that says so was recorded.

    A parked row gets another chance: what the CRM would not take may not be what is sent now.
    """
    rows = [(*customer, noted[customer]) for customer in sorted(noted)]
    await tx.execute(
        text(
            "UPDATE crm_push SET version = version + 1, state = 'pending', changed_at = now(),"
            " due_at = CASE WHEN state = 'pending' THEN due_at ELSE now() END,"
            " attempts = CASE WHEN state = 'pending' THEN attempts ELSE 0 END,"
            " reason = CASE WHEN state = 'pending' THEN reason END,"
            " failing_since = CASE WHEN state = 'pending' THEN failing_since END,"
            " pending_since = coalesce(pending_since, new.noted_at), noted_at = new.noted_at"
            " FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:noted_at AS timestamptz[]))"
            " AS new (tenant, customer_id, noted_at)"
            " WHERE crm_push.tenant = new.tenant AND crm_push.customer_id = new.customer_id"
        ),
        columns((*Customer._fields, "noted_at"), rows),
    )


class Pushes:
    """The outbox as pushers see it. ``lease_seconds`` must outlast reading and writing one profile once."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float, recheck_seconds: float) -> None:
        """``recheck_seconds``: how often a field that a human holds is looked at again."""
        self._engine = engine
        self._lease = lease_seconds
        self._recheck = recheck_seconds

    async def claim(self, limit: int) -> list[Claim]:
        """Lease up to ``limit`` customers that are due and that nobody else holds. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            rows = (await tx.execute(text(_CLAIM), {"limit": limit, "seconds": self._lease})).all()
            customers = [Customer(row.tenant, row.customer_id) for row in rows]
            wanted = await notes.active(tx, customers)
            memory = await _memory(tx, customers)
        return [
            Claim(
                customer,
                row.version,
                row.lease,
                desired(wanted[customer]),
                memory[customer],
                row.attempts,
                row.pending_since,
                row.failing_since,
            )
            for customer, row in zip(customers, rows, strict=True)
        ]

    async def intend(self, claim: Claim, plan: Plan) -> Permission:
        """Write down what is about to be written, so that it is known as ours whatever happens next; renew the lease."""
        async with transaction(self._engine) as tx:
            renewed = await tx.execute(
                text(f"UPDATE crm_push SET leased_until = now() + make_interval(secs => :seconds) {_OURS}"),
                {**_key(claim), "seconds": self._lease},
            )
            if renewed.rowcount != 1:
                return Permission.LOST
            if await tx.scalar(text("SELECT 1 FROM crm_pause WHERE tenant = :tenant AND until > now()"), _key(claim)):
                return Permission.PAUSED
            await _remember_attempts(tx, claim, plan)
        return Permission.GO

    async def settle(self, claim: Claim, plan: Plan) -> bool:
        """The CRM holds what ``plan`` wanted, but for what it yielded. False where the lease was lost meanwhile."""
        async with transaction(self._engine) as tx:
            moved = await tx.execute(
                text(
                    "UPDATE crm_push SET lease = NULL, leased_until = NULL, attempts = 0, reason = NULL,"
                    " failing_since = NULL, changed_at = now(),"
                    " pending_since = CASE WHEN version > :version THEN noted_at END,"
                    " state = CASE WHEN version > :version THEN 'pending' WHEN :yielded THEN 'yielded' ELSE 'done' END,"
                    " due_at = CASE WHEN version > :version THEN now()"
                    f" ELSE now() + make_interval(secs => :recheck) END {_OURS}"
                ),
                {**_key(claim), "version": claim.version, "yielded": bool(plan.yielded), "recheck": self._recheck},
            )
            if moved.rowcount == 1:
                await _remember(tx, claim.customer, plan)
        return moved.rowcount == 1

    async def postpone(self, claim: Claim, verdict: Later | Pause, seconds: float) -> bool:
        """Due again in ``seconds``. A pause holds back the tenant's other customers as well."""
        async with transaction(self._engine) as tx:
            if isinstance(verdict, Pause):
                await tx.execute(
                    text(
                        "INSERT INTO crm_pause VALUES (:tenant, now() + make_interval(secs => :seconds), :reason)"
                        " ON CONFLICT (tenant) DO UPDATE SET reason = excluded.reason,"
                        " until = greatest(crm_pause.until, excluded.until)"
                    ),
                    {**_key(claim), "seconds": seconds, "reason": verdict.reason.value},
                )
            moved = await tx.execute(
                text(
                    "UPDATE crm_push SET lease = NULL, leased_until = NULL, reason = :reason, changed_at = now(),"
                    " attempts = attempts + CASE WHEN :failed THEN 1 ELSE 0 END,"
                    " failing_since = CASE WHEN :failed THEN coalesce(failing_since, now()) END,"
                    f" due_at = now() + make_interval(secs => :seconds) {_OURS}"
                ),
                {
                    **_key(claim),
                    "seconds": seconds,
                    "reason": verdict.reason.value,
                    "failed": isinstance(verdict, Later),
                },
            )
        return moved.rowcount == 1

    async def release(self, claim: Claim) -> None:
        """Nothing was sent and nothing failed: anybody may take it."""
        async with transaction(self._engine) as tx:
            await tx.execute(text(f"UPDATE crm_push SET lease = NULL, leased_until = NULL {_OURS}"), _key(claim))

    async def park(self, claim: Claim, verdict: Park) -> bool:
        """Set aside, unless something newer is waiting to be sent."""
        async with transaction(self._engine) as tx:
            moved = await tx.execute(
                text(
                    "UPDATE crm_push SET lease = NULL, leased_until = NULL, reason = :reason, changed_at = now(),"
                    " state = CASE WHEN version > :version THEN 'pending' ELSE 'parked' END,"
                    f" due_at = now(), attempts = 0, failing_since = NULL {_OURS}"
                ),
                {**_key(claim), "version": claim.version, "reason": verdict.reason.value},
            )
        return moved.rowcount == 1


_CLAIM = """
    UPDATE crm_push
    SET lease = gen_random_uuid(), leased_until = now() + make_interval(secs => :seconds)
    FROM (
        SELECT tenant, customer_id FROM crm_push AS due
        WHERE state IN ('pending', 'yielded') AND due_at <= now()
            AND (leased_until IS NULL OR leased_until <= now())
            AND NOT EXISTS (SELECT 1 FROM crm_pause WHERE crm_pause.tenant = due.tenant AND until > now())
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) AS found
    WHERE crm_push.tenant = found.tenant AND crm_push.customer_id = found.customer_id
    RETURNING crm_push.*
"""


def _key(claim: Claim) -> dict[str, Any]:
    return {**claim.customer._asdict(), "lease": claim.lease}


async def _memory(tx: AsyncConnection, customers: Sequence[Customer]) -> dict[Customer, dict[str, Memory]]:
    rows = await tx.execute(
        text(
            "SELECT tenant, customer_id, field, written, attempted FROM crm_field"
            f" WHERE (tenant, customer_id) IN (SELECT * FROM {_CUSTOMERS})"
        ),
        columns(Customer._fields, customers),
    )
    found: dict[Customer, dict[str, Memory]] = {customer: {} for customer in customers}
    for row in rows:
        written = json.loads(row.written)["value"] if row.written is not None else None
        memory = Memory(written, tuple(json.loads(row.attempted)))
        found[Customer(row.tenant, row.customer_id)][row.field] = memory
    return found


async def _remember_attempts(tx: AsyncConnection, claim: Claim, plan: Plan) -> None:
    """A cleared field needs no memory: empty is always ours."""
    rows = []
    for name, want in plan.writes.items():
        memory = claim.memory.get(name, Memory())
        if want is not None and not memory.ours(want["value"]):
            rows.append((*claim.customer, name, json.dumps([*memory.attempted, want["value"]])))
    await tx.execute(
        text(
            "INSERT INTO crm_field (tenant, customer_id, field, attempted)"
            " SELECT tenant, customer_id, field, CAST(attempted AS jsonb) FROM unnest(CAST(:tenant AS text[]),"
            " CAST(:customer_id AS text[]), CAST(:field AS text[]), CAST(:attempted AS text[]))"
            " AS new (tenant, customer_id, field, attempted)"
            " ON CONFLICT (tenant, customer_id, field) DO UPDATE SET attempted = excluded.attempted"
        ),
        columns((*Customer._fields, "field", "attempted"), rows),
    )


async def _remember(tx: AsyncConnection, customer: Customer, plan: Plan) -> None:
    told = {**plan.agreed, **plan.writes}
    rows = [(*customer, name, None if field is None else json.dumps(field)) for name, field in told.items()]
    await tx.execute(
        text(
            "INSERT INTO crm_field (tenant, customer_id, field, written, written_at)"
            " SELECT tenant, customer_id, field, CAST(written AS jsonb), now() FROM unnest(CAST(:tenant AS text[]),"
            " CAST(:customer_id AS text[]), CAST(:field AS text[]), CAST(:written AS text[]))"
            " AS new (tenant, customer_id, field, written)"
            " ON CONFLICT (tenant, customer_id, field) DO UPDATE SET written = excluded.written, attempted = '[]',"
            " yielded_since = NULL, written_at = CASE WHEN crm_field.written IS DISTINCT FROM excluded.written"
            " THEN now() ELSE crm_field.written_at END"
        ),
        columns((*Customer._fields, "field", "written"), rows),
    )
    await tx.execute(
        text(
            "INSERT INTO crm_field (tenant, customer_id, field, yielded_since)"
            " SELECT tenant, customer_id, field, now() FROM unnest(CAST(:tenant AS text[]),"
            " CAST(:customer_id AS text[]), CAST(:field AS text[])) AS new (tenant, customer_id, field)"
            " ON CONFLICT (tenant, customer_id, field) DO UPDATE"
            " SET yielded_since = coalesce(crm_field.yielded_since, now())"
        ),
        columns((*Customer._fields, "field"), [(*customer, name) for name in sorted(plan.yielded)]),
    )
    await tx.execute(
        text(
            "UPDATE crm_field SET yielded_since = NULL WHERE tenant = :tenant AND customer_id = :customer_id"
            " AND yielded_since IS NOT NULL AND field <> ALL (CAST(:yielded AS text[]))"
        ),
        {**customer._asdict(), "yielded": sorted(plan.yielded)},
    )
