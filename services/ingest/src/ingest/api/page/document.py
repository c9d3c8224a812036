"""The API page: what the routes take, written from the same models that check it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import models_json_schema

from events.catalog import EVENT_TYPES, EventType
from events.envelope import Attributes
from events.runtime.problem_details import MEDIA_TYPE
from ingest.core import wire
from ingest.core.limits import BATCH_EVENTS

_REF = "#/components/schemas/"

DESCRIPTION = """
Send what customers say, and what happened, to Amends. **202 means stored** on every in-sync replica of the log.
Anything else, or no answer: send the same again; the same id (or, for plain reports, the same report) counts once.

    curl -X POST http://127.0.0.1:8080/v1/survey-responses \\
      -H "Authorization: Bearer $AMENDS_KEY" -H "Content-Type: application/json" \\
      -d '{"response_id": "resp-9001", "instrument": "csat", "scale": "1-5", "value": 1,
           "submitted_at": "2026-03-02T09:40:00Z"}'

One event has up to 64 KiB; an array or batch up to 500 events and 1 MiB, and is taken whole or refused whole. Bodies
are UTF-8 JSON, as they are or with `Content-Encoding: gzip`. Errors are problem details (RFC 9457); each pointer in
`errors` says where in the body the trouble is.

The examples are from March 2026: a bad answer of more than an hour ago is counted and opens no case. To see one on the
desk, put the time of now into `submitted_at`, and a new `response_id`.
"""


class Accepted(BaseModel):
    """Stored. ``ids`` are the events' ids, in the order sent."""

    accepted: int
    ids: list[str]


class ErrorDetail(BaseModel):
    """One complaint: a JSON pointer into the body, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class ProblemDetails(BaseModel):
    """Why the request was not accepted (RFC 9457)."""

    model_config = ConfigDict(title="Problem")

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[ErrorDetail] = Field(default_factory=list)


_REFUSALS = {
    400: "The body is not JSON we can accept.",
    401: "No valid API key.",
    403: "The API key lacks the scope `events:write`, or may not speak for that source.",
    408: "The body did not come in time.",
    413: "Too large, or too many events.",
    415: "A content type or encoding we do not take.",
    422: "The JSON does not fit the contract; `errors` says where.",
    503: "Not now: Kafka is away or too much is in flight. Send the same again after `Retry-After` seconds.",
}


class Documented(FastAPI):
    """An application whose page also has the schemas of the bodies that its routes read themselves."""

    def __init__(self, **options: Any) -> None:
        super().__init__(title="Amends: ingest", version="1", description=DESCRIPTION, **options)

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            document.setdefault("components", {}).setdefault("schemas", {}).update(_schemas())
        return self.openapi_schema or {}


def of_events() -> Mapping[str, Any]:
    """The documentation of the CloudEvents route, as arguments for ``add_api_route``."""
    kinds = [{"$ref": _REF + _envelope_name(entry)} for entry in EVENT_TYPES]
    examples = {entry.name: _envelope_example(entry) for entry in EVENT_TYPES}
    content = {
        wire.STRUCTURED: _content({"oneOf": kinds}, examples),
        wire.BATCH: _content(_array({"oneOf": kinds}), {"all": list(examples.values())}),
        wire.JSON: _content(
            {"oneOf": [{"$ref": _REF + entry.payload.__name__} for entry in EVENT_TYPES]},
            {entry.name: _example(entry) for entry in EVENT_TYPES},
        ),
    }
    return {
        "summary": "CloudEvents 1.0: structured, batch or binary",
        "description": "Binary mode is `application/json` with the attributes in `ce-` headers.",
        **_answers(content, [_parameter(name, text) for name, text in _BINARY_HEADERS.items()]),
    }


def of_plain(entry: EventType) -> Mapping[str, Any]:
    """The documentation of the route for plain reports of one type, as arguments for ``add_api_route``."""
    one = {"$ref": _REF + entry.payload.__name__}
    examples = {"one": _example(entry), "several": [_example(entry)]}
    source = _parameter(
        "Amends-Source", "Who the report is from, where the API key may speak for several sources or for any."
    )
    return {
        "summary": f"{entry.plural.replace('-', ' ').capitalize()}, as plain JSON",
        "description": f"One object, or an array of up to {BATCH_EVENTS}. Each becomes an event `{entry.name}`.",
        **_answers({wire.JSON: _content({"oneOf": [one, _array(one)]}, examples)}, [source]),
    }


_BINARY_HEADERS = {
    "ce-specversion": "Binary mode: `1.0`.",
    "ce-id": "Binary mode: the event's id.",
    "ce-source": "Binary mode: who the event is from.",
    "ce-type": f"Binary mode: one of {', '.join(f'`{entry.name}`' for entry in EVENT_TYPES)}.",
    "ce-time": "Binary mode: when it happened (RFC 3339).",
}


def _answers(content: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": f"{_REF}ProblemDetails"}}}}
    accepted = {"application/json": {"schema": {"$ref": f"{_REF}Accepted"}}}
    return {
        "status_code": 202,
        "responses": {
            202: {"description": "Stored on every in-sync replica.", "content": accepted},
            **{status: {"description": text, **problem} for status, text in _REFUSALS.items()},
        },
        "openapi_extra": {
            "requestBody": {"required": True, "content": dict(content)},
            "parameters": list(parameters),
        },
    }


def _content(schema: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": BATCH_EVENTS}


def _parameter(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}


def _example(entry: EventType) -> Any:
    return (entry.payload.model_config.get("json_schema_extra") or {})["example"]  # type: ignore[index]


def _envelope_example(entry: EventType) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{entry.plural}-1",
        "source": "/crm/example",
        "type": entry.name,
        "data": _example(entry),
    }


def _envelope_name(entry: EventType) -> str:
    return f"{entry.payload.__name__}Event"


def _envelope(entry: EventType) -> type[BaseModel]:
    """The CloudEvent round one payload: a model for the page alone."""
    fields: dict[str, Any] = {"type": (Literal[entry.name], ...), "data": (entry.payload, ...)}
    return create_model(_envelope_name(entry), __base__=Attributes, **fields)


def _schemas() -> dict[str, Any]:
    payloads = [entry.payload for entry in EVENT_TYPES]
    models: list[type[BaseModel]] = [Accepted, ProblemDetails, *payloads, *map(_envelope, EVENT_TYPES)]
    _, document = models_json_schema([(model, "validation") for model in models], ref_template=_REF + "{model}")
    schemas: dict[str, Any] = document["$defs"]
    for entry in EVENT_TYPES:
        schemas[_envelope_name(entry)]["properties"].pop("recordedtime")  # ours to set
    return schemas
