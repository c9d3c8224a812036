"""Records of Kafka in traces and logs: after OpenTelemetry's conventions for messaging, a batch is one span, linked to
what brought each of its records. What a record opens has a span of its own, beside the request that brought it.
"""

import re
from collections.abc import Sequence
from typing import Any

from opentelemetry.trace import SpanKind

from events.envelope import Event
from events.origin import Origin
from events.runtime import tracing
from events.runtime.stream import Outgoing, Record
from events.runtime.tracing import Span
from events.topics import CUSTOMERS

SYSTEM = {"messaging.system": "kafka"}
_IDENTIFIER = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_SHOWN = ("ce_id", "ce_requestid", "ce_traceparent")


def sending() -> Span:
    """The records of one request on their way; they carry its context. Enter it when they go."""
    operation = {"messaging.operation.type": "send", "messaging.operation.name": "send"}
    return tracing.part("send", {**SYSTEM, **operation}, kind=SpanKind.PRODUCER) if tracing.on() else tracing.UNTOLD


def sent(span: Span, records: Sequence[Outgoing]) -> None:
    """Which records ``span`` is about, once that is known."""
    topics = {record.topic for record in records}
    span.say({"messaging.batch.message_count": len(records)})
    if len(topics) == 1:
        (topic,) = topics
        span.say({"messaging.destination.name": topic}, name=f"send {topic}")


def processing(topic: str, events: Sequence[Event[Any]]) -> Span:
    """A batch that a consumer applies."""
    if not tracing.on():
        return tracing.UNTOLD
    operation = {"messaging.operation.type": "process", "messaging.operation.name": "process"}
    batch: dict[str, str | int] = {"messaging.destination.name": topic, "messaging.batch.message_count": len(events)}
    origins = (event.origin for event in events if event.traceparent)
    return tracing.gathering(f"process {topic}", origins, {**SYSTEM, **operation, **batch}, kind=SpanKind.CONSUMER)


def about(record: Record) -> dict[str, Any]:
    """For a log line: where a record is and what brought it, as far as its headers can be read."""
    said = {name: _readable(value) for name, value in record.headers if name in _SHOWN}
    place = {"topic": record.partition.topic, "partition": record.partition.number, "offset": record.offset}
    named = said.get("ce_id") and record.partition.topic != CUSTOMERS.name  # who asks to be forgotten may be its name
    event_id = {"event_id": said["ce_id"]} if named else {}
    return {**place, **event_id, **Origin(said.get("ce_requestid"), said.get("ce_traceparent")).said}


def _readable(value: bytes | None) -> str:
    """Empty where it is no identifier: nobody checked the headers of a record that is set aside."""
    return value.decode() if value is not None and _IDENTIFIER.fullmatch(value) else ""
