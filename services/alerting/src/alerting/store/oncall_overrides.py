"""Changes of the schedules by somebody's hand: made, ended early, and kept with who did it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.asked import NewOverride
from alerting.store import audit_log

_COLUMNS = "id, schedule, layer, person, effect, starts, ends, note, made_by, made_at, ended_by, ended_at"
_ADD = text(
    f"""
    INSERT INTO oncall_override (tenant, schedule, layer, person, effect, starts, ends, note, made_by)
    SELECT :tenant, :schedule, CAST(:layer AS int), :person, :effect,
        greatest(CAST(:starts AS timestamptz), now()), CAST(:ends AS timestamptz), :note, :by
    WHERE CAST(:ends AS timestamptz) > now()
    RETURNING {_COLUMNS}
    """
)
_END = text(
    f"""
    UPDATE oncall_override SET ended_by = :by, ended_at = now()
    WHERE tenant = :tenant AND id = :id AND ended_at IS NULL AND ends > now() RETURNING {_COLUMNS}
    """  # noqa: S608
)
_ONE = text(f"SELECT {_COLUMNS} FROM oncall_override WHERE tenant = :tenant AND id = :id")  # noqa: S608
_LIST = text(
    f"""
    SELECT {_COLUMNS} FROM oncall_override
    WHERE tenant = :tenant AND (:past OR (ends > now() AND ended_at IS NULL))
    ORDER BY number DESC LIMIT :limit
    """  # noqa: S608
)
_TENANTS = text("SELECT DISTINCT tenant FROM oncall_override WHERE ends > now() AND ended_at IS NULL")


@dataclass(frozen=True, slots=True)
class OverrideView:
    """An override as it is shown. ``layer`` None: every layer. ``ended_at``: when somebody ended it before its time."""

    id: UUID
    schedule: str
    layer: int | None
    person: str
    effect: str
    starts: datetime
    ends: datetime
    note: str | None
    made_by: str
    made_at: datetime
    ended_by: str | None
    ended_at: datetime | None


async def add(tx: AsyncConnection, tenant: str, wanted: NewOverride) -> OverrideView | None:
    """It begins now at the earliest: who was on call stays as it was. None where it would be over already."""
    values = {
        "tenant": tenant, "schedule": wanted.schedule, "layer": wanted.layer, "person": wanted.person,
        "effect": wanted.effect, "starts": wanted.starts, "ends": wanted.ends, "note": wanted.note, "by": wanted.by,
    }  # fmt: skip
    found = (await tx.execute(_ADD, values)).one_or_none()
    if found is None:
        return None
    await audit_log.add(tx, tenant, wanted.by, "on_call.override", f"override:{found.id}")
    return OverrideView(*found)


async def end(tx: AsyncConnection, tenant: str, id_: UUID, by: str) -> OverrideView | None:
    """From now on it changes nothing. One that is over, or was ended before, stays as it is. None: there is none."""
    values = {"tenant": tenant, "id": id_, "by": by}
    found = (await tx.execute(_END, values)).one_or_none()
    if found is not None:
        await audit_log.add(tx, tenant, by, "on_call.override_ended", f"override:{id_}")
        return OverrideView(*found)
    there = (await tx.execute(_ONE, values)).one_or_none()
    return None if there is None else OverrideView(*there)


async def listed(tx: AsyncConnection, tenant: str, *, past: bool, limit: int) -> list[OverrideView]:
    """The newest first; with ``past`` also those that are over."""
    return [OverrideView(*row) for row in await tx.execute(_LIST, {"tenant": tenant, "past": past, "limit": limit})]


async def tenants(tx: AsyncConnection) -> set[str]:
    """Those who have overrides that are not over."""
    return {row.tenant for row in await tx.execute(_TENANTS)}
