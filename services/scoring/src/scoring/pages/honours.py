"""``/recognition``: who leads today and this week, who won before, and the numbers that earned it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.scorecard import Figure
from scoring.core.metrics import METRICS
from scoring.pages import words
from scoring.pages.entrance import Entrance
from scoring.pages.live import Hub
from scoring.pages.rendering import Templates
from scoring.pages.stream import watch
from scoring.store import awards
from scoring.store.awards import Award, Leader
from scoring.store.praise import counts

PATH = "/recognition"
SHOWN_FOR = timedelta(days=35)
PRAISED_FOR = timedelta(days=7)
MOST_AWARDS = 60
PODIUM = 3
PERIODS = {"day": "Today", "week": "This week"}


@dataclass(frozen=True, slots=True)
class Earned:
    """One number that earned a place."""

    title: str
    text: str
    interval: str
    n: int


@dataclass(frozen=True, slots=True)
class Place:
    rank: int
    who: str
    earned: Sequence[Earned]


@dataclass(frozen=True, slots=True)
class Podium:
    """The first few of one rule."""

    title: str
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Won:
    title: str
    period: str
    start: datetime
    who: str
    earned: Sequence[Earned]


@dataclass(frozen=True, slots=True)
class Honours:
    """What the board shows. ``won``: the newest first. ``praise``: how much each agent got in a week."""

    at: datetime
    podiums: Mapping[str, Sequence[Podium]]
    won: Sequence[Won]
    praise: Mapping[str, int]


def compose(at: datetime, leaders: Sequence[Leader], won: Sequence[Award], praise: Mapping[str, int]) -> Honours:
    podiums = {}
    for period, name in PERIODS.items():
        ranked = sorted((one for one in leaders if one.period == period), key=lambda one: (one.rule, one.rank))
        podiums[name] = [_podium(list(group)) for _, group in groupby(ranked, key=lambda one: one.rule)]
    newest = sorted(won, key=lambda one: (one.start, one.period, one.title, one.key), reverse=True)
    return Honours(
        at, podiums, [Won(one.title, one.period, one.start, one.key, _earned(one)) for one in newest], praise
    )


def _podium(ranked: Sequence[Leader]) -> Podium:
    return Podium(ranked[0].title, [Place(one.rank, one.key, _earned(one)) for one in ranked[:PODIUM]])


def _earned(standing: Leader | Award) -> list[Earned]:
    return [_said(name, figure) for name, figure in standing.figures.items() if figure.value is not None]


def _said(name: str, figure: Figure) -> Earned:
    metric = METRICS.get(name)
    unit = metric.unit if metric else "score"
    bounds = None if figure.low is None or figure.high is None else (figure.low, figure.high)
    return Earned(
        metric.title if metric else name.replace("_", " "),
        words.value(figure.value or 0.0, unit, name=name),
        words.interval(bounds, unit, name=name),
        figure.n,
    )


class Recognition:
    """The page and its stream."""

    def __init__(
        self,
        engine: AsyncEngine,
        tenant: str,
        hub: Hub,
        entrance: Entrance,
        templates: Templates,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._tenant = tenant
        self._hub = hub
        self._entrance = entrance
        self._templates = templates
        self._now = now

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)
        routes.add_route(PATH, self._entrance.guard(self.page), methods=["GET"])
        routes.add_route(f"{PATH}/live", self._entrance.guard(self.live), methods=["GET"])
        return routes

    async def page(self, request: Request) -> Response:
        role, honours = self._entrance.role(request), await self._read()
        return self._templates.page(request, "recognition.html", role=role, honours=honours, live=f"{PATH}/live")

    async def live(self, request: Request) -> Response:
        async def render() -> str:
            return self._templates.fragment("honours.html", honours=await self._read())

        return watch(request, self._hub, "recognition", render, self._templates.assets.edition)

    async def _read(self) -> Honours:
        now = self._now()
        async with transaction(self._engine) as tx:
            leaders = await awards.leaders(tx, self._tenant)
            won = await awards.recent(tx, self._tenant, now - SHOWN_FOR, MOST_AWARDS)
            praise = await counts(tx, self._tenant, now - PRAISED_FOR)
        return compose(now, leaders, won, praise)
