"""Scorecards and awards that scoring has yet to tell of on its topic. Numbers and pages do not wait for it."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import SCORING, Service

LATE = 600
"""Seconds."""
_STATE = text("SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM scoring.outbox")


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_scoring, SCORING, table="outbox")


async def _scoring(_: Service, tx: AsyncConnection) -> list[Finding]:
    waiting, age = (await tx.execute(_STATE)).one()
    return [judged(waiting, age)]


def judged(waiting: int, age: float) -> Finding:
    """``age`` of the oldest, in seconds."""
    if age > LATE:
        said = f"{count(waiting, 'scorecard or award', 'scorecards and awards')} not told, the oldest for {spoken(age)}"
        return warning(said, "start scoring and Kafka, see the log")
    return fine("scorecards and awards are told")
