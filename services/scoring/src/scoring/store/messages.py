"""Messages to people: queued with what they tell of, leased to one sender at a time, kept with what became of them.

Their words go once they are settled; no URL is ever stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Kind = Literal["award", "praise"]
Route = Literal["destination", "agent", "manager"]

_QUEUE = text(
    "INSERT INTO message (tenant, kind, subject, route, name, team, title, body)"
    " VALUES (:tenant, :kind, :subject, :route, :name, :team, :title, :body) ON CONFLICT DO NOTHING"
)
_CLAIM = text(
    "WITH due AS (SELECT id FROM message WHERE state = 'queued' AND due_at <= now()"
    " AND (leased_until IS NULL OR leased_until <= now()) ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED)"
    " UPDATE message m SET lease = :lease, leased_until = now() + make_interval(secs => :seconds),"
    " attempts = attempts + 1 FROM due WHERE m.id = due.id"
    " RETURNING m.id, m.lease, m.tenant, m.kind, m.route, m.name, m.team, m.title, m.body, m.attempts,"
    " extract(epoch FROM now() - m.created_at)::float8 AS age"
)
_LATER = text(
    "UPDATE message SET due_at = now() + make_interval(secs => :seconds), problem = :problem, leased_until = NULL"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)
_SETTLE = text(
    "UPDATE message SET state = :state, problem = :problem, body = NULL, leased_until = NULL, settled_at = now()"
    " WHERE id = :id AND lease = :lease AND state = 'queued'"
)
_WITHDRAW = text(
    "UPDATE message SET state = CASE WHEN state = 'queued' THEN 'withdrawn' ELSE state END, body = NULL,"
    " settled_at = coalesce(settled_at, now())"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:subjects AS text[])) AS gone(tenant, subject)"
    " WHERE message.tenant = gone.tenant AND message.subject = gone.subject AND kind = :kind"
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient. ``name``: of the destination, or the agent it is about."""

    tenant: str
    kind: Kind
    subject: str
    route: Route
    name: str
    title: str
    body: str
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Leased:
    """A message that is ours to send until the lease ends. ``age`` in seconds since it was queued."""

    id: int
    lease: UUID
    tenant: str
    kind: Kind
    route: Route
    name: str
    team: str | None
    title: str
    body: str
    attempts: int
    age: float


async def queue(tx: AsyncConnection, messages: Sequence[Message]) -> None:
    """Each recipient is told of each subject once."""
    for message in messages:
        values = {name: getattr(message, name) for name in Message.__slots__}
        await tx.execute(_QUEUE, values)


async def claim(tx: AsyncConnection, most: int, seconds: float) -> list[Leased]:
    """Lease what is due; what is not settled before the lease ends is handed out again."""
    found = await tx.execute(_CLAIM, {"most": most, "lease": uuid4(), "seconds": seconds})
    return [
        Leased(
            row.id, row.lease, row.tenant, row.kind, row.route, row.name, row.team, row.title, row.body or "",
            row.attempts, row.age,
        )
        for row in found
    ]  # fmt: skip


async def later(tx: AsyncConnection, message: Leased, seconds: float, problem: str) -> None:
    await tx.execute(_LATER, {"id": message.id, "lease": message.lease, "seconds": seconds, "problem": problem})


async def settle(
    tx: AsyncConnection, message: Leased, state: Literal["sent", "parked"], problem: str | None = None
) -> None:
    values = {"id": message.id, "lease": message.lease, "state": state, "problem": problem}
    await tx.execute(_SETTLE, values)


async def withdraw(tx: AsyncConnection, kind: Kind, subjects: Sequence[tuple[str, str]]) -> None:
    """Blank what was said about these (tenant, subject), and send no more of it."""
    values = {"tenants": [tenant for tenant, _ in subjects], "subjects": [subject for _, subject in subjects]}
    await tx.execute(_WITHDRAW, {**values, "kind": kind})
