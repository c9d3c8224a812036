"""Any system of one's own: CloudEvents, one or an array of them, or bare payloads of the type the source is set to."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from events import codec
from events.catalog import BY_NAME
from events.envelope import Attributes, Event, Payload
from events.problems import Invalid, Problem
from ingest.core import limits
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors.node import identifier
from ingest.vendors.outcome import Context, Outcome, Said
from ingest.vendors.vendor import Vendor


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str | None = Field(None, description="What comes without an envelope; left out: nothing does.")

    @field_validator("type")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name not in (None, *BY_NAME):
            raise ValueError(f"must be one of {', '.join(BY_NAME)}")
        return name


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    """As ``/v1/events`` and the routes of the types read them; all complaints are collected."""
    items = [(f"/{n}", item) for n, item in enumerate(document)] if isinstance(document, list) else [("", document)]
    said: list[Said] = []
    problems: list[Problem] = []
    for at, item in items:
        try:
            enveloped = isinstance(item, dict) and "specversion" in item
            said.append((_cloud_event if enveloped else _bare)(item, at, source, context))
        except Invalid as error:
            problems += error.problems
        if len(problems) >= limits.COMPLAINTS:
            break
    if problems:
        raise Invalid(problems[: limits.COMPLAINTS])
    yield from said


def _cloud_event(item: dict[str, Any], at: str, source: Source, context: Context) -> Said:
    problems = list(_not_theirs_to_say(item, at, source))
    try:
        event = codec.structured(item, tenant=source.tenant, recorded_at=context.received_at, at=at)
    except Invalid as error:
        raise Invalid([*problems, *error.problems]) from error
    problems += [_ahead(f"{at}/{name}") for name in limits.refused_moments(event)]
    if problems:
        raise Invalid(problems)
    return Said(at, _id(event, source), event.data, event.time if item.get("time") else None)


def _bare(item: Any, at: str, source: Source, context: Context) -> Said:
    type_ = source.options.type
    if type_ is None:
        sentence = "is required: a CloudEvent; or name the type of bare payloads in the source's options"
        raise Invalid.at(f"{at}/specversion", "missing", sentence)
    data = codec.payload(type_, item, at=at)
    id_ = codec.identity_of(type_, data)
    attributes = Attributes(specversion="1.0", id=id_, source=source.voices[0], type=type_)
    event = codec.event(attributes, data, tenant=source.tenant, recorded_at=context.received_at)
    if late := limits.refused_moments(event):
        raise Invalid([_ahead(f"{at}/{name.removeprefix('data/')}") for name in late])
    return Said(at, id_, data)


def _not_theirs_to_say(item: dict[str, Any], at: str, source: Source) -> Iterator[Problem]:
    if isinstance(item.get("source"), str) and item["source"] not in source.voices:
        yield Problem(f"{at}/source", "source", "is not a source this one may speak for; speaks_for lists them")
    if item.get("tenant") not in (None, source.tenant):
        yield Problem(f"{at}/tenant", "tenant", "is not the tenant of this source; leave it out")
    for name in ("recordedtime", "requestid"):
        if item.get(name) is not None:
            yield Problem(f"{at}/{name}", name, "is set by us alone; leave it out")


def _id(event: Event[Payload], source: Source) -> str:
    """Ids are unique to a source, and everything said here is kept in the name of the first."""
    return event.id if event.source == source.voices[0] else identifier(f"{event.source}:{event.id}")


def _ahead(pointer: str) -> Problem:
    return Problem(pointer, "future", "is more than 24 hours ahead of our clock")


VENDOR = Vendor(
    name="generic",
    title="Your own system",
    formats=(Format.JSON,),
    read=read,
    options=Options,
)
"""Comes with an API key, or signed as the source's ``signature`` says."""
