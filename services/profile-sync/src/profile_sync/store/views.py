"""What the API and the telemetry show. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.preferences import Customer

HISTORY = 200


@dataclass(frozen=True, slots=True)
class CustomerView:
    """Notes newest first; the row of the outbox, if there is one; what the CRM was told, by field."""

    notes: Sequence[RowMapping]
    push: RowMapping | None
    fields: Sequence[RowMapping]


async def customer(tx: AsyncConnection, who: Customer) -> CustomerView:
    """All that is active, and of the rest the newest 200."""
    notes = await tx.execute(
        text(
            "SELECT * FROM note WHERE tenant = :tenant AND customer_id = :customer_id"
            " ORDER BY status = 'active' DESC, stated_at DESC, version DESC, source DESC, event_id DESC, kind, item"
            " LIMIT :limit"
        ),
        {**who._asdict(), "limit": HISTORY},
    )
    push = await tx.execute(
        text(
            "SELECT crm_push.*, crm_pause.until AS paused_until, crm_pause.reason AS pause_reason FROM crm_push"
            " LEFT JOIN crm_pause ON crm_pause.tenant = crm_push.tenant AND crm_pause.until > now()"
            " WHERE crm_push.tenant = :tenant AND customer_id = :customer_id"
        ),
        who._asdict(),
    )
    fields = await tx.execute(
        text("SELECT * FROM crm_field WHERE tenant = :tenant AND customer_id = :customer_id ORDER BY field"),
        who._asdict(),
    )
    return CustomerView(
        list(notes.mappings()),
        push.mappings().one_or_none(),
        list(fields.mappings()),
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """One tenant in numbers."""

    customers: int
    active: dict[str, int]
    states: dict[str, int]
    parked: dict[str, int]
    written: int
    yielded: int
    paused_until: datetime | None
    pause_reason: str | None


async def summary(tx: AsyncConnection, tenant: str) -> Counts:
    only = {"tenant": tenant}
    active = await tx.execute(
        text("SELECT kind, count(*) AS n FROM note WHERE tenant = :tenant AND status = 'active' GROUP BY kind"), only
    )
    pushes = (
        await tx.execute(
            text(
                "SELECT state, CASE WHEN state = 'parked' THEN reason END AS reason, count(*) AS n"
                " FROM crm_push WHERE tenant = :tenant GROUP BY 1, 2"
            ),
            only,
        )
    ).all()
    fields = (
        await tx.execute(
            text(
                "SELECT count(written) AS written, count(yielded_since) AS yielded"
                " FROM crm_field WHERE tenant = :tenant"
            ),
            only,
        )
    ).one()
    pause = (
        await tx.execute(text("SELECT until, reason FROM crm_pause WHERE tenant = :tenant AND until > now()"), only)
    ).one_or_none()
    states: dict[str, int] = {}
    for row in pushes:
        states[row.state] = states.get(row.state, 0) + row.n
    return Counts(
        customers=sum(states.values()),
        active={row.kind: row.n for row in active},
        states=states,
        parked={row.reason: row.n for row in pushes if row.state == "parked"},
        written=fields.written,
        yielded=fields.yielded,
        paused_until=pause.until if pause else None,
        pause_reason=pause.reason if pause else None,
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, over all tenants."""

    pending: int
    oldest_seconds: float
    parked: int


async def backlog(tx: AsyncConnection) -> Backlog:
    row = (
        await tx.execute(
            text(
                "SELECT count(*) FILTER (WHERE state = 'pending') AS pending,"
                " count(*) FILTER (WHERE state = 'parked') AS parked,"
                " coalesce(extract(epoch FROM now() - min(pending_since) FILTER (WHERE state = 'pending')), 0)"
                " AS oldest"
                " FROM crm_push WHERE state IN ('pending', 'parked')"
            )
        )
    ).one()
    return Backlog(row.pending, max(0.0, float(row.oldest)), row.parked)
