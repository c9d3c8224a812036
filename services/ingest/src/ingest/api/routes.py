"""The routes: CloudEvents of any type, and plain reports on one route per event type."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from events.catalog import EVENT_TYPES, EventType
from events.runtime import guard
from events.runtime.api_keys import ApiKey, Keyring
from events.runtime.problem_details import ProblemError
from events.vocabulary import Source
from ingest.api import page
from ingest.api.body import header
from ingest.api.intake import Intake
from ingest.core import reading, sources, wire
from ingest.core.limits import BATCH_BYTES, SINGLE_BYTES

EVENTS_PATH = "/v1/events"
SOURCE_HEADER = "Amends-Source"

_SOURCE = TypeAdapter(Source)


def plain_path(entry: EventType) -> str:
    return f"/v1/{entry.plural}"


PATHS = (EVENTS_PATH, *(plain_path(entry) for entry in EVENT_TYPES))


def router(keyring: Keyring, intake: Intake) -> APIRouter:
    routes = APIRouter(tags=["Send events"])
    writer = Depends(guard.require(keyring, "events:write"))

    async def events(request: Request, key: Annotated[ApiKey, writer]) -> Response:
        media = wire.media_type(header(request, "content-type"), (wire.STRUCTURED, wire.BATCH, wire.JSON))
        if media == wire.STRUCTURED:
            return await intake.take(request, key, SINGLE_BYTES, reading.structured)
        if media == wire.BATCH:
            return await intake.take(request, key, BATCH_BYTES, reading.batch)
        if not wire.has_attributes(request.headers.items()):
            raise wire.Unsupported(
                "Content-Type",
                f"must be {wire.STRUCTURED}, unless the attributes are in ce- headers",
                (wire.STRUCTURED,),
            )
        reader = partial(reading.binary, headers=request.headers.items())
        return await intake.take(request, key, SINGLE_BYTES, reader)

    def plain(entry: EventType) -> Callable[..., Awaitable[Response]]:
        async def report(request: Request, key: Annotated[ApiKey, writer]) -> Response:
            wire.media_type(header(request, "content-type"), (wire.JSON,))
            source = sources.of_plain(key.sources, key.id, _claimed_source(request))
            reader = partial(reading.plain, type_=entry.name, source=source)
            return await intake.take(request, key, BATCH_BYTES, reader)

        return report

    routes.add_api_route(EVENTS_PATH, events, methods=["POST"], **page.of_events())
    for entry in EVENT_TYPES:
        routes.add_api_route(plain_path(entry), plain(entry), methods=["POST"], **page.of_plain(entry))

    @routes.get("/", include_in_schema=False)
    async def front() -> Response:
        return RedirectResponse("/docs")

    return routes


def _claimed_source(request: Request) -> str | None:
    claimed = header(request, SOURCE_HEADER)
    try:
        return None if claimed is None else _SOURCE.validate_python(claimed)
    except ValidationError as error:
        detail = f"The header {SOURCE_HEADER} has 1 to 128 letters, digits and . _ : / -"
        raise ProblemError(422, "The header is not a source", detail) from error
