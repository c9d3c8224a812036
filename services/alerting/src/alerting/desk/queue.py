"""The queue: what waits, the most urgent first; one click takes it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from alerting.core.case import Case, Claim, Refusal
from alerting.desk import filters, forms, standing, visitor, words
from alerting.desk.filters import ME, Filters
from alerting.desk.pages import HOME
from alerting.desk.room import Room
from alerting.desk.standing import Row
from alerting.store import context, queue
from alerting.store.case_view import CaseView
from alerting.store.queue import Share, Wanted
from events.hours.zones import day_start, local_day
from events.runtime.database import transaction

A_PAGE = 50
EVER = datetime(2000, 1, 1, tzinfo=UTC)
CLOSED_SHOWN = 10
FACETS = ("team", "channel", "reason", "play", "tier")


@dataclass(frozen=True, slots=True)
class Counts:
    """All unsettled cases, whatever is looked for. ``mine``: those of whoever looks."""

    open: int
    claimed: int
    contacted: int
    overdue: int
    mine: int


@dataclass(frozen=True, slots=True)
class Listing:
    """Attributes:
    total: how many were found, of which ``rows`` are a page.
    closed: those closed today, or those looked for.
    """

    rows: Sequence[Row]
    total: int
    closed: Sequence[CaseView]
    more_closed: bool


class Queue:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        guard = self._room.entrance.guard
        return [
            Route("/", guard(self.show), methods=["GET"]),
            Route("/claim/{case_id:uuid}", guard(self.claim), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        return await self._show(request, filters.read(request.query_params))

    async def claim(self, request: Request) -> Response:
        """Take a case from its row, and open it. Whoever comes second stays in the queue and reads who was first."""
        form = await visitor.read_form(request, self._room.access)
        action = Claim(by=visitor.present(request).name, version=forms.version(form))
        case_id = request.path_params["case_id"]
        result = await self._room.cases.act(self._room.tenant, case_id, action)
        if isinstance(result, Case):
            return RedirectResponse(f"{HOME}cases/{case_id}", 303)
        said = words.too_late(result.case) if isinstance(result, Refusal) else "There is no such case any more."
        return await self._show(request, filters.read(form), said, 409)

    async def _show(self, request: Request, looked_for: Filters, complaint: str = "", status: int = 200) -> Response:
        me = visitor.present(request).name
        async with transaction(self._room.engine) as tx:
            shares = await queue.makeup(tx, self._room.tenant)
            listing = await self._listing(tx, looked_for, me)
        return self._room.pages.render(
            request,
            "queue.html",
            status,
            filters=looked_for,
            listing=listing,
            counts=_counts(shares, me),
            facets=_facets(shares, looked_for),
            people=_people(shares, looked_for),
            complaint=complaint,
            ME=ME,
            A_PAGE=A_PAGE,
        )

    async def _listing(self, tx: AsyncConnection, looked_for: Filters, me: str) -> Listing:
        wanted = looked_for.wanted(me)
        if looked_for.state == "closed":
            return await self._closed(tx, looked_for, wanted)
        line = await context.queue(tx, self._room.tenant)
        found = standing.rows(await queue.unsettled(tx, self._room.tenant, wanted), line)
        rows = [row for row in found if looked_for.due in ("", row.due.urgency)]
        start = (looked_for.page - 1) * A_PAGE
        today = day_start(local_day(line.now, self._room.zone), self._room.zone)
        plain = not looked_for.said and looked_for.page == 1
        closed = await queue.closed(tx, self._room.tenant, wanted, today, CLOSED_SHOWN) if plain else []
        return Listing(rows[start : start + A_PAGE], len(rows), closed, False)

    async def _closed(self, tx: AsyncConnection, looked_for: Filters, wanted: Wanted) -> Listing:
        start = (looked_for.page - 1) * A_PAGE
        found = await queue.closed(tx, self._room.tenant, wanted, EVER, A_PAGE + 1, start)
        return Listing([], 0, found[:A_PAGE], len(found) > A_PAGE)


def _counts(shares: Iterable[Share], me: str) -> Counts:
    states: Counter[str] = Counter()
    overdue = mine = 0
    for share in shares:
        states[share.state] += share.count
        overdue += share.overdue
        mine += share.count if share.person == me else 0
    return Counts(states["open"], states["claimed"], states["contacted"], overdue, mine)


def _facets(shares: Sequence[Share], looked_for: Filters) -> dict[str, list[str]]:
    """What can be looked for: all there is, and what is looked for already."""
    return {
        name: sorted({value for share in shares if (value := getattr(share, name))} | _chosen(looked_for, name))
        for name in FACETS
    }


def _people(shares: Iterable[Share], looked_for: Filters) -> dict[str, str]:
    """Everybody who has a case, by what an address calls them."""
    names = sorted({share.person for share in shares if share.person}, key=str.casefold)
    found = {queue.person_key(name): name for name in names}
    return dict.fromkeys(_chosen(looked_for, "person") - {ME}, "somebody else") | found


def _chosen(looked_for: Filters, name: str) -> set[str]:
    value = getattr(looked_for, name)
    return {value} if value else set()
