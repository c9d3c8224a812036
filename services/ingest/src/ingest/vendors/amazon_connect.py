"""Amazon Connect: contact records, whole and re-sent, and contact events, as they happen and in no order.

Both tell facts of a leg; names that only a record knows have keys of their own, so that no event undoes them. A
transfer makes a new contact in Connect and none for the customer: all contacts of a chain are legs of the first and go
by its id, which is also what surveys join on.
"""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from events import strict_json
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors.amazon_chain import assemble
from ingest.vendors.legs import duration
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome, Part, Scalar
from ingest.vendors.telling import configured, telling
from ingest.vendors.vendor import Vendor

CONTACT_EVENT = "Amazon Connect Contact Event"
CHANNELS = {"VOICE": "phone", "CHAT": "chat", "EMAIL": "email", "TASK": "other"}
MESSAGES = {"connect:SMS": "sms", "connect:WhatsApp": "messaging"}


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    records = root if isinstance(document, list) else root.get("records")
    for item in records.items() if isinstance(records.value, list) else [root]:
        yield _of_item(item, source)


def _of_item(item: Node, source: Source) -> Outcome:
    """An event, a record, or a record as Kinesis and Firehose carry it: in base64, under ``data``."""
    packed = item.get("kinesis", "data") or item.get("data")
    item = _unpacked(packed) if packed else item
    kind = item.get("detail-type")
    if kind and kind.value != CONTACT_EVENT:
        return Ignored(item.at, "not a contact event")
    if kind or item.get("eventType"):
        return _of_event(item.get("detail") if kind else item, item.get("time").instant(), source)
    return _of_record(item, source)


def _unpacked(packed: Node) -> Node:
    if not isinstance(packed.value, str):
        return packed
    try:
        return Node(strict_json.loads(b64decode(packed.value, validate=True)), packed.at)
    except ValueError as error:  # Invalid among them
        raise packed.wrong("not-base64", "must be JSON in base64") from error


def _of_record(record: Node, source: Source) -> Outcome:
    agent, queue = record.get("Agent"), record.get("Queue")
    record.need("Channel")
    record.need("InitiationTimestamp")
    leg = {
        "agent": agent.get("Username").identifier(),
        "waited": duration(queue.get("Duration")),
        "talk": duration(agent.get("AgentInteractionDuration")),
        "hold": duration(agent.get("CustomerHoldDuration")),
        "wrap": duration(agent.get("AfterContactWorkDuration")),
        "next": record.get("NextContactId").identifier(),
        "transferred": True if record.get("TransferCompletedTimestamp") else None,
    }
    names = source.labels.get("team", {})
    if _tail(queue.get("ARN")).text() not in names:
        leg["team"] = queue.get("Name").label(names)
    chain = {
        "customer": configured(source, "customer_id", record).identifier(),
        "reason": configured(source, "reason", record).label(source.labels.get("reason")),
    }
    return _part(record, record.need_instant("LastUpdateTimestamp"), source, leg, chain)


def _of_event(detail: Node, time: datetime | None, source: Source) -> Outcome:
    moments = [moment for moment in _moments(detail).values() if moment]
    seen_at = time or (max(moments) if moments else detail.need_instant("time"))
    return _part(detail, seen_at, source, {}, {})


def _part(
    contact: Node,
    seen_at: datetime,
    source: Source,
    leg: Mapping[str, Scalar | datetime | None],
    chain: Mapping[str, str | None],
) -> Outcome:
    """What records and events both tell, besides ``leg`` and ``chain``, which only records do."""
    this = contact.need("ContactId").identifier() or ""
    method = contact.get("InitiationMethod").text()
    if method == "MONITOR":
        return Ignored(contact.at, "a supervisor who listens in")
    agent, queue = contact.get("Agent", "ARN") or contact.get("AgentInfo", "agentArn"), _queue(contact)
    known = {
        "method": method,
        "agent_arn": _tail(agent).identifier(),
        "queue_arn": _tail(queue).label(source.labels.get("team")),
        **_moments(contact),
        **leg,
    }
    facts = telling({"channel": _channel(contact), **chain}) | telling(known, "contact", this)
    return Part(contact.at, contact.get("InitialContactId").identifier() or this, facts, seen_at)


def _queue(contact: Node) -> Node:
    return contact.get("Queue", "ARN") or contact.get("QueueInfo", "queueArn")


def _moments(contact: Node) -> dict[str, datetime | None]:
    agent, queue = contact.get("Agent"), contact.get("Queue")
    agent, queue = agent or contact.get("AgentInfo"), queue or contact.get("QueueInfo")
    return {
        "initiated": contact.get("InitiationTimestamp").instant(),
        "ended": contact.get("DisconnectTimestamp").instant(),
        "enqueued": queue.get("EnqueueTimestamp").instant(),
        "answered": agent.get("ConnectedToAgentTimestamp").instant(),
    }


def _channel(contact: Node) -> str | None:
    subtype = contact.get("SegmentAttributes", "connect:Subtype", "ValueString").value
    if isinstance(subtype, str) and subtype in MESSAGES:
        return MESSAGES[subtype]
    named = contact.get("Channel").text()
    return named and CHANNELS.get(named.upper(), "other")


def _tail(arn: Node) -> Node:
    """What stands last in an Amazon resource name: the id."""
    text = arn.text()
    return Node(text and text.rpartition("/")[2], arn.at)


VENDOR = Vendor(
    name="amazon_connect",
    title="Amazon Connect",
    formats=(Format.JSON,),
    read=read,
    assemble=assemble,
)
