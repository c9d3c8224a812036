"""``GET /v1/metrics``: metrics over any window by any dimension, with what they rest on, and what they mean."""

import asyncio
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from events.runtime.api_keys import ApiKey
from scoring.api.answers import Answer, Answered, Definition, WindowShown
from scoring.api.asking import MetricsQuery, known
from scoring.api.reading import Caller, Reading
from scoring.api.telling import definition, rows, window_shown
from scoring.core.metrics import METRICS
from scoring.figures import Asked, Figures, Material


def add(routes: APIRouter, caller: Caller, reading: Reading) -> None:
    figures = Figures(reading.panes, reading.retention)

    @routes.get("/v1/definitions", summary="What each metric means")
    async def definitions(_: Annotated[ApiKey, Depends(caller)]) -> list[Definition]:
        return [Definition(**definition(metric)) for metric in METRICS.values()]

    @routes.get(
        "/v1/metrics",
        summary="Metrics over a window, by a dimension",
        description="The fields at the top are those of the first metric; `also` has the others.",
        response_model=Answer,
        dependencies=[Depends(known(MetricsQuery))],
    )
    async def metrics(key: Annotated[ApiKey, Depends(caller)], query: Annotated[MetricsQuery, Query()]) -> Response:
        now = reading.now()
        asked = query.asked(now)
        async with reading.transaction() as tx:
            material = await figures.material(tx, key.tenant, asked, now)
        window = window_shown(figures.shown(asked.window, now), asked.window)
        # In a thread: every metric of a thousand agents takes a while, and events and heartbeats must not wait for it.
        body = await asyncio.to_thread(_written, asked, material, window)
        return Response(body, media_type="application/json")


def _written(asked: Asked, material: Mapping[str, Material], window: WindowShown) -> bytes:
    found = {key: each.figures(asked.metrics) for key, each in material.items()}
    answered = [Answered(**definition(metric), values=rows(metric, found)) for metric in asked.metrics]
    answer = Answer(**dict(answered[0]), window=window, dimension=asked.dimension, also=answered[1:])
    return answer.model_dump_json(by_alias=True).encode()
