"""The topics and events as an AsyncAPI 3.0 document, from the catalogue: what another consumer needs to know.

``python -m events.asyncapi`` prints it; a test compares the one in docs/ with it.
"""

import sys
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic.json_schema import models_json_schema

from events.catalog import EVENT_TYPES, EventType
from events.envelope import Attributes
from events.topics import TOPICS, Topic

_SCHEMAS = "#/components/schemas/"
_SENT = {
    "ingest": "Ingest keeps what it accepts.",
    "alerting": "Alerting tells how each case stands, whenever that changes.",
    "profile-sync": "Profile-sync tells what a customer wants, and what does not hold any more.",
    "scoring": "Scoring tells the numbers, and who earned an award.",
}
DESCRIPTION = """\
What Amends' services say to each other over Kafka, for whoever wants to read along.

Records follow the CloudEvents Kafka protocol binding in binary content mode: the attributes are headers named `ce_…`,
the value is the data as JSON. Keys are digests, equal for equal customers; equal keys have equal partition numbers in
all topics. Delivery is at least once: tenant, source and id together name an event, and the same one may come again.
Snapshots (`revision` or `updated_at`) may come out of order; the newest counts. Ignore fields you don't know.
"""


def document() -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Amends: topics and events",
            "version": "1.0.0",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operations()),
        "components": {"messages": {entry.name: _message(entry) for entry in EVENT_TYPES}, "schemas": _schemas()},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": f"Read by {', '.join(topic.readers) or 'whoever wants to know'}.",
        "messages": {
            entry.name: {"$ref": f"#/components/messages/{entry.name}"} for entry in EVENT_TYPES if entry.topic is topic
        },
        "bindings": {
            "kafka": {
                "bindingVersion": "0.5.0",
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "retention.ms": int(topic.retention.total_seconds() * 1000),
                    "max.message.bytes": topic.record_bytes,
                },
            }
        },
    }


def _operations() -> Iterator[tuple[str, Any]]:
    for topic in TOPICS:
        channel = {"$ref": f"#/channels/{topic.name}"}
        for sender in sorted({entry.by for entry in EVENT_TYPES if entry.topic is topic}):
            yield f"{sender}.{topic.name}", {"action": "send", "channel": channel, "summary": _SENT[sender]}
        for reader in topic.readers:
            yield f"{reader}.{topic.name}", {"action": "receive", "channel": channel, "summary": f"Read by {reader}."}


def _message(entry: EventType) -> dict[str, Any]:
    payload = entry.payload
    example = (payload.model_config.get("json_schema_extra") or {})["example"]  # type: ignore[index]
    return {
        "name": entry.name,
        "title": entry.name,
        "summary": (payload.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "headers": {"$ref": f"{_SCHEMAS}Headers"},
        "payload": {"$ref": _SCHEMAS + payload.__name__},
        "bindings": {"kafka": {"bindingVersion": "0.5.0", "key": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}},
        "examples": [{"name": "example", "payload": example}],
    }


def _schemas() -> dict[str, Any]:
    _, found = models_json_schema(
        [(entry.payload, "validation") for entry in EVENT_TYPES], ref_template=_SCHEMAS + "{model}"
    )
    return {"Headers": _headers(), **_plain(found["$defs"])}


def _plain(schema: Any) -> Any:
    """Without OpenAPI's form of ``discriminator``, which AsyncAPI has not; the tags themselves say as much."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
    return [_plain(item) for item in schema] if isinstance(schema, list) else schema


def _headers() -> dict[str, Any]:
    """The attributes as record headers. ``dataschema`` and ``subject`` are accepted at the edge and not passed on."""
    attributes = Attributes.model_json_schema(ref_template=_SCHEMAS + "{model}")["properties"]
    passed_on = {
        f"ce_{name}": schema
        for name, schema in attributes.items()
        if name not in ("datacontenttype", "dataschema", "subject")
    }
    needed = ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_tenant", "ce_recordedtime"]
    return {
        "type": "object",
        "required": [*needed, "content-type"],
        "properties": {**passed_on, "content-type": {"const": "application/json"}},
    }


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, the way people write them."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def text() -> str:
    """The document as YAML."""
    return yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


if __name__ == "__main__":
    sys.stdout.write(text())
