"""What is to happen to a case by itself, and when. Whoever writes here holds the lock on the case's row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection


class Kind(StrEnum):
    ESCALATION = "escalation"
    """Nobody has claimed it yet: tell the next."""
    LEASE = "lease"
    """Claimed, and no sign of work since: it is open again."""
    CONTACT_DUE = "contact_due"
    """The customer should have been reached by now."""
    CALL_BACK = "call_back"
    """The customer asked to be called now."""
    SETTLE = "settle"
    """Contacted, and not closed for long."""


_SET = text(
    "INSERT INTO timer (case_id, kind, due_at, data) VALUES (:case_id, :kind, :due_at, :data)"
    " ON CONFLICT (case_id, kind) DO UPDATE SET due_at = EXCLUDED.due_at, data = EXCLUDED.data, not_before = NULL"
).bindparams(bindparam("data", type_=JSONB))
_CLEAR = text("DELETE FROM timer WHERE case_id = :case_id AND kind = ANY(CAST(:kinds AS text[]))")
_DUE = text(
    "SELECT case_id FROM timer WHERE due_at <= now() AND coalesce(not_before <= now(), true)"
    " GROUP BY case_id ORDER BY min(due_at) LIMIT :limit"
)
_OF_CASE = text(
    "SELECT kind, due_at, data FROM timer WHERE case_id = :case_id AND due_at <= now() ORDER BY due_at, kind"
)
_PUT_OFF = text(
    "UPDATE timer SET not_before = now() + make_interval(secs => :seconds) WHERE case_id = :case_id AND due_at <= now()"
)


@dataclass(frozen=True, slots=True)
class Timer:
    kind: Kind
    due_at: datetime
    data: Mapping[str, Any]


async def start(
    tx: AsyncConnection, case_id: UUID, kind: Kind, due_at: datetime, data: Mapping[str, Any] | None = None
) -> None:
    """A case has one timer of a kind; a new one takes the place of the old."""
    await tx.execute(_SET, {"case_id": case_id, "kind": kind.value, "due_at": due_at, "data": dict(data or {})})


async def clear(tx: AsyncConnection, case_id: UUID, kinds: Collection[Kind] = tuple(Kind)) -> None:
    await tx.execute(_CLEAR, {"case_id": case_id, "kinds": [kind.value for kind in kinds]})


async def due_cases(tx: AsyncConnection, limit: int) -> list[UUID]:
    """Cases of which a timer is due, the longest overdue first. Nothing is locked."""
    return list((await tx.execute(_DUE, {"limit": limit})).scalars())


async def due(tx: AsyncConnection, case_id: UUID) -> list[Timer]:
    """What is due of a case that the caller has locked."""
    return [Timer(Kind(row.kind), row.due_at, row.data) for row in await tx.execute(_OF_CASE, {"case_id": case_id})]


async def put_off(tx: AsyncConnection, case_id: UUID, seconds: float) -> None:
    """Look at what is due of a case again, but later. It stays due: the auditor sees how long nothing came of it."""
    await tx.execute(_PUT_OFF, {"case_id": case_id, "seconds": seconds})
