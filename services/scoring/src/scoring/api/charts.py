"""Numbers over time, over the hours of the week, and handle time beside satisfaction."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from events.runtime.api_keys import ApiKey
from scoring.api.answers import HoursAnswer, LoadShown, PlaceShown, PointShown, QuadrantAnswer, SeriesAnswer
from scoring.api.asking import OverWindow, QuadrantQuery, SeriesQuery, forgotten, known
from scoring.api.reading import Caller, Reading
from scoring.api.telling import definition, shown, shown_value, window_shown
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric
from scoring.core.quadrant import ENOUGH
from scoring.figures import Asked, Figures, Forgotten, Point, Series, Weeks
from scoring.figures.series import Whose
from scoring.figures.week import Load


def add(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    _add_series(routes, caller, reading)
    _add_hours(routes, caller, reading)
    _add_quadrant(routes, caller, reading)


def _add_series(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    reader = Series(reading.panes, reading.retention)

    @routes.get("/v1/series", summary="A metric over time", dependencies=[Depends(known(SeriesQuery))])
    async def series(key: Annotated[ApiKey, Depends(caller)], query: Annotated[SeriesQuery, Query()]) -> SeriesAnswer:
        now, metric, one = reading.now(), METRICS[query.metric], query.one()
        window = query.over(now)
        whose = Whose(key.tenant, query.dimension, one, Asked((metric,), window).measures)
        try:
            async with reading.transaction() as tx:
                points = await reader.read(tx, whose, window, query.grain, now)
        except Forgotten as error:
            raise forgotten(error, "grain") from error
        return SeriesAnswer(
            **definition(metric),
            window=window_shown(window),
            dimension=query.dimension,
            key=one,
            grain=query.grain,
            points=[_point(metric, point) for point in points],
        )


def _add_hours(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    reader = Weeks(reading.panes, reading.retention)

    @routes.get(
        "/v1/volume/hours",
        summary="Contacts by channel and hour of the week",
        description="To staff the right channel at the right time. Hours and weekdays are those of `zone`.",
        dependencies=[Depends(known(OverWindow))],
    )
    async def hours(key: Annotated[ApiKey, Depends(caller)], query: Annotated[OverWindow, Query()]) -> HoursAnswer:
        now = reading.now()
        window = query.over(now)
        try:
            async with reading.transaction() as tx:
                whole, loads = await reader.read(tx, key.tenant, window, now)
        except Forgotten as error:
            raise forgotten(error, "window") from error
        return HoursAnswer(window=window_shown(whole, window), values=[_load(load) for load in loads])


def _add_quadrant(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    figures = Figures(reading.panes, reading.retention)

    @routes.get(
        "/v1/quadrant",
        summary="Handle time beside satisfaction",
        description="Fast or slow, with happy or unhappy customers: handle time is never judged alone.",
        dependencies=[Depends(known(QuadrantQuery))],
    )
    async def quadrant(
        key: Annotated[ApiKey, Depends(caller)], query: Annotated[QuadrantQuery, Query()]
    ) -> QuadrantAnswer:
        now = reading.now()
        window = query.over(now)
        async with reading.transaction() as tx:
            found = await figures.quadrant(tx, key.tenant, query.dimension, window, now)
        places = [
            PlaceShown(key=name, quadrant=at.quadrant, aht=shown_value(at.aht), csat=shown_value(at.csat))
            for name, at in sorted(found.places.items())
        ]
        return QuadrantAnswer(
            window=window_shown(figures.shown(window, now), window),
            dimension=query.dimension,
            enough=ENOUGH,
            aht_line=found.aht,
            csat_line=found.csat,
            values=places,
        )


def _point(metric: Metric, point: Point) -> PointShown:
    beside = {name: shown_value(METRICS[name].compute(point.sums)) for name in metric.beside}
    return PointShown(start=point.start, end=point.end, beside=beside, **shown(metric.compute(point.sums)))


def _load(load: Load) -> LoadShown:
    return LoadShown(
        channel=load.channel,
        weekday=load.at.weekday,
        hour=load.at.hour,
        contacts=load.contacts,
        hours=load.hours,
        per_hour=load.contacts / load.hours,
    )
