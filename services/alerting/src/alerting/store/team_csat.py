"""How satisfied the customers of each team are lately, and were before, from alerting's own assessments."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.rules.rule import TeamCsat
from alerting.core.rules.team_csat_drop import BEFORE_DAYS, Settings
from events.scales import SCALES

DIMENSION = "team_csat"

_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('alerting team csat'), 0)")
# What the contact's own report says goes before what the survey tool says of it. The past is read only for the teams
# that have answers enough lately.
_COUNTS = text(
    """
    WITH lately AS (
        SELECT a.tenant, coalesce(c.team, a.team) AS team, a.scale, a.score, count(*) AS answers
        FROM assessment a LEFT JOIN contact c ON c.tenant = a.tenant AND c.interaction_id = a.interaction_id
        WHERE a.instrument = 'csat' AND a.score IS NOT NULL
          AND a.occurred_at > now() - CAST(:lately AS interval) AND a.occurred_at <= now()
        GROUP BY 1, 2, 3, 4
    ), busy AS (
        SELECT tenant, team FROM lately WHERE team IS NOT NULL GROUP BY 1, 2 HAVING sum(answers) >= :fewest
    ), before AS (
        SELECT a.tenant, coalesce(c.team, a.team) AS team, a.scale, a.score, count(*) AS answers
        FROM assessment a LEFT JOIN contact c ON c.tenant = a.tenant AND c.interaction_id = a.interaction_id
        WHERE EXISTS (SELECT FROM busy) AND a.instrument = 'csat' AND a.score IS NOT NULL
          AND a.occurred_at > now() - CAST(:lately AS interval) - CAST(:before AS interval)
          AND a.occurred_at <= now() - CAST(:lately AS interval)
        GROUP BY 1, 2, 3, 4
    )
    SELECT tenant, team, scale, score, answers, true AS lately FROM lately JOIN busy USING (tenant, team)
    UNION ALL
    SELECT tenant, team, scale, score, answers, false FROM before JOIN busy USING (tenant, team)
    """
)
# Not again while what it was opened for still weighs in "lately": somebody has just looked at it.
_OPEN = text(
    """
    INSERT INTO incident (tenant, dimension, key, owner, title)
    SELECT CAST(:tenant AS text), CAST(:dimension AS text), CAST(:team AS text), CAST(:owner AS text),
           CAST(:title AS text)
    WHERE NOT EXISTS (
        SELECT FROM incident WHERE tenant = :tenant AND dimension = :dimension AND key = :team
          AND closed_at > now() - CAST(:lately AS interval))
    ON CONFLICT DO NOTHING RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Team:
    tenant: str
    team: str
    csat: TeamCsat


async def take_turn(tx: AsyncConnection) -> bool:
    """Whether we are the one who looks, until the transaction ends."""
    return bool(await tx.scalar(_TAKE_TURN))


async def compare(tx: AsyncConnection, hours: int, fewest: int) -> list[Team]:
    """The teams with at least ``fewest`` CSAT answers in the last ``hours``, with what they had in 28 days before."""
    asked = {"lately": timedelta(hours=hours), "before": timedelta(days=BEFORE_DAYS), "fewest": fewest}
    counts: dict[tuple[str, str], dict[tuple[bool, bool], int]] = defaultdict(lambda: defaultdict(int))
    for row in await tx.execute(_COUNTS, asked):
        satisfied = SCALES[row.scale].sentiment(row.score) == "satisfied"
        counts[row.tenant, row.team][row.lately, satisfied] += row.answers
    return [
        Team(tenant, team, _csat(found)) for (tenant, team), found in sorted(counts.items(), key=lambda item: item[0])
    ]


def _csat(found: dict[tuple[bool, bool], int]) -> TeamCsat:
    lately, before = found[True, True], found[False, True]
    return TeamCsat(lately, lately + found[True, False], before, before + found[False, False])


async def open_incident(tx: AsyncConnection, team: Team, title: str, settings: Settings) -> UUID | None:
    """The new incident; None where one is open for the team already, or was closed within ``settings.hours``."""
    values = {"tenant": team.tenant, "dimension": DIMENSION, "team": team.team, "title": title}
    more = {"owner": settings.owner, "lately": timedelta(hours=settings.hours)}
    opened: UUID | None = await tx.scalar(_OPEN, {**values, **more})
    return opened
