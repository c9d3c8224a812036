"""What somebody who leads a recovery team looks at: who holds what, what goes wrong, and how it went lately."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HOLDERS = text(
    """
    SELECT claimed_by AS name, count(*) FILTER (WHERE state = 'claimed') AS to_contact,
        count(*) FILTER (WHERE state = 'contacted') AS to_close, min(claimed_at) AS oldest_at,
        count(*) FILTER (WHERE state = 'claimed' AND coalesce(callback_at, contact_due_at) < now()) AS overdue
    FROM recovery_case WHERE tenant = :tenant AND state IN ('claimed', 'contacted') AND claimed_by IS NOT NULL
    GROUP BY claimed_by ORDER BY overdue DESC, count(*) DESC, claimed_by
    """
)
_UNDELIVERED = text(
    """
    SELECT c.id AS case_id, n.channel, n.problem, n.created_at FROM notification n
    JOIN recovery_case c ON c.id = n.case_id
    WHERE n.tenant = :tenant AND n.state = 'dead' AND c.state = 'open' AND n.episode = c.episode
    ORDER BY n.id DESC LIMIT :limit
    """
)
# Not what was said before the case was looked after anew.
_UNANSWERED = text(
    """
    SELECT DISTINCT ON (c.id) c.id AS case_id, t.what, t.at FROM timeline t JOIN recovery_case c ON c.id = t.case_id
    WHERE c.tenant = :tenant AND c.state = 'open' AND t.what IN ('nobody_on_call', 'exhausted')
        AND NOT EXISTS (SELECT FROM timeline anew WHERE anew.case_id = c.id AND anew.id > t.id
            AND anew.what IN ('released', 'lapsed', 'reopened'))
    ORDER BY c.id, t.id DESC LIMIT :limit
    """
)
# Praise is no recovery. A case counts in the span in which it was closed.
_RESULTS = text(
    """
    SELECT count(*) AS closed, count(*) FILTER (WHERE outcome = 'recovered') AS recovered,
        count(*) FILTER (WHERE outcome = 'dismissed') AS dismissed,
        count(contacted_at) AS contacted, count(*) FILTER (WHERE contacted_at <= contact_due_at) AS in_time,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM claimed_at - opened_at)) AS claim_p50,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM claimed_at - opened_at)) AS claim_p90,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM contacted_at - opened_at)) AS contact_p50,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM contacted_at - opened_at)) AS contact_p90,
        count(rerated_at) AS rerated, avg(rerated_percent) AS rerated_percent
    FROM recovery_case
    WHERE tenant = :tenant AND state = 'closed' AND play <> 'thank'
      AND closed_at >= now() - make_interval(days => :days)
    """
)
_NAMES = text(
    """
    SELECT name FROM account WHERE tenant = :tenant AND disabled_at IS NULL
    UNION SELECT claimed_by FROM recovery_case
    WHERE tenant = :tenant AND claimed_by IS NOT NULL AND state IN ('claimed', 'contacted')
    """
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with cases. ``oldest_at``: since when they have the one they have had longest."""

    name: str
    to_contact: int
    to_close: int
    oldest_at: datetime | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message about a case that is still open, given up."""

    case_id: UUID
    channel: str
    problem: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An open case of which nobody could be told, or nobody is left to be told."""

    case_id: UUID
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """How the cases closed in some days went. Times are seconds from the opening; None without any."""

    closed: int
    recovered: int
    dismissed: int
    contacted: int
    in_time: int
    claim_p50: float | None
    claim_p90: float | None
    contact_p50: float | None
    contact_p90: float | None
    rerated: int
    rerated_percent: float | None


async def holders(tx: AsyncConnection, tenant: str) -> list[Holder]:
    """Those with something overdue first."""
    return [Holder(**row._mapping) for row in await tx.execute(_HOLDERS, {"tenant": tenant})]


async def undelivered(tx: AsyncConnection, tenant: str, limit: int) -> list[Undelivered]:
    return [Undelivered(*row) for row in await tx.execute(_UNDELIVERED, {"tenant": tenant, "limit": limit})]


async def unanswered(tx: AsyncConnection, tenant: str, limit: int) -> list[Unanswered]:
    return [Unanswered(*row) for row in await tx.execute(_UNANSWERED, {"tenant": tenant, "limit": limit})]


async def results(tx: AsyncConnection, tenant: str, days: int) -> Results:
    return Results(**(await tx.execute(_RESULTS, {"tenant": tenant, "days": days})).one()._mapping)


async def names(tx: AsyncConnection, tenant: str) -> list[str]:
    """Everybody with an account or a case."""
    return list((await tx.execute(_NAMES, {"tenant": tenant})).scalars())
