"""Reads what a digest is about, in one transaction, and puts it together."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction
from scoring.core.attribution import UNATTRIBUTED
from scoring.core.digest import busy, quotes, report
from scoring.core.digest.period import Period
from scoring.core.digest.plan import Plan
from scoring.core.digest.quotes import Remark
from scoring.core.digest.report import Cause, Report, Row
from scoring.core.measures import Sums
from scoring.core.retention import Retention
from scoring.core.window import Window
from scoring.store import remarks
from scoring.store.causes import causes
from scoring.store.panes import Panes

BREAKDOWN = 3
"""So many of a plan's metrics are shown by team or channel, beside the volume."""

CLASSES: tuple[quotes.Class, ...] = ("dissatisfied", "satisfied", "neutral")


class Reader:
    def __init__(self, engine: AsyncEngine, panes: Panes, retention: Retention | None = None) -> None:
        self._engine = engine
        self._panes = panes
        self._retention = retention or Retention()

    async def report(self, plan: Plan, period: Period, now: datetime) -> Report:
        """The digest of a period as it is known at ``now``. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            windows = [self._window(one, now) for one in (period, period.compared())]
            return await _Reading(tx, self._panes, plan, period, windows, now).read()

    def _window(self, period: Period, now: datetime) -> Window:
        """Where days begin at half past, and those minutes are forgotten, the hour they were in counts whole."""
        return self._retention.shown(Window.between(period.start, period.end), now)


class _Reading:
    def __init__(
        self,
        tx: AsyncConnection,
        panes: Panes,
        plan: Plan,
        period: Period,
        windows: Sequence[Window],
        now: datetime,
    ) -> None:
        self._tx = tx
        self._panes = panes
        self._plan = plan
        self._period = period
        self._windows = windows
        self._window = windows[0]
        self._now = now

    async def read(self) -> Report:
        plan, period = self._plan, self._period
        now, before = await self._both(plan.dimension)
        whole = (
            report.total(now.get(key, {}) for key in plan.keys),
            report.total(before.get(k, {}) for k in plan.keys),
        )
        rows = await self._rows()
        channels = await self._channels()
        return Report(
            title=plan.title,
            about=plan.about,
            period=period,
            compared=period.compared(),
            made_at=self._now,
            headlines=report.figures(plan.metrics, *whole),
            breakdown=plan.breakdown()[0],
            rows=rows[: report.MOST_ROWS],
            left_out=max(0, len(rows) - report.MOST_ROWS),
            recovery=report.figures(report.RECOVERY_METRICS, *whole),
            causes=await self._causes(),
            reasons=report.unhappiest(*await self._both("reason")) if plan.dimension == "all" else None,
            channels=channels,
            busiest=await self._busiest(channels),
            quotes=await self._quotes(),
        )

    async def _both(self, dimension: str) -> tuple[Mapping[str, Sums], Mapping[str, Sums]]:
        now, before = [
            await self._panes.sums(self._tx, self._plan.tenant, dimension, window, now=self._now)
            for window in self._windows
        ]
        return now, before

    async def _rows(self) -> tuple[Row, ...]:
        dimension, keys = self._plan.breakdown()
        names = report.with_beside((*self._plan.metrics[:BREAKDOWN], "contact_volume"))
        return report.rows(names, *(_only(sums, keys) for sums in await self._both(dimension)))

    async def _channels(self) -> tuple[Row, ...]:
        """The volume of each channel, of the plan's teams alone where it has some."""
        if not self._plan.teams:
            found = [_only(sums, self._plan.channels or None) for sums in await self._both("channel")]
        else:
            found = [_by_channel(sums, self._plan) for sums in await self._both("channel_team")]
        return report.rows(("contact_volume",), *found)

    async def _busiest(self, channels: tuple[Row, ...]) -> tuple[busy.BusyHour, ...]:
        """The busiest hours of every channel that has contacts."""
        found: list[busy.BusyHour] = []
        for row in channels[: busy.CHANNELS]:
            hours = [hour for key in self._keys_of(row.key) for hour in await self._hours(*key)]
            found += busy.busiest(row.key, hours, self._period)
        return tuple(found)

    def _keys_of(self, channel: str) -> list[tuple[str, str]]:
        if not self._plan.teams:
            return [("channel", channel)]
        return [("channel_team", f"{channel}/{team}") for team in self._plan.teams]

    async def _hours(self, dimension: str, key: str) -> list[tuple[datetime, int]]:
        series = await self._panes.series(
            self._tx,
            self._plan.tenant,
            dimension,
            key,
            self._window,
            "hour",
            now=self._now,
            measures=("contacts",),
        )
        return [(start, sums["contacts"]) for start, sums in series]

    async def _causes(self) -> tuple[Cause, ...] | None:
        if self._plan.channels:
            return None
        return report.causes(await causes(self._tx, self._plan.tenant, self._window), self._plan.teams)

    async def _quotes(self) -> tuple[Remark, ...]:
        plan, window = self._plan, self._window
        if not plan.quotes:
            return ()
        agents = await self._panes.sums(
            self._tx, plan.tenant, "agent", window, now=self._now, measures=("contacts", "csat_satisfied")
        )
        found = [r for class_ in CLASSES for r in await remarks.between(self._tx, plan.tenant, window, class_)]
        wanted = [r for r in found if plan.covers(r.team, r.channel)]
        return quotes.chosen(wanted, plan.quotes, agents.keys() - {UNATTRIBUTED})


def _only(sums: Mapping[str, Sums], keys: tuple[str, ...] | None) -> Mapping[str, Sums]:
    return sums if keys is None else {key: sums[key] for key in keys if key in sums}


def _by_channel(sums: Mapping[str, Sums], plan: Plan) -> Mapping[str, Sums]:
    by: dict[str, list[Sums]] = {}
    for key, found in sums.items():
        channel, _, team = key.partition("/")
        if plan.covers(team, channel):
            by.setdefault(channel, []).append(found)
    return {channel: report.total(parts) for channel, parts in by.items()}
