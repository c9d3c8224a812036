"""Walks over all customers of a tenant: who asked for which, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.sweeps import FASTEST, Purpose

RUNS = "finished_at IS NULL AND cancelled_at IS NULL"
BY_SCHEDULE = "schedule"
SLOWEST = 0.1
"""Customers per second of a walk that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """One walk.

    Attributes:
        total: how many customers there were to walk over when it began; None until they are counted.
        queued: how many were put into the outbox.
        checked: of how many the CRM was read, and written where that was called for.
        drifted: of how many the CRM did not hold what was agreed.
        now: when this was read.
    """

    id: UUID
    tenant: str
    purpose: Purpose
    rate_per_second: float
    asked_by: str
    asked_at: datetime
    total: int | None
    queued: int
    checked: int
    drifted: int
    finished_at: datetime | None
    cancelled_at: datetime | None
    now: datetime

    @property
    def running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None


async def start(tx: AsyncConnection, tenant: str, purpose: Purpose, rate: float, by: str) -> Sweep | None:
    """None: one is running already. ``rate``: customers a second."""
    asked = {"tenant": tenant, "purpose": purpose.value, "rate": rate, "by": by}
    return _sweep((await tx.execute(_START, asked)).one_or_none())


async def start_due(tx: AsyncConnection, hours: float) -> list[Sweep]:
    """Begin to reconcile every tenant that was not walked over for ``hours`` and has agreements older than that.

    Such a walk takes about half of the time until the next.
    """
    values = {
        "every": timedelta(hours=hours),
        "seconds": hours * 3600,
        "fastest": FASTEST,
        "slowest": SLOWEST,
        "by": BY_SCHEDULE,
    }
    return [found for row in await tx.execute(_START_DUE, values) if (found := _sweep(row))]


async def find(tx: AsyncConnection, tenant: str, id_: UUID) -> Sweep | None:
    return _sweep((await tx.execute(_FIND, {"tenant": tenant, "id": id_})).one_or_none())


async def newest(tx: AsyncConnection, tenant: str, limit: int) -> list[Sweep]:
    rows = await tx.execute(_NEWEST, {"tenant": tenant, "limit": limit})
    return [found for row in rows if (found := _sweep(row))]


async def cancel(tx: AsyncConnection, tenant: str, id_: UUID) -> bool:
    """Queue no more. The few in the outbox are still looked at. False: it was not running."""
    return (await tx.execute(_CANCEL, {"tenant": tenant, "id": id_})).rowcount == 1


async def checked(tx: AsyncConnection, sweep_id: UUID, drifted: bool) -> None:
    """The CRM was read for one customer of this sweep. Call it after the customer's row of the outbox is written."""
    await tx.execute(_CHECKED, {"id": sweep_id, "drifted": drifted})


async def running(tx: AsyncConnection) -> Sequence[tuple[str, UUID]]:
    """(tenant, id) of every walk under way."""
    return [(row.tenant, row.id) for row in await tx.execute(_RUNNING)]


def _sweep(row: Row[Any] | None) -> Sweep | None:
    if row is None:
        return None
    names = Sweep.__dataclass_fields__
    values = {name: getattr(row, name) for name in names}
    return Sweep(**{**values, "purpose": Purpose(row.purpose)})


_START = text(f"""
    INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by, queued_until)
    VALUES (:tenant, :purpose, :rate, :by, now())
    ON CONFLICT (tenant) WHERE {RUNS} DO NOTHING
    RETURNING *, now()
""")  # noqa: S608  (ours)
_START_DUE = text(f"""
    WITH RECURSIVE tenants AS (
        (SELECT tenant FROM crm_push ORDER BY tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT tenant FROM crm_push WHERE tenant > tenants.tenant ORDER BY tenant LIMIT 1)
        FROM tenants WHERE tenants.tenant IS NOT NULL
    ), due AS MATERIALIZED (
        SELECT tenant, now() - CAST(:every AS interval) AS before FROM tenants
        WHERE tenant IS NOT NULL AND NOT EXISTS (
            SELECT FROM sweep WHERE sweep.tenant = tenants.tenant AND asked_at > now() - CAST(:every AS interval)
        )
    )
    INSERT INTO sweep (tenant, purpose, rate_per_second, asked_by, queued_until)
    SELECT tenant, 'reconcile', least(:fastest, greatest(:slowest, 2.0 * customers.n / CAST(:seconds AS real))),
        :by, now()
    FROM due CROSS JOIN LATERAL (
        SELECT count(*) AS n, min(agreed_at) AS oldest FROM crm_push WHERE crm_push.tenant = due.tenant
    ) AS customers
    WHERE customers.oldest < due.before
    ON CONFLICT (tenant) WHERE {RUNS} DO NOTHING
    RETURNING *, now()
""")  # noqa: S608
_FIND = text("SELECT *, now() FROM sweep WHERE tenant = :tenant AND id = :id")
_NEWEST = text("SELECT *, now() FROM sweep WHERE tenant = :tenant ORDER BY asked_at DESC, id LIMIT :limit")
_CANCEL = text(f"UPDATE sweep SET cancelled_at = now() WHERE tenant = :tenant AND id = :id AND {RUNS}")  # noqa: S608
_CHECKED = text("""
    UPDATE sweep SET
        checked = checked + 1,
        drifted = drifted + CASE WHEN :drifted AND purpose = 'reconcile' THEN 1 ELSE 0 END
    WHERE id = :id
""")
_RUNNING = text(f"SELECT tenant, id FROM sweep WHERE {RUNS} ORDER BY asked_at")  # noqa: S608
