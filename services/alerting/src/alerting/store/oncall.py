"""What the rows say about who is on call: overrides, and the shifts that the kept calendars tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall import schedule as plan
from alerting.core.oncall.schedule import Override, Schedule, Shift
from alerting.core.oncall.shifts import Coverage, Gap, coverage, gaps_of

_OVERRIDES = text(
    """
    SELECT id::text, person, effect, layer, starts, least(ends, ended_at) FROM oncall_override
    WHERE tenant = :tenant AND schedule = :schedule AND ends > :start AND starts < :end
      AND (ended_at IS NULL OR ended_at > greatest(starts, CAST(:start AS timestamptz)))
    ORDER BY number
    """
)
_SHIFTS = text(
    "SELECT layer, person, starts, ends, mark FROM oncall_shift"
    " WHERE schedule = :schedule AND layer = ANY(CAST(:layers AS int[])) AND ends > :start AND starts < :end"
    " ORDER BY starts, person"
)

_NOW = text("SELECT now()")


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything the rows say about one schedule in a span of time."""

    overrides: tuple[Override, ...]
    shifts: tuple[Shift, ...]


async def on_call(tx: AsyncConnection, tenant: str, schedule: Schedule, at: datetime) -> tuple[tuple[str, ...], ...]:
    """For each layer the ids of who is on call at ``at`` (aware); an empty tuple: nobody."""
    found = await roster(tx, tenant, schedule, at, at + _A_MOMENT)
    return plan.on_call(schedule, at, found.overrides, found.shifts)


async def roster(tx: AsyncConnection, tenant: str, schedule: Schedule, start: datetime, end: datetime) -> Roster:
    """All that touches the time from ``start`` until before ``end``; two queries at most."""
    span = {"schedule": schedule.id, "start": start, "end": end}
    overrides = tuple(Override(*row) for row in await tx.execute(_OVERRIDES, {**span, "tenant": tenant}))
    return Roster(overrides, await _shifts(tx, [number for number, _ in schedule.calendars], span))


async def covered(
    tx: AsyncConnection, tenant: str, schedule: Schedule, start: datetime, end: datetime
) -> list[Coverage]:
    """Who is on call on every layer from ``start`` until before ``end``, without a hole."""
    found = await roster(tx, tenant, schedule, start, end)
    return coverage(schedule, start, end, found.overrides, found.shifts)


async def gaps(tx: AsyncConnection, tenant: str, schedule: Schedule, start: datetime, end: datetime) -> list[Gap]:
    """When nobody is on call on any layer."""
    return gaps_of(schedule, await covered(tx, tenant, schedule, start, end))


async def clock(tx: AsyncConnection) -> datetime:
    """The database's, in UTC."""
    now: datetime = (await tx.execute(_NOW)).scalar_one()
    return now


async def _shifts(tx: AsyncConnection, layers: Sequence[int], span: dict[str, object]) -> tuple[Shift, ...]:
    if not layers:
        return ()
    found = await tx.execute(_SHIFTS, {**span, "layers": list(layers)})
    return tuple(Shift(row.layer, row.person, row.starts, row.ends, "calendar", row.mark) for row in found)


_A_MOMENT = datetime.resolution
