"""``GET /v1/metrics``: metrics over any window by any dimension, with what they rest on, and what they mean."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from events.runtime.api_keys import ApiKey
from scoring.api.answers import Answer, Answered, Definition
from scoring.api.asking import MetricsQuery, known
from scoring.api.reading import Caller, Reading
from scoring.api.telling import definition, rows, window_shown
from scoring.core.metrics import METRICS
from scoring.figures import Figures


def add(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    figures = Figures(reading.panes, reading.retention)

    @routes.get("/v1/definitions", summary="What each metric means")
    async def definitions(_: Annotated[ApiKey, Depends(caller)]) -> list[Definition]:
        return [Definition(**definition(metric)) for metric in METRICS.values()]

    @routes.get(
        "/v1/metrics",
        summary="Metrics over a window, by a dimension",
        description="The fields at the top are those of the first metric; `also` has the others.",
        dependencies=[Depends(known(MetricsQuery))],
    )
    async def metrics(key: Annotated[ApiKey, Depends(caller)], query: Annotated[MetricsQuery, Query()]) -> Answer:
        now = reading.now()
        asked = query.asked(now)
        async with reading.transaction() as tx:
            found = await figures.read(tx, key.tenant, asked, now)
        answered = [Answered(**definition(metric), values=rows(metric, found)) for metric in asked.metrics]
        return Answer(
            **dict(answered[0]),
            window=window_shown(figures.shown(asked.window, now), asked.window),
            dimension=asked.dimension,
            also=answered[1:],
        )
