"""``GET /v1/export``: the tenant's own numbers, pane by pane, as a file."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import structlog
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Receive, Scope, Send

from events.problems import Problem
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.guard import require
from events.runtime.problem_details import ProblemError, unavailable
from events.vocabulary import parse_instant
from scoring.core.attribution import DIMENSIONS
from scoring.core.metrics import METRICS
from scoring.core.retention import Retention
from scoring.core.window import ROLLING, Window
from scoring.export.formats import FORMATS, Format, accepted
from scoring.export.rows import LENGTHS, Question, Reading, Row, TooMuch, asked, whole
from scoring.store.panes import Panes

log = structlog.get_logger()

PARAMETERS = ("metric", "dimension", "key", "grain", "window", "from", "to", "format")
PASSING = ("minute", "hour")
"""Grains whose panes are removed one day; days stay."""

AT_ONCE = 2
"""Exports one process writes at the same time."""

if TYPE_CHECKING:
    MetricName: TypeAlias = str
    Dimension: TypeAlias = str
    WindowName: TypeAlias = str
    Grain: TypeAlias = str
    FormatName: TypeAlias = str
else:  # derived from the lists, so that the API refuses and documents exactly those
    MetricName, Dimension, WindowName = Literal[tuple(METRICS)], Literal[DIMENSIONS], Literal[tuple(ROLLING)]
    Grain, FormatName = Literal[tuple(LENGTHS)], Literal[tuple(FORMATS)]


class Gate:
    """Lets a few in at a time, and turns the others away at once."""

    def __init__(self, places: int = AT_ONCE) -> None:
        self._free = places

    def enter(self) -> None:
        """Raises ProblemError: 503 with Retry-After where all places are taken."""
        if not self._free:
            raise unavailable("Other exports are being written: try again soon.", retry_after=10)
        self._free -= 1

    def leave(self) -> None:
        self._free += 1


class _File(StreamingResponse):
    """A file that is written as it is read, and leaves the gate however it ends."""

    def __init__(self, content: AsyncIterator[bytes], format_: Format, name: str, gate: Gate) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{name}.{format_.name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        text = "; charset=utf-8; header=present" if format_.name == "csv" else ""
        super().__init__(content, media_type=format_.media_type + text, headers=headers)
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._gate.leave()


def router(
    engine: AsyncEngine,
    panes: Panes,
    keyring: Keyring,
    now: Callable[[], datetime],
    *,
    retention: Retention | None = None,
) -> APIRouter:
    routes = APIRouter(tags=["export"])
    caller = Annotated[ApiKey, Depends(require(keyring, "metrics:read"))]
    gate = Gate()
    kept = retention or Retention()

    @routes.get(
        "/v1/export",
        summary="Panes as a file: CSV or Parquet",
        response_class=Response,
        responses={200: {"content": {found.media_type: {} for found in FORMATS.values()}}},
        dependencies=[Depends(_known_parameters)],
    )
    async def export(
        key: caller,
        metric: Annotated[
            list[MetricName] | None, Query(description="As often as there are metrics; all without it.")
        ] = None,
        dimension: Annotated[Dimension, Query()] = "all",
        only: Annotated[
            str | None,
            Query(alias="key", max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$", description="Of the dimension."),
        ] = None,
        grain: Annotated[Grain, Query()] = "day",
        window: Annotated[WindowName | None, Query(description="30d unless from/to are given.")] = None,
        start: Annotated[str | None, Query(alias="from", description="RFC 3339; with `to`.")] = None,
        end: Annotated[str | None, Query(alias="to", description="RFC 3339, excluded.")] = None,
        form: Annotated[FormatName | None, Query(alias="format", description="Instead of `Accept`.")] = None,
        accept: Annotated[str, Header(include_in_schema=False)] = "",
    ) -> Response:
        format_ = _format(form, accept)
        at = now()
        panes_asked = _panes(_window(window, start, end, at), grain, kept, at)
        question = Question(key.tenant, dimension, only, asked(tuple(metric or METRICS)), panes_asked, grain, at)
        gate.enter()
        try:
            content = await _begun(Reading(engine, panes, question), format_)
        except BaseException:
            gate.leave()
            raise
        return _File(content, format_, _name(question), gate)

    return routes


async def _begun(reading: Reading, format_: Format) -> AsyncIterator[bytes]:
    """The file from its first piece on: what fails before that is still answered as an error."""
    try:
        keys = await reading.keys()
    except TooMuch as error:
        raise _refused("", "too_much", str(error)) from error
    content = format_.write(_logged(reading.pieces(keys)))
    first = await anext(content)

    async def whole_file() -> AsyncIterator[bytes]:
        yield first
        async for piece in content:
            yield piece

    return whole_file()


async def _logged(pieces: AsyncIterator[list[Row]]) -> AsyncIterator[list[Row]]:
    """An export that breaks off ends without its last chunk: whoever reads it sees that it is not whole."""
    try:
        async for rows in pieces:
            yield rows
    except Exception as error:
        log.warning("an export broke off", error=type(error).__name__)
        raise


def _format(name: str | None, accept: str) -> Format:
    found = FORMATS[name] if name else accepted(accept)
    if found is None:
        kinds = " or ".join(format_.media_type for format_ in FORMATS.values())
        raise ProblemError(406, "None of the formats you accept is written here", f"Accept {kinds}, or say format=.")
    if (problem := found.missing()) is not None:
        raise ProblemError(501, "This format cannot be written here", f"{found.name} {problem}.")
    return found


def _panes(window: Window, grain: str, kept: Retention, now: datetime) -> Window:
    """Whole panes that are still there. Raises ProblemError where some would be missing without a word."""
    horizon = kept.horizon(grain, now) if grain in PASSING else window.start
    if window.start < horizon:
        raise _refused(
            "/from", "too_old", f"must not be before {horizon:%Y-%m-%dT%H:%MZ}: {grain}s are not kept longer"
        )
    try:
        return whole(window, grain, now)
    except ValueError as error:
        raise _refused("/from", "value_error", str(error)) from error


def _window(name: str | None, start: str | None, end: str | None, now: datetime) -> Window:
    if start is None and end is None:
        return Window.rolling(name or "30d", now)
    if name is not None:
        raise _refused("/window", "conflict", "give either window, or from and to")
    bounds: list[datetime] = []
    for parameter, text in (("from", start), ("to", end)):
        try:
            bounds.append(parse_instant(text))
        except ValueError as error:
            raise _refused(f"/{parameter}", "value_error", str(error)) from error
    try:
        return Window.between(bounds[0], bounds[1])
    except ValueError as error:
        raise _refused("/from", "value_error", str(error)) from error


def _name(question: Question) -> str:
    """Such as ``amends-csat-by-team-per-hour-20260301T0000Z-20260308T0000Z``; nothing in it is a customer's or ours."""
    window = question.window
    what = question.metrics[0].name if len(question.metrics) == 1 else "metrics"
    by = "" if question.dimension == "all" else f"-by-{question.dimension}"
    return f"amends-{what}{by}-per-{question.grain}-{window.start:%Y%m%dT%H%MZ}-{window.end:%Y%m%dT%H%MZ}"


def _refused(where: str, code: str, message: str) -> ProblemError:
    problem = Problem(f"/query{where}", code, message)
    return ProblemError(422, "The request does not fit the contract", problems=[problem])


async def _known_parameters(request: Request) -> None:
    """A misspelt ``window`` must not be answered with numbers over another one."""
    if set(request.query_params) - set(PARAMETERS):
        raise _refused("", "unknown", f"has a parameter that is none of {', '.join(PARAMETERS)}")
