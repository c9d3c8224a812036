"""The auditor in small: is anybody's case forgotten?"""

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
    SELECT count(*) FROM recovery_case WHERE state = 'open' AND NOT EXISTS (
        SELECT FROM notification n WHERE n.case_id = recovery_case.id
          AND (n.state = 'sent' OR (n.state = 'queued' AND n.channel = ANY(CAST(:channels AS text[])))))
    """
)
_REPORTS = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(changed_at)), 0)::float8 FROM case_report")


@dataclass(frozen=True, slots=True)
class Audit:
    """Over all tenants.

    Attributes:
        by_state: cases that are not closed.
        oldest_open_seconds: how long the oldest unclaimed case has waited; 0 without one.
        without_next_step: unclaimed cases nobody was told of and nobody will be.
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
