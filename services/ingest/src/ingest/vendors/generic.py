"""Any system of one's own: CloudEvents, one or an array of them, or bare payloads of the type the source is set to."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events.catalog import POSTED_BY_NAME
from events.problems import Invalid, Problem
from ingest.core import reading
from ingest.core.formats import Format
from ingest.core.reading import Arrival, Placed
from ingest.core.source import Source
from ingest.vendors.outcome import Context, Outcome, Said
from ingest.vendors.vendor import Vendor


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str | None = Field(None, description="What comes without an envelope; left out: nothing does.")

    @field_validator("type")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name not in (None, *POSTED_BY_NAME):
            raise ValueError(f"must be one of {', '.join(POSTED_BY_NAME)}")
        return name


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    """As ``/v1/events`` and the routes of the types read them; all complaints are collected."""
    arrival = Arrival(source.tenant, context.received_at)

    def item(document: Any, at: str) -> Placed:
        if isinstance(document, dict) and "specversion" in document:
            return _enveloped(document, at, source, arrival)
        return _bare(document, at, source, arrival)

    found = reading.each(document, item) if isinstance(document, list) else [item(document, "")]
    for at, event in found:
        time = None if event.time == event.recorded_at else event.time
        yield Said(at, event.id, event.data, time, None if event.source == source.voices[0] else event.source)


def _enveloped(document: dict[str, Any], at: str, source: Source, arrival: Arrival) -> Placed:
    sentence = "is not a source this one may speak for; speaks_for lists them"
    named = document.get("source")
    wrong = (
        [Problem(f"{at}/source", "source", sentence)] if isinstance(named, str) and named not in source.voices else []
    )
    try:
        placed = reading.cloud_event(document, at, arrival)
    except Invalid as error:
        raise Invalid([*wrong, *error.problems]) from error
    if wrong:
        raise Invalid(wrong)
    return placed


def _bare(document: Any, at: str, source: Source, arrival: Arrival) -> Placed:
    if source.options.type is None:
        sentence = "is required: a CloudEvent; or name the type of bare payloads in the source's options"
        raise Invalid.at(f"{at}/specversion", "missing", sentence)
    return reading.plain_payload(document, at, arrival, source.options.type, source.voices[0])


VENDOR = Vendor(
    name="generic",
    title="Your own system",
    formats=(Format.JSON,),
    read=read,
    options=Options,
)
"""Comes with an API key, or signed as the source's ``signature`` says."""
