"""The routes for our own formats: CloudEvents of any type, and plain reports on one route per event type."""

from collections.abc import Iterator
from functools import partial

from pydantic import TypeAdapter, ValidationError

from events.catalog import POSTED, EventType
from events.runtime.problem_details import ProblemError
from events.vocabulary import Source
from ingest.api.access import allow
from ingest.api.call import Answer, Call
from ingest.api.front import Handler, Route
from ingest.api.intake import Intake, Shape, wrong_source
from ingest.core import sources, understanding, wire
from ingest.core.limits import BATCH_BYTES, SINGLE_BYTES

PATH = "/v1/events"
SOURCE_HEADER = "Amends-Source"

STRUCTURED = Shape(SINGLE_BYTES, understanding.structured)
BATCH = Shape(BATCH_BYTES, understanding.batch, "/{}/source")

_SOURCE = TypeAdapter(Source)


def plain_path(entry: EventType) -> str:
    return f"/v1/{entry.plural}"


PATHS = (PATH, *(plain_path(entry) for entry in POSTED))


def routes(intake: Intake) -> Iterator[tuple[str, Route]]:
    yield PATH, Route(PATH, {"POST": partial(_events, intake)})
    for entry in POSTED:
        yield plain_path(entry), Route(plain_path(entry), {"POST": _plain(intake, entry)})


async def _events(intake: Intake, call: Call) -> Answer:
    key = intake.admit(call)
    media = wire.media_type(call.headers.get("content-type"), (wire.STRUCTURED, wire.BATCH, wire.JSON))
    if media == wire.STRUCTURED:
        return await intake.take(call, key, STRUCTURED)
    if media == wire.BATCH:
        return await intake.take(call, key, BATCH)
    if not wire.has_attributes(call.headers.items()):
        raise wire.Unsupported(
            "Content-Type",
            f"must be {wire.STRUCTURED}, unless the attributes are in ce- headers",
            (wire.STRUCTURED,),
        )
    read = partial(understanding.binary, headers=call.headers.items())
    return await intake.take(call, key, Shape(SINGLE_BYTES, read))


def _plain(intake: Intake, entry: EventType) -> Handler:
    async def report(call: Call) -> Answer:
        key = intake.admit(call)
        allow(key, [entry.name])
        wire.media_type(call.headers.get("content-type"), (wire.JSON,))
        source = sources.of_plain(key.sources, key.id, _claimed(call))
        if not key.may_speak_for(source):
            raise wrong_source()
        read = partial(understanding.plain, type_=entry.name, source=source)
        return await intake.take(call, key, Shape(BATCH_BYTES, read))

    return report


def _claimed(call: Call) -> str | None:
    claimed = call.headers.get(SOURCE_HEADER.lower())
    try:
        return None if claimed is None else _SOURCE.validate_python(claimed)
    except ValidationError as error:
        detail = f"The header {SOURCE_HEADER} has 1 to 128 letters, digits and . _ : / -"
        raise ProblemError(422, "The header is not a source", detail) from error
