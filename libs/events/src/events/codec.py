"""Between values and events: the CloudEvents JSON format (HTTP structured mode) and the Kafka binary binding."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import msgspec
from pydantic import ValidationError

from events import strict_json
from events.catalog import BY_NAME, POSTED_BY_NAME, EventType
from events.envelope import DEFAULT_TENANT, Attributes, Event, Payload
from events.problems import Invalid, Problem, from_validation_error
from events.topics import Topic

Headers = tuple[tuple[str, bytes], ...]
Unknown = Literal["forbid", "ignore"]

_STORED_STRING_BYTES = 4 * strict_json.MAX_STRING_BYTES
"""The contract counts characters, and vendors' adapters keep that many of them in any script."""

CANONICAL = msgspec.json.Encoder(order="sorted")
"""Equal values give equal bytes: keys are sorted."""


def attributes(values: Mapping[str, Any], *, at: str = "", unknown: Unknown = "forbid") -> Attributes:
    """Validate CloudEvents context attributes. Raises Invalid."""
    try:
        return Attributes.model_validate(dict(values), extra=unknown)
    except ValidationError as error:
        raise from_validation_error(error, dict(values), at=at) from error


def payload(
    type_: str,
    data: Any,
    *,
    at: str = "",
    type_at: str = "/type",
    unknown: Unknown = "forbid",
    known: Mapping[str, EventType] = BY_NAME,
) -> Payload:
    """Validate the data of an event of that type.

    Args:
        unknown: the edge forbids unknown fields (they are typing errors); a consumer ignores them (they are a newer
            sender's).
        known: the types to choose from.

    Raises:
        Invalid: the type is not a known one, or the data does not fit it.
    """
    entry = known.get(type_)
    if entry is None:
        raise Invalid.at(type_at, "unknown-type", f"must be one of {', '.join(known)}")
    try:
        return entry.payload.model_validate(data, extra=unknown)
    except ValidationError as error:
        raise from_validation_error(error, data, at=at) from error


def event(attrs: Attributes, data: Payload, *, tenant: str, recorded_at: datetime) -> Event[Payload]:
    """Join what was said with who we know it is from and when we took it."""
    return Event(
        id=attrs.id,
        source=attrs.source,
        tenant=tenant,
        time=attrs.time or recorded_at,
        recorded_at=recorded_at,
        data=data,
        traceparent=attrs.traceparent,
        tracestate=attrs.tracestate,
        request_id=attrs.requestid,
    )


def structured(document: Any, *, tenant: str, recorded_at: datetime, at: str = "") -> Event[Payload]:
    """One event that a sender posts, in the CloudEvents JSON format. All complaints are collected. Raises Invalid."""
    if not isinstance(document, dict):
        raise Invalid.at(at, "model_type", "must be a JSON object: one CloudEvent")
    # The JSON format says that null is the same as left out.
    context = {name: value for name, value in document.items() if name != "data" and value is not None}
    problems: list[Problem] = []
    found = None
    try:
        found = attributes(context, at=at)
    except Invalid as error:
        problems += error.problems
    try:
        type_, said = str(document.get("type")), document.get("data")
        data = payload(type_, said, at=f"{at}/data", type_at=f"{at}/type", known=POSTED_BY_NAME)
    except Invalid as error:
        problems += error.problems
    if found is None or problems:
        raise Invalid(problems)
    return event(found, data, tenant=tenant, recorded_at=recorded_at)


def topic_of(event: Event[Payload]) -> Topic:
    return BY_NAME[event.type].topic


def key(event: Event[Payload]) -> bytes:
    """The Kafka key of the event's record."""
    return key_of(event.tenant, event.data.partition_key())


@lru_cache(50_000)
def key_of(tenant: str, partition_key: str) -> bytes:
    """A digest, since keys must hold nothing personal and a sender's customer id may be anything."""
    return hashlib.blake2b(f"{tenant}\0{partition_key}".encode(), digest_size=16).hexdigest().encode()


def encode(event: Event[Payload]) -> tuple[Headers, bytes]:
    """Headers and value of the Kafka record (CloudEvents Kafka binding, binary content mode)."""
    context = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time.isoformat(),
        "tenant": event.tenant,
        "recordedtime": event.recorded_at.isoformat(),
    }
    context |= {name: value for name, value in _followed(event) if value}
    headers = tuple((f"ce_{name}", value.encode()) for name, value in context.items())
    value = event.data.model_dump_json(exclude_defaults=True).encode()
    return (*headers, ("content-type", b"application/json")), value


def _followed(event: Event[Payload]) -> tuple[tuple[str, str | None], ...]:
    """What lets one request be followed through every service."""
    return (
        ("traceparent", event.traceparent),
        ("tracestate", event.tracestate),
        ("requestid", event.request_id),
    )


def decode(headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Event[Payload]:
    """The event in a Kafka record. Raises Invalid: such a record is a dead letter."""
    try:
        # Kafka allows a header without value, whatever its type says: to CloudEvents that is the same as left out.
        context = {name[3:]: raw.decode() for name, raw in headers if name.startswith("ce_") and raw is not None}
    except UnicodeDecodeError as error:
        raise Invalid.at("", "not-utf-8", "has a header that is not UTF-8", syntax=True) from error
    attrs = attributes(context, unknown="ignore")
    if value is None:
        raise Invalid.at("", "missing", "has no value")
    document = strict_json.loads(value, string_bytes=_STORED_STRING_BYTES)
    data = payload(attrs.type, document, at="/data", unknown="ignore")
    recorded = attrs.recordedtime or attrs.time
    if recorded is None:
        raise Invalid.at("/recordedtime", "missing", "is required")
    return event(attrs, data, tenant=attrs.tenant or DEFAULT_TENANT, recorded_at=recorded)


def identity_of(type_: str, data: Payload) -> str:
    """The event id of a payload that came without one: the same report of the same thing has the same id."""
    return identity(type_, CANONICAL.encode(data.model_dump(exclude_defaults=True)))


def identity(type_: str, canonical: bytes) -> str:
    """The same, of a payload without its defaults as ``CANONICAL`` encodes it."""
    return f"r-{hashlib.blake2b(type_.encode() + canonical, digest_size=16).hexdigest()}"
