"""The schemas of the page: the payloads, the CloudEvents round them, our answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.json_schema import models_json_schema

from events.catalog import POSTED, EventType
from events.envelope import Attributes
from ingest.api.page.problems import ProblemDetails

REF = "#/components/schemas/"
_OURS = ("recordedtime", "requestid")
"""Attributes that we alone set."""


class Accepted(BaseModel):
    """Stored. ``ids`` are the events' ids, in the order sent."""

    model_config = ConfigDict(extra="forbid")

    accepted: int
    ids: list[str]


class Told(Accepted):
    """What was made of a webhook: events kept, things to fetch, pieces of a contact noted, things that are nothing
    for us."""

    queued: int
    noted: int
    ignored: int


def example(entry: EventType) -> Any:
    return (entry.payload.model_config.get("json_schema_extra") or {})["example"]  # type: ignore[index]


def envelope_example(entry: EventType) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{entry.plural}-1",
        "source": "/crm/example",
        "type": entry.name,
        "data": example(entry),
    }


def envelope_name(entry: EventType) -> str:
    return f"{entry.payload.__name__}Event"


def schemas() -> dict[str, Any]:
    """OpenAPI's ``components/schemas`` of everything our own routes take and answer."""
    payloads = [entry.payload for entry in POSTED]
    models: list[type[BaseModel]] = [Accepted, Told, ProblemDetails, *payloads, *map(_envelope, POSTED)]
    _, document = models_json_schema([(model, "validation") for model in models], ref_template=REF + "{model}")
    found: dict[str, Any] = document["$defs"]
    for entry in POSTED:
        for name in _OURS:
            found[envelope_name(entry)]["properties"].pop(name)
    return found


def _envelope(entry: EventType) -> type[BaseModel]:
    """The CloudEvent round one payload: a model for the page alone."""
    fields: dict[str, Any] = {"type": (Literal[entry.name], ...), "data": (entry.payload, ...)}
    return create_model(envelope_name(entry), __base__=Attributes, **fields)
