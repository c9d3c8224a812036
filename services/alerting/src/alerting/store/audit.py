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
_FORGOTTEN = text(
    """
    SELECT count(*) FROM recovery_case c WHERE state <> 'closed' AND NOT (
        (state = 'open' AND (
            EXISTS (SELECT FROM timer t WHERE t.case_id = c.id AND t.kind = 'escalation')
            OR EXISTS (SELECT FROM notification n WHERE n.case_id = c.id AND n.state = 'queued' AND n.what = 'page'
                       AND n.channel = ANY(CAST(:channels AS text[])))
        ) AND EXISTS (SELECT FROM notification n WHERE n.case_id = c.id AND n.what = 'page' AND (
              n.state IN ('sent', 'bundled') OR (n.state = 'queued' AND n.channel = ANY(CAST(:channels AS text[])))))
        )
        OR (state = 'claimed' AND EXISTS (SELECT FROM timer t WHERE t.case_id = c.id AND t.kind = 'lease'))
        OR (state = 'contacted' AND EXISTS (SELECT FROM timer t WHERE t.case_id = c.id AND t.kind = 'settle')))
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
