"""Warning of gaps before they come: is anybody on call now, and at every moment of the next two weeks?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.oncall.schedule import Schedule
from alerting.core.oncall.shifts import Gap
from alerting.oncall_feeds.telemetry import OncallTelemetry
from alerting.store import oncall, oncall_calendars, oncall_overrides
from events.envelope import DEFAULT_TENANT
from events.runtime.database import transaction

log = structlog.get_logger()

HORIZON = timedelta(days=14)


class Watch:
    """Each gap is logged once when it comes into sight and once when it begins, by every replica; the gauges say it for
    as long as it is so."""

    def __init__(self, engine: AsyncEngine, schedules: Mapping[str, Schedule], telemetry: OncallTelemetry) -> None:
        self._engine = engine
        self._schedules = schedules
        self._telemetry = telemetry
        self._calendars = [(each.id, layer) for each in schedules.values() for layer, _ in each.calendars]
        self._warned: set[_Warning] = set()

    async def look(self) -> None:
        """Raises Unavailable."""
        async with transaction(self._engine) as tx:
            now = await oncall.clock(tx)
            tenants = sorted({DEFAULT_TENANT} | await oncall_overrides.tenants(tx))
            found = {
                (tenant, schedule.id): await oncall.gaps(tx, tenant, schedule, now, now + HORIZON)
                for tenant in tenants
                for schedule in self._schedules.values()
            }
            states = await oncall_calendars.states(tx, self._calendars)
        self._telemetry.calendars(states)
        for name in self._schedules:
            each = [found[tenant, name] for tenant in tenants]
            self._telemetry.covered(
                name,
                seconds=max(sum(gap.seconds for gap in gaps) for gaps in each),
                now=not any(gap.start <= now for gaps in each for gap in gaps),
            )
        self._warn({_warning(tenant, gap, now): gap for (tenant, _), gaps in found.items() for gap in gaps})

    def _warn(self, gaps: Mapping["_Warning", Gap]) -> None:
        for warning in gaps.keys() - self._warned:
            gap = gaps[warning]
            say = log.error if warning.starts is None else log.warning
            span = {"start": gap.start.isoformat(), "end": gap.end.isoformat()}
            say("nobody is on call", tenant=warning.tenant, schedule=gap.schedule, **span)
        self._warned = set(gaps)


class _Warning(NamedTuple):
    """What a gap is known by from one look to the next: one that has begun starts later at each, so by its schedule."""

    tenant: str
    schedule: str
    starts: datetime | None


def _warning(tenant: str, gap: Gap, now: datetime) -> _Warning:
    return _Warning(tenant, gap.schedule, gap.start if gap.start > now else None)
