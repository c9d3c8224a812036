"""``GET /v1/metrics``: any metric over any window by any dimension, with what it rests on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncEngine

from events.problems import Problem
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.database import transaction
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError
from events.vocabulary import parse_instant
from scoring.core.attribution import DIMENSIONS
from scoring.core.measures import Sums
from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric, Value
from scoring.core.statistics import Reliability, reliability
from scoring.core.window import ROLLING, Window
from scoring.store.panes import Panes, zero

PARAMETERS = ("metric", "dimension", "window", "from", "to")

if TYPE_CHECKING:
    MetricName: TypeAlias = str
    Dimension: TypeAlias = str
    WindowName: TypeAlias = str
else:  # derived from the lists, so that the API refuses and documents exactly those
    MetricName, Dimension, WindowName = Literal[tuple(METRICS)], Literal[DIMENSIONS], Literal[tuple(ROLLING)]


class Definition(BaseModel):
    metric: str
    title: str
    unit: str
    definition_version: int
    definition: str
    beside: list[str] = Field(description="Metrics always served with this one: alone it would mislead.")


class WindowShown(BaseModel):
    """From `from` (included) to `to` (excluded), whole minutes, UTC."""

    name: str | None
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class Shown(BaseModel):
    """A number and what it rests on; `value` is null without data, never 0."""

    value: float | None
    n: int = Field(description="Sample size.")
    interval: tuple[float, float] | None = Field(description="95 % interval, where one is defined.")
    reliability: Reliability = Field(description="too_few: n < 5, show n only. indicative: n < 30, show the interval.")


class Row(Shown):
    key: str = Field(description='Of the dimension; "" for all, "unattributed" where nobody can be named.')
    beside: dict[str, Shown]


class Answer(Definition):
    window: WindowShown
    dimension: str
    values: list[Row]


@dataclass(frozen=True, slots=True)
class Question:
    metric: Metric
    window: Window
    dimension: str


def router(engine: AsyncEngine, panes: Panes, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    routes = APIRouter(tags=["metrics"])
    caller = Annotated[ApiKey, Depends(require(keyring, "metrics:read"))]

    @routes.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    @routes.get("/v1/definitions", summary="What each metric means")
    async def definitions(key: caller) -> list[Definition]:
        return [Definition(**_definition(metric)) for metric in METRICS.values()]

    @routes.get(
        "/v1/metrics", summary="A metric over a window, by a dimension", dependencies=[Depends(_known_parameters)]
    )
    async def metrics(
        key: caller,
        metric: Annotated[MetricName, Query(examples=["csat"])],
        dimension: Annotated[Dimension, Query()] = "all",
        window: Annotated[
            WindowName | None, Query(description="A rolling window; 24h unless from/to are given.")
        ] = None,
        start: Annotated[str | None, Query(alias="from", description="RFC 3339; with `to`.")] = None,
        end: Annotated[str | None, Query(alias="to", description="RFC 3339, excluded.")] = None,
    ) -> Answer:
        question = Question(METRICS[metric], _window(window, start, end, now()), dimension)
        async with transaction(engine) as tx:
            found = await panes.sums(tx, key.tenant, dimension, question.window, now=now())
        if dimension == "all":
            found = found or {"": zero()}
        return _answer(question, found)

    return routes


async def _known_parameters(request: Request) -> None:
    """A misspelt ``window`` must not be answered with a number over another one."""
    if set(request.query_params) - set(PARAMETERS):
        problem = Problem("/query", "unknown", f"has a parameter that is none of {', '.join(PARAMETERS)}")
        raise ProblemError(422, "The request does not fit the contract", problems=[problem])


def _window(name: str | None, start: str | None, end: str | None, now: datetime) -> Window:
    if start is None and end is None:
        return Window.rolling(name or "24h", now)
    problems = []
    if name is not None:
        problems.append(Problem("/query/window", "conflict", "give either window, or from and to"))
    bounds = []
    for parameter, text in (("from", start), ("to", end)):
        try:
            bounds.append(parse_instant(text))
        except ValueError as error:
            problems.append(Problem(f"/query/{parameter}", "value_error", str(error)))
    if not problems:
        try:
            return Window.between(*bounds)
        except ValueError as error:
            problems.append(Problem("/query/from", "value_error", str(error)))
    raise ProblemError(422, "The request does not fit the contract", problems=problems)


def _answer(question: Question, found: dict[str, Sums]) -> Answer:
    metric, window = question.metric, question.window
    rows = []
    for key, sums in sorted(found.items()):
        beside = {name: _shown(METRICS[name].compute(sums)) for name in metric.beside}
        rows.append(Row(key=key, beside=beside, **_shown(metric.compute(sums)).model_dump()))
    return Answer(
        **_definition(metric),
        window=WindowShown(name=window.name, start=window.start, end=window.end),
        dimension=question.dimension,
        values=rows,
    )


def _definition(metric: Metric) -> dict[str, object]:
    return {
        "metric": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "definition_version": metric.version,
        "definition": metric.definition,
        "beside": list(metric.beside),
    }


def _shown(value: Value) -> Shown:
    return Shown(value=value.value, n=value.n, interval=value.interval, reliability=reliability(value.n))
