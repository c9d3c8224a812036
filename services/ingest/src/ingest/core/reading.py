"""From the bytes of a body to events, in each of the shapes we take. A batch is taken whole or refused whole.

A pointer names a place in the body; in binary mode, where the attributes are headers, in the same event written as one
JSON document.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from events import codec, strict_json
from events.envelope import Attributes, Event, Payload
from events.origin import Origin
from events.problems import Invalid, Problem
from ingest.core import limits, wire
from ingest.core.limits import BATCH_BYTES, BATCH_EVENTS, COMPLAINTS, SINGLE_BYTES, TooLarge


@dataclass(frozen=True, slots=True)
class Arrival:
    """What we know of a request beside its body. The trace context is ours where we trace, else the HTTP headers',
    where well formed."""

    tenant: str
    recorded_at: datetime
    request_id: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.request_id, self.traceparent, self.tracestate)

    def of(self, origin: Origin) -> "Arrival":
        """The same, with what comes of it next to ``origin`` in the trace."""
        return Arrival(self.tenant, self.recorded_at, *origin)

    def stamp(self, event: Event[Payload]) -> Event[Payload]:
        """The event with the request it came in; a trace context of its own goes before the request's."""
        if event.traceparent:
            return replace(event, request_id=self.request_id)
        return replace(event, request_id=self.request_id, traceparent=self.traceparent, tracestate=self.tracestate)


class Placed(NamedTuple):
    """An event and where it stands in the body: "" for a single one, "/3" in a batch."""

    at: str
    event: Event[Payload]


def structured(raw: bytes, arrival: Arrival) -> list[Placed]:
    """One CloudEvent as a JSON document. Raises Invalid."""
    return [cloud_event(strict_json.loads(raw), "", arrival)]


def batch(raw: bytes, arrival: Arrival) -> list[Placed]:
    """A JSON array of CloudEvents. Raises Invalid, TooLarge."""
    documents = strict_json.loads(raw)
    if not isinstance(documents, list):
        raise Invalid.at("", "list_type", "must be a JSON array of CloudEvents")
    return each(documents, lambda document, at: cloud_event(document, at, arrival))


def binary(raw: bytes, arrival: Arrival, *, headers: Iterable[tuple[str, str]]) -> list[Placed]:
    """One CloudEvent with its attributes in ``ce-`` headers and its data as the body. Raises Invalid."""
    return [cloud_event({**wire.attributes(headers), "data": strict_json.loads(raw)}, "", arrival)]


def plain(raw: bytes, arrival: Arrival, *, type_: str, source: str) -> list[Placed]:
    """One payload of that type, or an array of them, without any envelope. Raises Invalid, TooLarge."""
    document = strict_json.loads(raw)
    if isinstance(document, list):
        return each(document, lambda item, at: plain_payload(item, at, arrival, type_, source))
    if len(raw) > SINGLE_BYTES:
        raise TooLarge(f"has over {SINGLE_BYTES} bytes; only an array may have more, up to {BATCH_BYTES}")
    return [plain_payload(document, "", arrival, type_, source)]


def each(items: list[Any], read: Callable[[Any, str], Placed]) -> list[Placed]:
    """Every item read, or the complaints of all of them. Raises Invalid, TooLarge."""
    if len(items) > BATCH_EVENTS:
        raise TooLarge(f"has over {BATCH_EVENTS} events; send them in several requests")
    found: list[Placed] = []
    problems: list[Problem] = []
    for number, item in enumerate(items):
        try:
            found.append(read(item, f"/{number}"))
        except Invalid as error:
            problems += error.problems
        if len(problems) >= COMPLAINTS:
            break
    if problems:
        raise Invalid(problems[:COMPLAINTS])
    return found


def cloud_event(document: Any, at: str, arrival: Arrival) -> Placed:
    """A decoded CloudEvent; ``at``: where it stands. Raises Invalid."""
    problems = _ours_to_say(document, at, arrival.tenant)
    try:
        event = codec.structured(document, tenant=arrival.tenant, recorded_at=arrival.recorded_at, at=at)
        problems += [_ahead(f"{at}/{name}") for name in limits.refused_moments(event)]
    except Invalid as error:
        problems += error.problems
    if problems:
        raise Invalid(problems)
    return Placed(at, arrival.stamp(event))


def plain_payload(document: Any, at: str, arrival: Arrival, type_: str, source: str) -> Placed:
    """A decoded payload of that type, without envelope. Raises Invalid."""
    data = codec.payload(type_, document, at=at)
    attributes = Attributes(specversion="1.0", id=codec.identity_of(type_, data), source=source, type=type_)
    event = codec.event(attributes, data, tenant=arrival.tenant, recorded_at=arrival.recorded_at)
    if late := limits.refused_moments(event):
        raise Invalid([_ahead(f"{at}/{name.removeprefix('data/')}") for name in late])
    return Placed(at, arrival.stamp(event))


def _ours_to_say(document: Any, at: str, tenant: str) -> list[Problem]:
    """Complaints about attributes that only we may set, or that contradict the API key."""
    if not isinstance(document, dict):
        return []
    problems = []
    if document.get("tenant") not in (None, tenant):
        problems.append(Problem(f"{at}/tenant", "tenant", "is not the tenant of this API key; leave it out"))
    for name in ("recordedtime", "requestid"):
        if document.get(name) is not None:
            problems.append(Problem(f"{at}/{name}", name, "is set by us alone; leave it out"))
    return problems


def _ahead(pointer: str) -> Problem:
    return Problem(pointer, "future", "is more than 24 hours ahead of our clock")
