"""Digests that are due, as rows: one per digest, period and destination, leased to one replica at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from scoring.core.digest.period import Period

LEASE_SECONDS = 300.0

# What is configured for the first time begins with its next period: nobody expects mail the moment a file is saved.
_PLAN = text(
    "INSERT INTO digest_delivery (tenant, digest, destination, first, end_day, state, problem)"
    " SELECT new.tenant, new.digest, new.destination, new.first, new.end_day,"
    " CASE WHEN known.known THEN 'due' ELSE 'skipped' END,"
    " CASE WHEN known.known THEN NULL ELSE 'was over when this digest was first configured' END"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:digests AS text[]), CAST(:destinations AS text[]),"
    " CAST(:firsts AS date[]), CAST(:ends AS date[])) AS new(tenant, digest, destination, first, end_day)"
    " CROSS JOIN LATERAL (SELECT count(*) > 0 AS known, max(d.end_day) AS newest FROM digest_delivery d"
    " WHERE (d.tenant, d.digest, d.destination) = (new.tenant, new.digest, new.destination)) AS known"
    " WHERE known.newest IS NULL OR known.newest < new.end_day"
    " ON CONFLICT DO NOTHING"
)
# Whoever was away for long gets the newest alone.
_SUPERSEDE = text(
    "UPDATE digest_delivery old SET state = 'parked', problem = concat_ws(': ', 'a newer one is due', old.problem)"
    " FROM digest_delivery new WHERE old.state = 'due'"
    " AND (new.tenant, new.digest, new.destination) = (old.tenant, old.digest, old.destination)"
    " AND new.end_day > old.end_day AND (old.leased_until IS NULL OR old.leased_until <= now())"
)
_CLAIM = text(
    "WITH due AS (SELECT d.id FROM digest_delivery d"
    " JOIN unnest(CAST(:tenants AS text[]), CAST(:digests AS text[]), CAST(:destinations AS text[]))"
    " AS ours(tenant, digest, destination)"
    " ON (d.tenant, d.digest, d.destination) = (ours.tenant, ours.digest, ours.destination)"
    " WHERE d.state = 'due' AND d.due_at <= now() AND (d.leased_until IS NULL OR d.leased_until <= now())"
    " ORDER BY d.due_at LIMIT :most FOR UPDATE OF d SKIP LOCKED)"
    " UPDATE digest_delivery d SET lease = :lease, leased_until = now() + make_interval(secs => :seconds),"
    " attempts = d.attempts + 1 FROM due WHERE d.id = due.id"
    " RETURNING d.id, d.lease, d.tenant, d.digest, d.destination, d.first, d.end_day, d.attempts,"
    " extract(epoch FROM now() - d.created_at)::float8 AS age"
)
_MARK = text(
    "UPDATE digest_delivery SET state = CAST(:state AS text), problem = :problem, leased_until = NULL,"
    " sent_at = CASE WHEN CAST(:state AS text) = 'sent' THEN now() END,"
    " due_at = now() + make_interval(secs => :seconds)"
    " WHERE id = :id AND lease = :lease AND state = 'due'"
)


class Target(NamedTuple):
    """A digest on its way to one destination."""

    tenant: str
    digest: str
    destination: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery leased to us. Whoever holds the newest ``lease`` may say what became of it. ``age`` in seconds."""

    id: int
    lease: UUID
    target: Target
    first: date
    end_day: date
    attempts: int
    age: float


class Deliveries:
    """Every method raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self._engine = engine
        self._lease_seconds = lease_seconds

    async def plan(self, due: Sequence[tuple[Target, Period]]) -> None:
        """Make a row of each that has none yet; of several that were missed, the newest alone is sent."""
        values = {
            **_columns([target for target, _ in due]),
            "firsts": [period.first for _, period in due],
            "ends": [period.end_day for _, period in due],
        }
        async with transaction(self._engine) as tx:
            if (await tx.execute(_PLAN, values)).rowcount:
                await tx.execute(_SUPERSEDE)

    async def claim(self, targets: Sequence[Target], most: int) -> list[Due]:
        """Lease what is due; what is not marked before the lease ends is handed out again."""
        values: dict[str, Any] = {"lease": uuid4(), "seconds": self._lease_seconds, "most": most, **_columns(targets)}
        async with transaction(self._engine) as tx:
            return [_due(row) for row in await tx.execute(_CLAIM, values)]

    async def sent(self, due: Due) -> None:
        await self._mark(due, "sent")

    async def later(self, due: Due, seconds: float, problem: str) -> None:
        await self._mark(due, "due", problem, seconds)

    async def park(self, due: Due, problem: str) -> None:
        """Given up, with the reason, for people to see."""
        await self._mark(due, "parked", problem)

    async def _mark(self, due: Due, state: str, problem: str | None = None, seconds: float = 0.0) -> None:
        values = {"id": due.id, "lease": due.lease, "state": state, "problem": problem, "seconds": seconds}
        async with transaction(self._engine) as tx:
            await tx.execute(_MARK, values)


def _columns(targets: Sequence[Target]) -> dict[str, list[str]]:
    return {
        "tenants": [target.tenant for target in targets],
        "digests": [target.digest for target in targets],
        "destinations": [target.destination for target in targets],
    }


def _due(row: Any) -> Due:
    target = Target(row.tenant, row.digest, row.destination)
    return Due(row.id, row.lease, target, row.first, row.end_day, row.attempts, row.age)
