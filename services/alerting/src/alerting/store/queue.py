"""The queue: what is not settled, the most urgent first, and what was settled last."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case import UNSETTLED, Play, State
from alerting.store.case_view import COLUMNS, FROM, CaseView

MOST = 1000
"""So many of the most urgent cases are looked at; whoever has more unsettled has no queue but a flood."""

# What is due next: somebody to claim it; the customer to be reached; the case to be closed.
_DUE = f"""
    CASE c.state WHEN 'open' THEN least(c.claim_due_at, c.contact_due_at)
                 WHEN 'claimed' THEN coalesce(c.callback_at, c.contact_due_at)
                 ELSE coalesce(c.callback_at, c.contacted_at + interval '{UNSETTLED.days} days') END
"""
WANTED = """
    c.tenant = :tenant
      AND (CAST(:state AS text) IS NULL OR c.state = :state)
      AND (CAST(:team AS text) IS NULL OR coalesce(contact.team, a.team) = :team)
      AND (CAST(:channel AS text) IS NULL OR coalesce(contact.channel, a.channel) = :channel)
      AND (CAST(:reason AS text) IS NULL OR c.reason = :reason)
      AND (CAST(:play AS text) IS NULL OR c.play = :play)
      AND (CAST(:tier AS text) IS NULL OR coalesce(c.customer_tier, contact.customer_tier) = :tier)
      AND (CAST(:person AS text) IS NULL
           OR left(encode(sha256(convert_to(c.claimed_by, 'UTF8')), 'hex'), 12) = :person)
"""
_UNSETTLED = text(
    f"""SELECT {COLUMNS}, {_DUE} AS due_at {FROM} WHERE {WANTED} AND c.state <> 'closed'
    ORDER BY due_at, c.id LIMIT {MOST}"""
)
_CLOSED = text(
    f"""SELECT {COLUMNS} {FROM} WHERE {WANTED} AND c.state = 'closed' AND c.closed_at >= :since
    ORDER BY c.closed_at DESC, c.id LIMIT :limit OFFSET :offset"""
)
_MAKEUP = text(
    f"""
    SELECT c.state, c.reason, c.play, coalesce(contact.team, a.team) AS team,
        coalesce(contact.channel, a.channel) AS channel, coalesce(c.customer_tier, contact.customer_tier) AS tier,
        c.claimed_by AS person, count(*) AS count,
        count(*) FILTER (WHERE {_DUE} < now()) AS overdue
    {FROM} WHERE c.tenant = :tenant AND c.state <> 'closed' GROUP BY 1, 2, 3, 4, 5, 6, 7
    """
)


_NOW = text("SELECT now()")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases; None: any. ``state`` None is every state but closed; ``person`` is the key of whoever has it."""

    state: State | None = None
    team: str | None = None
    channel: str | None = None
    reason: str | None = None
    play: Play | None = None
    tier: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A case that is not closed. ``due_at``: when the next thing is due."""

    case: CaseView
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Share:
    """How many unsettled cases are alike in all of this."""

    state: State
    reason: str
    play: Play
    team: str | None
    channel: str | None
    tier: str | None
    person: str | None
    count: int
    overdue: int


def person_key(name: str) -> str:
    """What an address calls a colleague: names are in no address, for addresses are logged and shared."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


async def now(tx: AsyncConnection) -> datetime:
    """By the database's clock, which decides what is late."""
    moment: datetime = (await tx.execute(_NOW)).scalar_one()
    return moment


async def unsettled(tx: AsyncConnection, tenant: str, wanted: Wanted) -> list[Queued]:
    """By when the next thing is due; at most MOST."""
    return [_queued(row) for row in await tx.execute(_UNSETTLED, {"tenant": tenant, **asdict(wanted)})]


async def closed(
    tx: AsyncConnection, tenant: str, wanted: Wanted, since: datetime, limit: int, offset: int = 0
) -> list[CaseView]:
    """Closed from ``since`` on, the last one first."""
    values = {"tenant": tenant, **asdict(wanted), "state": None, "since": since, "limit": limit, "offset": offset}
    return [CaseView(**row._mapping) for row in await tx.execute(_CLOSED, values)]


async def makeup(tx: AsyncConnection, tenant: str) -> list[Share]:
    """What the unsettled cases are made of: for counts, and for what can be looked for."""
    return [Share(**row._mapping) for row in await tx.execute(_MAKEUP, {"tenant": tenant})]


def _queued(row: Any) -> Queued:
    values = dict(row._mapping)
    due_at = values.pop("due_at")
    return Queued(CaseView(**values), due_at)
