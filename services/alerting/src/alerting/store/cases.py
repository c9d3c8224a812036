"""The row of a case: locked, read, written. Its lock is THE lock on a case, its timers and its notifications.

NO KEY: rows that refer to the case (timeline, notifications) may be written meanwhile by who does not change it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case import Attempt, Case

_FIELDS = tuple(each.name for each in fields(Case))
_COLUMNS = ", ".join(_FIELDS)
_LOCK = text(
    f"SELECT {_COLUMNS}, terms, now() AS now FROM recovery_case WHERE tenant = :tenant AND id = :id FOR NO KEY UPDATE"  # noqa: S608  (names of our own fields)
)
_LOCK_FREE = text(
    f"SELECT {_COLUMNS}, tenant, terms, now() AS now FROM recovery_case WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED"  # noqa: S608
)
_WRITE = text(
    f"UPDATE recovery_case SET {', '.join(f'{name} = :{name}' for name in _FIELDS if name != 'opened_at')}"  # noqa: S608
    " WHERE id = :id"
)
_TWIN = text(
    """
    SELECT EXISTS (
        SELECT FROM recovery_case c JOIN recovery_case other USING (tenant)
        WHERE c.id = :id AND other.id <> c.id AND other.state <> 'closed'
          AND coalesce(other.interaction_id, '') = coalesce(c.interaction_id, '')
          AND coalesce(other.subject, '') = coalesce(c.subject, '')
          AND (coalesce(other.customer_id, '') = coalesce(c.customer_id, '')
               OR (c.interaction_id IS NOT NULL AND (c.customer_id IS NULL OR other.customer_id IS NULL))))
    """
)
_NOBODYS = text("SELECT erased_at IS NOT NULL FROM recovery_case WHERE id = :id")
_ATTEMPT = text(
    "INSERT INTO call_attempt (case_id, who, channel, result, note) VALUES (:case_id, :by, :channel, :result, :note)"
)


@dataclass(frozen=True, slots=True)
class Locked:
    """A case that is locked until the transaction ends. ``now``: by the database's clock."""

    id: UUID
    tenant: str
    case: Case
    terms: Mapping[str, Any]
    now: datetime


async def lock(tx: AsyncConnection, tenant: str, case_id: UUID) -> Locked | None:
    """None where there is no such case."""
    row = (await tx.execute(_LOCK, {"tenant": tenant, "id": case_id})).one_or_none()
    return None if row is None else Locked(case_id, tenant, Case(*row[:-2]), row.terms, row.now)


async def lock_if_free(tx: AsyncConnection, case_id: UUID) -> Locked | None:
    """None also where somebody else holds it just now."""
    row = (await tx.execute(_LOCK_FREE, {"id": case_id})).one_or_none()
    return None if row is None else Locked(case_id, row.tenant, Case(*row[:-3]), row.terms, row.now)


async def write(tx: AsyncConnection, case_id: UUID, case: Case) -> None:
    """Write a case that is locked. When it was opened never changes."""
    await tx.execute(_WRITE, {**asdict(case), "id": case_id})


async def has_open_twin(tx: AsyncConnection, case_id: UUID) -> bool:
    """Whether another case about the same contact is open: there may be only one."""
    return bool(await tx.scalar(_TWIN, {"id": case_id}))


async def is_nobodys(tx: AsyncConnection, case_id: UUID) -> bool:
    """Whether its customer asked to be forgotten."""
    return bool(await tx.scalar(_NOBODYS, {"id": case_id}))


async def add_attempt(tx: AsyncConnection, case_id: UUID, attempt: Attempt) -> None:
    tried = attempt.model_dump(include={"by", "channel", "result", "note"})
    await tx.execute(_ATTEMPT, {"case_id": case_id, **tried})
