"""The operations of our own routes, as OpenAPI: they answer straight from ASGI, so FastAPI cannot describe them."""

from collections.abc import Iterator, Mapping
from typing import Any

from events.catalog import POSTED, EventType
from ingest.api import events, webhooks
from ingest.api.page import problems
from ingest.api.page.schemas import REF, envelope_example, envelope_name, example
from ingest.core import wire
from ingest.core.limits import BATCH_EVENTS
from ingest.core.source import NAME_PATTERN

SECURITY = {"ApiKey": {"type": "http", "scheme": "bearer", "description": "An API key: amk_…"}}
_REQUEST_ID = {"X-Request-Id": {"description": "Names the request in our logs.", "schema": {"type": "string"}}}
_HEADERS = {
    "Content-Encoding": "How the body is packed; left out: it is not.",
    "X-Request-Id": "Names the request, in the answer, our logs and the records; else we choose one.",
    "traceparent": "W3C trace context; goes with the events.",
}
_BINARY_HEADERS = {
    "ce-specversion": "Binary mode: `1.0`.",
    "ce-id": "Binary mode: the event's id.",
    "ce-source": "Binary mode: who the event is from.",
    "ce-type": f"Binary mode: one of {', '.join(f'`{entry.name}`' for entry in POSTED)}.",
    "ce-time": "Binary mode: when it happened (RFC 3339).",
}

_VALUES: Mapping[str, Any] = {
    "Content-Encoding": {"enum": ["gzip", "identity"]},
    events.SOURCE_HEADER: {"pattern": r"^[A-Za-z0-9._:/-]{1,128}$"},
}


def paths() -> dict[str, Any]:
    """OpenAPI's ``paths`` of the event routes and the webhooks."""
    return {**dict(_events()), webhooks.NAME: {"post": _webhook(), "head": _webhook_head()}}


def _events() -> Iterator[tuple[str, Any]]:
    yield events.PATH, {"post": _cloud_events()}
    for entry in POSTED:
        yield events.plain_path(entry), {"post": _plain(entry)}


def _cloud_events() -> dict[str, Any]:
    kinds = [{"$ref": REF + envelope_name(entry)} for entry in POSTED]
    examples = {entry.name: envelope_example(entry) for entry in POSTED}
    content = {
        wire.STRUCTURED: _content({"oneOf": kinds}, examples),
        wire.BATCH: _content(_array({"oneOf": kinds}), {"all": list(examples.values())}),
        wire.JSON: _content(
            {"oneOf": [{"$ref": REF + entry.payload.__name__} for entry in POSTED]},
            {entry.name: example(entry) for entry in POSTED},
        ),
    }
    return _operation(
        "cloud_events",
        "CloudEvents 1.0: structured, batch or binary",
        "Binary mode is `application/json` with the attributes in `ce-` headers. The API key needs the scope"
        " `events:write`, and for `customer.erased` the scope `erasure:write`.",
        content,
        {**_BINARY_HEADERS, **_HEADERS},
    )


def _plain(entry: EventType) -> dict[str, Any]:
    noun = entry.plural or entry.name
    needs = "" if entry.scope == "events:write" else f" The API key needs the scope `{entry.scope}`."
    one = {"$ref": REF + entry.payload.__name__}
    content = {wire.JSON: _content({"oneOf": [one, _array(one)]}, {"one": example(entry), "several": [example(entry)]})}
    return _operation(
        noun.replace("-", "_"),
        f"{noun.replace('-', ' ').capitalize()}, as plain JSON",
        f"One object, or an array of up to {BATCH_EVENTS}. Each becomes an event `{entry.name}`.{needs}",
        content,
        {
            events.SOURCE_HEADER: "Who the report is from, where the API key may speak for several sources or any.",
            **_HEADERS,
        },
    )


def _operation(
    name: str, summary: str, description: str, content: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "tags": ["Send events"],
        "operationId": name,
        "summary": summary,
        "description": description,
        "security": [{"ApiKey": []}],
        "parameters": [_header(header, text) for header, text in headers.items()],
        "requestBody": {"required": True, "content": dict(content)},
        "responses": {
            "202": _json("Stored on every in-sync replica.", "Accepted", {"accepted": 1, "ids": ["resp-9001"]}),
            **problems.responses(problems.REFUSALS, REF + "ProblemDetails"),
        },
    }


def _webhook() -> dict[str, Any]:
    told = {"accepted": 1, "ids": ["desk:5158:csat:1772445600000"], "queued": 0, "noted": 0, "ignored": 0}
    taken = _json(
        "Kept: events on every in-sync replica of Kafka, what is to be fetched or put together in PostgreSQL. Some"
        " vendors get the answer they expect instead, such as Salesforce its Ack.",
        "Told",
        told,
    )
    return {
        "tags": ["Webhooks"],
        "operationId": "webhook",
        "summary": "What a vendor posts, read by the adapter of the source",
        "description": "Signed as the vendor signs; vendors that sign nothing come with an API key of the source.",
        "security": [{"ApiKey": []}, {}],
        "parameters": [_NAME],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {}},
                "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
                "text/xml": {"schema": {"type": "string"}},
                "text/plain": {"schema": {"type": "string"}},
            },
        },
        "responses": {
            "200": {"description": "Taken, answered as the vendor expects.", "headers": _REQUEST_ID},
            "202": taken,
            "204": {"description": "Taken, answered as the vendor expects.", "headers": _REQUEST_ID},
            **problems.responses([*problems.REFUSALS, problems.NO_SOURCE], REF + "ProblemDetails"),
        },
    }


def _webhook_head() -> dict[str, Any]:
    return {
        "tags": ["Webhooks"],
        "operationId": "webhook_head",
        "summary": "Whether there is such a source",
        "parameters": [_NAME],
        "responses": {"200": {"description": "There is."}, "404": {"description": "There is not."}},
    }


_NAME = {
    "name": "source",
    "in": "path",
    "required": True,
    "description": "The name of a configured source.",
    "schema": {"type": "string", "pattern": NAME_PATTERN},
    "example": "support-desk",
}


def _json(description: str, schema: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    content = {wire.JSON: {"schema": {"$ref": REF + schema}, "example": shown}}
    return {"description": description, "headers": _REQUEST_ID, "content": content}


def _content(schema: Mapping[str, Any], examples: Mapping[str, Any]) -> dict[str, Any]:
    return {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": BATCH_EVENTS}


def _header(name: str, text: str) -> dict[str, Any]:
    schema = {"type": "string", **_VALUES.get(name, {})}
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
