"""The causes board: which few causes make most of the unhappy customers, and what those wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.core.case import CAUSES, Cause
from alerting.core.causes import SPLITS, Board, Split, Tally, pareto
from alerting.desk.room import Room
from alerting.store import causes_board, queue
from alerting.store.causes_board import Period
from events.runtime.database import transaction
from events.vocabulary import CHANNELS

DAYS = (7, 30, 90, 365)
USUAL_DAYS = 30
WORDS_SHOWN = 30
LONGEST = 128
FACETS = ("team", "reason")


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked at; "" is everything."""

    days: int = USUAL_DAYS
    by: Split | None = None
    team: str = ""
    reason: str = ""
    channel: str = ""
    cause: Cause | None = None

    def query(self, **changes: str | int) -> str:
        said = {name: value for name, value in {**asdict(self), **changes}.items() if value}
        if said.get("days") == USUAL_DAYS:
            del said["days"]
        return f"?{urlencode(said)}" if said else ""


class CausesPage:
    def __init__(self, room: Room) -> None:
        self._room = room

    def routes(self) -> list[Route]:
        return [Route("/causes", self._room.entrance.guard(self.show), methods=["GET"])]

    async def show(self, request: Request) -> Response:
        looked, tenant = read(request.query_params), self._room.tenant
        async with transaction(self._room.engine) as tx:
            now = await queue.now(tx)
            everything = Period(now - timedelta(days=looked.days), now)
            period = Period(everything.since, now, looked.team or None, looked.reason or None, looked.channel or None)
            all_ = await causes_board.tallies(tx, tenant, everything, self._room.zone)
            found = await causes_board.tallies(tx, tenant, period, self._room.zone)
            said = await causes_board.words(tx, tenant, period, cause=looked.cause, limit=WORDS_SHOWN)
        return self._room.pages.render(
            request,
            "causes.html",
            looked=looked,
            board=pareto(found),
            split=_split(found, looked),
            words=said,
            facets=_facets(all_, looked),
            DAYS=DAYS,
            SPLITS=SPLITS,
        )


def read(query: Mapping[str, str]) -> Looked:
    """What cannot be meant is left out."""
    days, by, cause = query.get("days", ""), query.get("by"), query.get("cause")
    channel = query.get("channel", "")
    return Looked(
        next((each for each in DAYS if str(each) == days), USUAL_DAYS),
        next((each for each in SPLITS if each == by), None),
        query.get("team", "").strip()[:LONGEST],
        query.get("reason", "").strip()[:LONGEST],
        channel if channel in CHANNELS else "",
        next((each for each in CAUSES if each == cause), None),
    )


def _split(found: Sequence[Tally], looked: Looked) -> Board | None:
    if looked.by is None:
        return None
    return pareto([tally for tally in found if looked.cause in (None, tally.cause)], looked.by)


def _facets(found: Sequence[Tally], looked: Looked) -> dict[str, list[str]]:
    return {
        name: sorted({value for tally in found if (value := getattr(tally, name))} | ({getattr(looked, name)} - {""}))
        for name in FACETS
    }
