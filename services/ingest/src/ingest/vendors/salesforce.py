"""Salesforce: Outbound Messages, SOAP XML with 1 to 100 records as they are when it is sent.

A message proves nothing of its sender but the organization's id: come by address, behind TLS. What it holds of secrets
(SessionId and the URLs beside it) is never read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from xml.etree.ElementTree import Element

from pydantic import BaseModel, ConfigDict, Field

from events.problems import Invalid
from events.vocabulary import Channel
from ingest.core.formats import Format
from ingest.core.source import Source
from ingest.vendors import tickets
from ingest.vendors.answers import Answered, response
from ingest.vendors.node import Node, identifier
from ingest.vendors.outcome import Context, Outcome, Part, Said
from ingest.vendors.vendor import Answer, Vendor

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MESSAGE = "/Envelope/Body/notifications"
QUEUE = "00G"
"""Ids of groups begin so: an owner that is a queue is a team, not a person."""

CHANNELS: dict[str, Channel] = {
    "phone": "phone",
    "email": "email",
    "web": "web",
    **dict.fromkeys(("chat", "live chat", "live agent"), "chat"),
    **dict.fromkeys(("messaging", "whatsapp", "in-app messaging"), "messaging"),
    **dict.fromkeys(("sms", "text"), "sms"),
    **dict.fromkeys(("facebook", "twitter", "instagram", "social"), "social"),
}
ACK = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>'
    b"</soapenv:Body></soapenv:Envelope>"
)


class Options(BaseModel):
    """What only a Salesforce source has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    organization_id: Annotated[str, Field(pattern=r"^00D[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$")]
    contacts: tuple[str, ...] = Field(("Case",), description="The objects that are contacts with a customer.")
    closed: tuple[str, ...] = Field(("Closed",), description="What Status says of a case that is done with.")
    channels: dict[str, Channel] = Field(default_factory=dict, description="Channels for your own values of Origin.")
    answered_at: str | None = Field(None, description="The field with the time of the answer; else LastModifiedDate.")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a message. ``dated``: by Salesforce, or else ``changed_at`` is only when we took it."""

    at: str
    notification: str
    kind: str
    fields: Node
    id: str
    changed_at: datetime
    dated: bool


def read(document: Element, source: Source, context: Context) -> Iterator[Outcome]:
    message = document.find("{*}Body/{*}notifications")
    if message is None:
        raise Invalid.at(MESSAGE, "missing", "is required: this is no Outbound Message")
    organization = Node((message.findtext("{*}OrganizationId") or "").strip(), f"{MESSAGE}/OrganizationId")
    if long_id(organization.need_text()) != long_id(source.options.organization_id):
        raise organization.wrong("wrong-organization", "is not the organization that this source is for")
    found = message.findall("{*}Notification")
    if not found:
        raise Invalid.at(f"{MESSAGE}/Notification", "missing", "is required")
    for number, notification in enumerate(found):
        yield from _said(_record(notification, f"{MESSAGE}/Notification/{number}", source, context), source)


def _record(notification: Element, at: str, source: Source, context: Context) -> Record:
    told = notification.find("{*}sObject")
    if told is None:
        raise Invalid.at(f"{at}/sObject", "missing", "is required")
    fields = Node({_local(field.tag): (field.text or "").strip() for field in told}, f"{at}/sObject")
    dated = (fields.get("SystemModstamp") or fields.get("LastModifiedDate")).instant(zone=source.zone)
    return Record(
        at=at,
        notification=Node(notification.findtext("{*}Id"), f"{at}/Id").need_text(),
        kind=told.get(TYPE, "").rpartition(":")[2],
        fields=fields,
        id=long_id(fields.need_text("Id")),
        changed_at=dated or context.received_at,
        dated=dated is not None,
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _said(record: Record, source: Source) -> Iterator[Outcome]:
    answered = _answered(record, source)
    for question in source.questions:
        if question.form in (None, record.kind) and record.fields.get(question.question):
            said = response(source, answered, question)
            yield replace(said, id=_event_id(record, said, question.question))
    if record.kind in source.options.contacts:
        yield Part(record.at, record.id, _facts(record, source), record.changed_at)


def _event_id(record: Record, said: Said, question: str) -> str:
    """By the notification, which keeps its id when it is sent again; by the change too, for its record may be newer."""
    changed = f":{said.id.rpartition(':')[2]}" if record.dated else ""
    return identifier(f"{record.notification}:{question}{changed}")


def _answered(record: Record, source: Source) -> Answered:
    wanted = {name for question in source.questions for name in (question.question, question.comment) if name}
    answered_at = source.options.answered_at
    submitted_at = record.fields.get(answered_at).instant(zone=source.zone) if answered_at else None
    case = tickets.placed(source, record.fields, "interaction_id", record.fields.get("CaseId"))
    contact = record.id if record.kind in source.options.contacts else _id(case)
    return Answered(
        at=record.at,
        form=record.kind,
        form_at=f"{record.at}/sObject",
        response=record.id,
        given={name: record.fields.get(name) for name in wanted},
        about=_about(record, source) | {"interaction_id": contact and VENDOR.contact_id(source, contact)},
        submitted_at=submitted_at or record.changed_at,
        changed_at=record.changed_at,
    )


def _facts(record: Record, source: Source) -> Mapping[str, Any]:
    fields, status = record.fields, record.fields.get("Status").text()
    over = fields.get("IsClosed").boolean()
    if over is None and status is not None:
        over = status in source.options.closed
    known = _about(record, source) | {
        "opened_at": fields.get("CreatedDate").instant(zone=source.zone),
        "over": over,
        "ended_at": fields.get("ClosedDate").instant(zone=source.zone),
    }
    return tickets.facts(known)


def _about(record: Record, source: Source) -> dict[str, Any]:
    def at(name: Any, *usual: str) -> Node:
        found = next((node for field in usual if (node := record.fields.get(field))), Node(None))
        return tickets.placed(source, record.fields, name, found)

    owner = _id(at("agent", "OwnerId"))
    queue = owner if owner and owner.startswith(QUEUE) else None
    return {
        "agent": None if queue or not owner else identifier(owner),
        "team": tickets.placed(source, record.fields, "team", Node(queue)).label(source.labels.get("team")),
        "customer_id": (customer := _id(at("customer_id", "ContactId"))) and identifier(customer),
        "channel": tickets.channel(at("channel", "Origin"), _channels(source), source),
        "reason": at("reason", "Reason", "Type").label(source.labels.get("reason")),
    }


def _channels(source: Source) -> dict[str, Channel]:
    return CHANNELS | {name.lower(): channel for name, channel in source.options.channels.items()}


def _id(node: Node) -> str | None:
    raw = node.text()
    return raw and long_id(raw)


def long_id(raw: str) -> str:
    """The 18 characters of a record id that may come as its 15: the last three tell which of the others are capitals,
    five at a time, the first of five the lowest bit. Anything else stays as it is."""
    if not re.fullmatch(r"[A-Za-z0-9]{15}", raw, re.ASCII):
        return raw
    fives = (raw[start : start + 5] for start in (0, 5, 10))
    capitals = (sum(1 << place for place, character in enumerate(five) if character.isupper()) for five in fives)
    return raw + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits] for bits in capitals)


VENDOR = Vendor(
    name="salesforce",
    title="Salesforce",
    formats=(Format.XML,),
    read=read,
    assemble=tickets.assemble,
    options=Options,
    answer=Answer(200, "text/xml; charset=utf-8", ACK),
    by_address=True,
)
