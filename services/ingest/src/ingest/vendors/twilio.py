"""Twilio: calls, and TaskRouter tasks with their reservations, as forms, Event Streams or the REST resource.

A reservation that was accepted is a leg. Accepted to wrapping is talk, wrapping to completed is wrap. The length of a
call is not handle time: it has the menu and the queue in it. A task made by ``<Enqueue>`` names its call, and is known
by it; every other task is known by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events import strict_json
from events.problems import Invalid
from ingest.core.formats import Format
from ingest.core.signing_schemes import TWILIO, TWILIO_JSON
from ingest.core.source import Source
from ingest.vendors.legs import before, duration
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome, Part
from ingest.vendors.telling import configured, telling
from ingest.vendors.twilio_contact import BEGUN, ENDED, assemble
from ingest.vendors.vendor import Answer, Vendor

STREAM = "com.twilio.taskrouter."
TASK_MOMENTS = {
    "task.created": "created",
    "task-queue.entered": "queued",
    "task.canceled": "canceled",
    "task.completed": "completed",
}
LEG_MOMENTS = {
    "reservation.accepted": "accepted",
    "reservation.wrapup": "wrapping",
    "reservation.completed": "completed",
}
CHANNELS = {
    "voice": "phone",
    "chat": "chat",
    "web": "chat",
    "sms": "sms",
    "email": "email",
    "video": "video",
    "whatsapp": "messaging",
    "messenger": "messaging",
    "facebook": "messaging",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One TaskRouter event: its fields are named ``TaskSid`` in forms and ``task_sid`` in JSON."""

    kind: str
    fields: Node
    seen_at: datetime
    camel: bool = False

    def get(self, name: str) -> Node:
        return self.fields.get("".join(part.title() for part in name.split("_")) if self.camel else name)

    def id(self, name: str) -> str:
        return self.get(name).need().identifier() or ""

    def attributes(self, name: str) -> Node:
        """Twilio writes attributes as JSON inside a text."""
        found = self.get(name)
        if not isinstance(found.value, str) or not found:
            return found
        try:
            return Node(strict_json.loads(found.value.encode()), found.at)
        except Invalid as error:
            raise found.wrong("not-json", "must be JSON in a text") from error


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    if isinstance(document, list) and all(isinstance(item, tuple) for item in document):
        yield _of_form(Node(dict(document)), source, context)
    elif isinstance(document, list):
        for item in Node(document).items():
            yield _of_json(item, source)
    elif Node(document).get("events").value is not None:
        for item in Node(document).get("events").items():
            yield _of_json(item, source)
    else:
        yield _of_json(Node(document), source)


def _of_form(form: Node, source: Source, context: Context) -> Outcome:
    if form.get("CallSid") and not form.get("EventType"):
        return _of_call(form, context.received_at)
    kind = form.need_text("EventType")
    seen_at = form.get("TimestampMs").instant(unit="ms") or form.need_instant("Timestamp")
    return _of_task(Event(kind, form, seen_at, camel=True), source)


def _of_json(item: Node, source: Source) -> Outcome:
    if item.get("specversion"):
        return _of_stream(item, source)
    kind = item.need_text("event_type")
    seen_at = item.get("event_date_ms").instant(unit="ms") or item.need_instant("event_date")
    return _of_task(Event(kind, item.get("event_data"), seen_at), source)


def _of_stream(item: Node, source: Source) -> Outcome:
    kind = item.need_text("type")
    if not kind.startswith(STREAM):
        return Ignored(item.at, "not an event of TaskRouter")
    payload = item.get("data", "payload")
    if payload.value is None:
        return Ignored(item.at, "an event without payload")
    seen_at = (payload.get("timestamp") or item.get("data", "timestamp")).need_instant()
    return _of_task(Event(kind.removeprefix(STREAM), payload, seen_at), source)


def _of_task(event: Event, source: Source) -> Outcome:
    if not event.kind.startswith(("task.", "reservation.")) and event.kind != "task-queue.entered":
        return Ignored(event.fields.at, "says nothing of a contact")
    attributes = event.attributes("task_attributes")
    task = event.id("task_sid")
    contact = attributes.get("call_sid").identifier() or task
    documents = Node({"task_attributes": attributes.value, "worker_attributes": _of_worker(event)}, event.fields.at)
    age = duration(event.get("task_age"))
    facts = telling(
        {
            "channel": _channel(event, attributes),
            "direction": "outbound" if attributes.get("direction").value == "outbound" else "inbound",
            "team": _team(event, source),
            "customer": configured(source, "customer_id", documents).identifier(),
            "reason": configured(source, "reason", documents).label(source.labels.get("reason")),
        }
    )
    known = {"aged": None if age is None else before(event.seen_at, age)}
    if moment := TASK_MOMENTS.get(event.kind):
        known[moment] = event.seen_at
    facts |= telling(known, "task", task)
    if moment := LEG_MOMENTS.get(event.kind):
        agent = configured(source, "agent", documents).identifier() or event.get("worker_sid").identifier()
        leg = {moment: event.seen_at, "agent": agent, "team": _team(event, source), "task": task}
        facts |= telling(leg, "with", event.id("reservation_sid"))
    return Part(event.fields.at, contact, facts, event.seen_at)


def _of_worker(event: Event) -> Any:
    return event.attributes("worker_attributes").value if event.get("worker_attributes") else None


def _channel(event: Event, attributes: Node) -> str | None:
    named = (attributes.get("channelType"), event.get("task_channel_unique_name"), attributes.get("channel"))
    known = [CHANNELS.get((node.text() or "").lower()) for node in named]
    return next((channel for channel in known if channel), "phone" if attributes.get("call_sid") else None)


def _team(event: Event, source: Source) -> str | None:
    names, sid = source.labels.get("team", {}), event.get("task_queue_sid")
    return (sid if sid.text() in names else event.get("task_queue_name") or sid).label(names)


def _of_call(form: Node, received_at: datetime) -> Outcome:
    call, status = form.need("CallSid").identifier() or "", form.need_text("CallStatus")
    seen_at = form.get("Timestamp").instant() or received_at
    parent = form.get("ParentCallSid").identifier()
    if status not in BEGUN + ENDED:
        return Ignored(form.at, "a call status that we don't know")
    moments = {status: seen_at, "seconds": duration(form.get("CallDuration"))}
    if parent:
        dialed = status == "completed" and form.get("Direction").value == "outbound-dial"
        facts = telling(moments, "dial", call) if dialed else None
        return Part("", parent, facts, seen_at) if facts else Ignored("", "a leg of a call, not ended")
    outbound = (form.get("Direction").text() or "").startswith("outbound")
    facts = telling({"channel": "phone", "direction": "outbound" if outbound else "inbound"})
    return Part("", call, facts | telling(moments, "call", "it"), seen_at)


VENDOR = Vendor(
    name="twilio",
    title="Twilio Voice and TaskRouter",
    formats=(Format.FORM, Format.JSON),
    signatures={Format.FORM: TWILIO, Format.JSON: TWILIO_JSON},
    read=read,
    assemble=assemble,
    answer=Answer(204),
)
