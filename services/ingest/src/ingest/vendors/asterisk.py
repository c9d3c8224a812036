"""Asterisk and FreePBX: the queue log as text, manager events (AMI) and call records (CDR) as JSON.

A queue tells waits and talks, and knows no after-call work and no hold: those stay unknown. ``holdtime`` is the wait.
Talk and wait come as whole seconds, but for RINGNOANSWER's milliseconds, which we don't need.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors.asterisk_contact import Options, agent_of, assemble
from ingest.vendors.asterisk_queue_log import line
from ingest.vendors.legs import before, duration
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome, Part
from ingest.vendors.telling import configured, telling
from ingest.vendors.vendor import Vendor

AMI_CDR = {
    "start": "StartTime",
    "answer": "AnswerTime",
    "end": "EndTime",
    "billsec": "BillableSeconds",
    "lastapp": "LastApplication",
    "dcontext": "DestinationContext",
    "dstchannel": "DestinationChannel",
}
"""The manager's names for the fields of a call record, where they differ by more than case."""


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    for item in root.items() if isinstance(document, list) else [root]:
        if isinstance(item.value, str):
            yield line(item, source)
        elif (event := item.get("Event").text()) and event != "Cdr":
            yield _of_manager(event, item, source, context.received_at)
        elif item.get("disposition"):
            yield _of_record(item, source)
        else:
            raise item.get("Event").wrong("missing", "is required, or else disposition")


def _of_manager(event: str, item: Node, source: Source, received_at: datetime) -> Outcome:
    """A manager event. Only with ``timestampevents`` switched on does it say when it was."""
    seen_at = item.get("Timestamp").instant() or received_at
    queue = item.get("Queue").label(source.labels.get("team"))
    held = duration(item.get("HoldTime"))
    which = f"{seen_at.isoformat()}/{item.get('Queue').identifier()}"
    if event == "QueueCallerJoin":
        facts = telling({"team": queue, "at": seen_at}, "joined", which)
    elif event == "QueueCallerAbandon":
        facts = telling({"team": queue, "at": seen_at, "waited": held}, "left", which)
    elif event in ("AgentConnect", "AgentComplete"):
        talk = duration(item.need("TalkTime")) if event == "AgentComplete" else None
        leg = {
            "team": queue,
            "agent": agent_of(item.need("Interface")),
            "waited": held,
            "talk": talk,
            "answered": seen_at if talk is None else None,
            "completed": None if talk is None else seen_at,
        }
        channel = (item.get("DestUniqueid") or item.get("Interface")).identifier()
        facts = telling(leg, "with", channel or "")
    else:
        return Ignored(item.at, "a manager event that says nothing of a call's queue or agent")
    return Part(item.at, item.need("Uniqueid").identifier() or "", facts | _about(item, source), seen_at)


def _of_record(item: Node, source: Source) -> Outcome:
    """A call record: outside a queue, whom Dial reached is the agent. Its times have no zone: the source's counts."""

    def get(name: str) -> Node:
        return item.get(AMI_CDR.get(name, name) if item.get("Event") else name)

    if (get("lastapp").text() or "").lower() == "queue":
        return Ignored(item.at, "a call record of a queue: the queue log tells it better")
    call = get("uniqueid").need().identifier() or ""
    seen_at = get("end").need_instant(zone=source.zone)
    outbound = get("dcontext").text() in source.options.outbound_contexts
    reached = get("disposition").value == "ANSWERED" and (get("lastapp").text() or "").lower() == "dial"
    talk = duration(get("billsec").need()) if reached else None
    facts = {
        "started": get("start").need_instant(zone=source.zone),
        "ended": seen_at,
        "talk": talk,
        "answered": None if talk is None else before(seen_at, talk),
        "agent": agent_of(get("channel" if outbound else "dstchannel")) if reached else None,
        "direction": "outbound" if outbound else "inbound",
    }
    sequence = get("sequence").identifier() or "0"
    contact = get("linkedid").identifier() or call
    return Part(item.at, contact, telling(facts, "record", f"{call}/{sequence}") | _about(item, source), seen_at)


def _about(item: Node, source: Source) -> dict[str, str | int | float | bool]:
    customer = configured(source, "customer_id", item).identifier()
    return telling(
        {"customer": customer, "reason": configured(source, "reason", item).label(source.labels.get("reason"))}
    )


VENDOR = Vendor(
    name="asterisk",
    title="Asterisk and FreePBX",
    formats=(Format.LINES, Format.JSON),
    read=read,
    assemble=assemble,
    options=Options,
    interaction_prefix="asterisk:",
)
