"""Is anybody's case forgotten?"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction

_STATES = text("SELECT state, count(*) FROM recovery_case WHERE state <> 'closed' GROUP BY state")
_OLDEST = text(
    "SELECT coalesce(extract(epoch FROM now() - min(opened_at)), 0)::float8 FROM recovery_case WHERE state = 'open'"
)
# A timer that is long due and still there is served by nobody, and so is no next step.
_FORGOTTEN = text(
    """
    WITH timers AS NOT MATERIALIZED (SELECT * FROM timer WHERE due_at > now() - interval '5 minutes'),
    told AS NOT MATERIALIZED (
        SELECT n.case_id, n.episode FROM notification n LEFT JOIN notification bundle ON bundle.id = n.bundled_into
        WHERE n.what = 'page' AND (n.state = 'sent' OR (n.state = 'bundled' AND bundle.state IN ('queued', 'sent'))
            OR (n.state = 'queued' AND n.channel = ANY(CAST(:channels AS text[]))))
    )
    SELECT count(*) FROM recovery_case c WHERE state <> 'closed' AND NOT CASE state
        WHEN 'open' THEN EXISTS (
            SELECT FROM timers t WHERE t.case_id = c.id AND t.kind = 'escalation'
              AND (t.data @> '{"round": 0, "number": 0}'
                   OR EXISTS (SELECT FROM told WHERE told.case_id = c.id AND told.episode = c.episode)))
        WHEN 'claimed' THEN EXISTS (SELECT FROM timers t WHERE t.case_id = c.id AND t.kind = 'lease')
        ELSE EXISTS (SELECT FROM timers t WHERE t.case_id = c.id AND t.kind = 'settle') END
    """
)
_REPORTS = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(changed_at)), 0)::float8 FROM case_report")


@dataclass(frozen=True, slots=True)
class Audit:
    """Over all tenants.

    Attributes:
        by_state: cases that are not closed.
        oldest_open_seconds: how long the oldest unclaimed case has waited; 0 without one.
        without_next_step: cases that will go on by no step of ours: open ones that nobody was or will be told of, or
            that nobody else is looked for; claimed ones whose claim never ends; contacted ones nobody is reminded of.
        reports_waiting: changes of cases that the topic ``alerts`` has not been told of.
        oldest_report_seconds: how long the oldest of them has waited; 0 without one.
    """

    by_state: dict[str, int]
    oldest_open_seconds: float
    without_next_step: int
    reports_waiting: int
    oldest_report_seconds: float


async def audit(engine: AsyncEngine, channels: Sequence[str]) -> Audit:
    """What is queued for a channel that is no longer configured is no next step. Raises Unavailable."""
    async with transaction(engine) as tx:
        by_state = {row.state: row[1] for row in await tx.execute(_STATES)}
        oldest = await tx.scalar(_OLDEST)
        forgotten = await tx.scalar(_FORGOTTEN, {"channels": list(channels)})
        waiting, longest = (await tx.execute(_REPORTS)).one()
    return Audit(by_state, float(oldest or 0.0), int(forgotten or 0), waiting, longest)
