"""The page of whoever leads a team: what is late, who holds what, who is on call, and how it went lately."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.core.causes import Rate
from alerting.core.clocks.queue import Count
from alerting.core.clocks.standing import Name
from alerting.desk import standing
from alerting.desk.room import Room
from alerting.desk.standing import Row
from alerting.store import context, queue, supervision
from alerting.store.oncall_views import OncallViews, ScheduleNow
from alerting.store.queue import Wanted
from alerting.store.supervision import Holder, Results, Unanswered, Undelivered
from events.runtime.database import transaction

SPANS = (7, 30)
"""Days looked back on."""
MOST_TOLD = 20
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Lately:
    """How the cases closed in the last ``days`` went. Rates are of all closed, and of all contacted."""

    days: int
    results: Results
    recovered: Rate
    in_time: Rate


@dataclass(frozen=True, slots=True)
class Overview:
    """Attributes:
    counts: by clock, how many are overdue and how many are likely to be.
    urgent: the cases that are overdue or likely to be, the first to fall due first.
    """

    states: Mapping[str, int]
    counts: Mapping[Name, Count]
    urgent: Sequence[Row]
    holders: Sequence[Holder]
    on_call: Sequence[ScheduleNow]
    undelivered: Sequence[Undelivered]
    unanswered: Sequence[Unanswered]
    lately: Sequence[Lately]
    colleagues: Sequence[str]


class Supervising:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        return [Route("/team", self._room.entrance.guard(self.show, role="supervisor"), methods=["GET"])]

    async def show(self, request: Request) -> Response:
        async with transaction(self._room.engine) as tx:
            overview = await self._overview(tx)
        return self._room.pages.render(request, "team.html", team=overview)

    async def _overview(self, tx: AsyncConnection) -> Overview:
        tenant, duty = self._room.tenant, self._room.duty
        line = await context.queue(tx, tenant)
        rows = standing.rows(await queue.unsettled(tx, tenant, Wanted()), line)
        states = dict.fromkeys(("open", "claimed", "contacted"), 0)
        for share in await queue.makeup(tx, tenant):
            states[share.state] += share.count
        return Overview(
            states,
            line.counts(),
            [row for row in rows if row.due.urgency in ("overdue", "predicted")][:MOST_SHOWN],
            await supervision.holders(tx, tenant),
            await OncallViews(duty.schedules, duty.people).now(tx, tenant, line.now),
            await supervision.undelivered(tx, tenant, MOST_TOLD),
            await supervision.unanswered(tx, tenant, MOST_TOLD),
            [_lately(days, await supervision.results(tx, tenant, days)) for days in SPANS],
            self._room.colleagues(await supervision.names(tx, tenant)),
        )


def _lately(days: int, found: Results) -> Lately:
    return Lately(days, found, Rate.of(found.recovered, found.closed), Rate.of(found.in_time, found.contacted))
