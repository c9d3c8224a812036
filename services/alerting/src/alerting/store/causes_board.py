"""The causes of many cases: how often each was chosen, and what those customers wrote."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case.state import Cause, Outcome
from alerting.core.causes import Tally

# What the contact's own report says goes before what the survey tool says of it.
OF_CASES = """
    FROM recovery_case c
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
"""
TEAM = "coalesce(contact.team, a.team)"
REASON = "coalesce(contact.reason, a.contact_reason)"
CHANNEL = "coalesce(contact.channel, a.channel)"

# Praise has no cause of unhappiness; a dismissed case has none either.
_CHOSEN = f"""
    c.tenant = :tenant AND c.state = 'closed' AND c.cause IS NOT NULL AND c.play <> 'thank'
      AND c.closed_at >= :since AND c.closed_at < :until
      AND (CAST(:team AS text) IS NULL OR {TEAM} = :team)
      AND (CAST(:reason AS text) IS NULL OR {REASON} = :reason)
      AND (CAST(:channel AS text) IS NULL OR {CHANNEL} = :channel)
"""
_TALLIES = text(
    f"""
    SELECT c.cause, c.outcome, to_char(c.closed_at AT TIME ZONE :zone, 'IYYY-"W"IW') AS week, count(*) AS count,
        {TEAM} AS team, {REASON} AS reason
    {OF_CASES} WHERE {_CHOSEN} GROUP BY 1, 2, 3, 5, 6
    """
)
_WORDS = text(
    f"""
    SELECT c.id AS case_id, c.cause, c.outcome, c.closed_at, {TEAM} AS team, {REASON} AS reason,
        said.comment, said.language, said.occurred_at
    {OF_CASES} JOIN assessment said ON said.case_id = c.id AND said.comment IS NOT NULL
    WHERE {_CHOSEN} AND (CAST(:cause AS text) IS NULL OR c.cause = :cause)
    ORDER BY c.closed_at DESC, c.id, said.occurred_at LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Period:
    """Cases closed from ``since`` on and before ``until``; of one team, contact reason or channel where it is named."""

    since: datetime
    until: datetime
    team: str | None = None
    reason: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class SaidWords:
    """What one customer wrote. Personal: for the desk and for keys that may read alerts."""

    case_id: UUID
    cause: Cause
    outcome: Outcome
    closed_at: datetime
    team: str | None
    reason: str | None
    comment: str
    language: str | None
    occurred_at: datetime


async def tallies(tx: AsyncConnection, tenant: str, period: Period, zone: ZoneInfo) -> list[Tally]:
    """What ``pareto`` makes a board of. Weeks begin on Monday by the clocks of ``zone``."""
    rows = await tx.execute(_TALLIES, {"tenant": tenant, "zone": zone.key, **asdict(period)})
    return [Tally(**row._mapping) for row in rows]


async def words(
    tx: AsyncConnection, tenant: str, period: Period, *, cause: Cause | None = None, limit: int = 50
) -> list[SaidWords]:
    """The customers' words behind the board, those closed last first."""
    values = {"tenant": tenant, "cause": cause, "limit": limit, **asdict(period)}
    return [SaidWords(**row._mapping) for row in await tx.execute(_WORDS, values)]
