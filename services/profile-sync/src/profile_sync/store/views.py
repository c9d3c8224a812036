"""The service in numbers. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


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


_ACTIVE = text("SELECT kind, count(*) AS n FROM note WHERE tenant = :tenant AND status = 'active' GROUP BY kind")
_PUSHES = text(
    "SELECT state, CASE WHEN state = 'parked' THEN reason END AS reason, count(*) AS n"
    " FROM crm_push WHERE tenant = :tenant GROUP BY 1, 2"
)
_FIELDS = text(
    "SELECT count(written) AS written, count(yielded_since) AS yielded FROM crm_field WHERE tenant = :tenant"
)
_PAUSE = text("SELECT until, reason FROM crm_pause WHERE tenant = :tenant AND until > now()")


async def summary(tx: AsyncConnection, tenant: str) -> Counts:
    only = {"tenant": tenant}
    active = await tx.execute(_ACTIVE, only)
    pushes = (await tx.execute(_PUSHES, only)).all()
    fields = (await tx.execute(_FIELDS, only)).one()
    pause = (await tx.execute(_PAUSE, only)).one_or_none()
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
