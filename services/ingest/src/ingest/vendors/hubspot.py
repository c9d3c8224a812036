"""HubSpot: batches of thin events. Of a survey response they say only that it is there; it is fetched after.

The scale follows from the kind of survey, as HubSpot documents it, or from the source's questions; never from the
response group, whose words are the same for all three kinds.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from events.customer import CustomerErased
from ingest.core import signing_schemes
from ingest.core.formats import Format
from ingest.core.source import Question, Source
from ingest.vendors.answers import Answered, contact, response
from ingest.vendors.node import Node, build, identifier
from ingest.vendors.outcome import Context, Ignored, Outcome, Said, Thin
from ingest.vendors.vendor import Enrichment, Vendor

SURVEY_RESPONSE = "0-19"
"""HubSpot's object type id of feedback submissions."""
SCORE, COMMENT = "hs_value", "hs_content"
CONTACT = "properties.hs_contact_id"
"""Where customer ids come from, unless the source says otherwise."""
PROPERTIES = (
    "hs_survey_id", "hs_survey_type", SCORE, COMMENT, "hs_contact_id", "hs_ticket_id", "hs_submission_timestamp",
    "hs_createdate", "hs_lastmodifieddate",
)  # fmt: skip
BY_KIND = {
    "NPS": Question(question=SCORE, instrument="nps", scale="0-10"),
    "CSAT": Question(question=SCORE, instrument="csat", scale="0-2"),
    "CES": Question(question=SCORE, instrument="ces", scale="1-7"),
}
_NAME = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)
_PROPERTY = re.compile(rf"properties\.({_NAME.pattern})", re.ASCII)


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    for event in Node(document).need().items():
        yield _one(event, source)


def _one(event: Node, source: Source) -> Outcome:
    kind = event.need_text("subscriptionType")
    if kind == "contact.privacyDeletion":
        return _erasure(event, source)
    if not _tells_of_a_response(event, kind):
        return Ignored(event.at, "is not about a survey response that came or changed")
    portal, object_ = (event.need_text(key) for key in ("portalId", "objectId"))
    changed_at = event.need_instant("occurredAt", unit="ms")
    own = ",".join(_own_properties(source))
    reference = {"portal": portal, "object": object_} | ({"properties": own} if own else {})
    name = identifier(f"{portal}:{object_}:{round(changed_at.timestamp() * 1000)}")
    return Thin(event.at, name, reference, changed_at)


def _erasure(event: Node, source: Source) -> Outcome:
    """HubSpot tells the contact's own id, which is the customer id of its answers unless the source says otherwise; and
    the contact is gone by then, so that nothing else can be asked of it."""
    portal, contact, at = (event.need(key) for key in ("portalId", "objectId", "occurredAt"))
    if source.fields.get("customer_id", CONTACT) != CONTACT:
        return Ignored(event.at, "asks to erase a person whom the source's fields name otherwise: nothing was erased")
    asked_at = event.need_instant("occurredAt", unit="ms")
    data = build(CustomerErased, event.at, {"customer_id": contact.identifier(), "requested_at": asked_at})
    name = identifier(f"{portal.text()}:erased:{contact.text()}:{at.text()}")
    return Said(event.at, name, data, asked_at)


def _tells_of_a_response(event: Node, kind: str) -> bool:
    subject, _, what = kind.lower().partition(".")
    about = event.get("objectTypeId").text() == SURVEY_RESPONSE if subject == "object" else False
    about = about or subject.replace("_", "") == "feedbacksubmission"
    return about and what in ("creation", "propertychange", "restore", "associationchange")


def _own_properties(source: Source) -> list[str]:
    """Those that only this source's configuration asks for."""
    paths = (_PROPERTY.fullmatch(path) for path in source.fields.values())
    named = (name for question in source.questions for name in (question.question, question.comment or COMMENT))
    asked = {match[1] for match in paths if match} | {name for name in named if _NAME.fullmatch(name)}
    return sorted(asked - set(PROPERTIES))


def _path(reference: Mapping[str, str]) -> str:
    wanted = [*PROPERTIES, *filter(None, reference.get("properties", "").split(","))]
    query = urlencode({"properties": ",".join(wanted), "associations": "contacts,tickets"})
    return f"/crm/v3/objects/feedback_submissions/{quote(reference['object'], safe='')}?{query}"


def read_fetched(document: Any, reference: Mapping[str, str], source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    given = root.need("properties")
    questions = _questions(source, given)
    answered = [question for question in questions if given.get(question.question)]
    if not answered:
        why = "has no score" if questions else "is of a survey of which the source's questions say nothing"
        yield Ignored(given.at, why)
    for question in answered:
        yield response(source, _answered(root, given, question, source, context), question)


def _questions(source: Source, given: Node) -> list[Question]:
    """What its scores mean: as configured for this survey, else as documented for its kind."""
    survey, kind = given.get("hs_survey_id").text(), given.need_text("hs_survey_type").upper()
    own = [question for question in source.questions if survey and question.form == survey]
    if not own and (usual := BY_KIND.get(kind)):
        anywhere = (q for q in source.questions if q.form is None and q.instrument == usual.instrument)
        own = [next(anywhere, usual)]
    return [question.model_copy(update={"comment": question.comment or COMMENT}) for question in own]


def _answered(root: Node, given: Node, question: Question, source: Source, context: Context) -> Answered:
    changed_at = _first(root.get("updatedAt"), given.get("hs_lastmodifieddate")) or context.received_at
    submitted_at = _first(given.get("hs_submission_timestamp"), given.get("hs_createdate"), root.get("createdAt"))
    return Answered(
        at=root.at,
        form=str(given.get("hs_survey_id").text()),
        form_at=given.get("hs_survey_id").at,
        response=root.need_text("id"),
        given={name: given.get(name) for name in (question.question, str(question.comment))},
        about=_about(root, given, source),
        submitted_at=submitted_at or changed_at,
        changed_at=changed_at,
    )


def _about(root: Node, given: Node, source: Source) -> dict[str, Any]:
    """Ticket and contact as configured, else by HubSpot's own properties, else by association."""
    prefix = VENDOR.interaction_prefix if source.interaction_prefix is None else source.interaction_prefix
    usual = {
        "interaction_id": given.get("hs_ticket_id") or _associated(root, "tickets"),
        "customer_id": given.get("hs_contact_id") or _associated(root, "contacts"),
    }
    hidden = Node({name: node.value for name, node in usual.items()}, given.at)
    return contact(source, root, hidden, prefix)


def _associated(root: Node, kind: str) -> Node:
    """The only one there is: of several, none is the right one."""
    found = root.get("associations", kind, "results")
    ids = {node.get("id").text(): node.get("id") for node in found.items()}
    return next(iter(ids.values())) if len(ids) == 1 else Node(None)


def _first(*nodes: Node) -> datetime | None:
    return next((node.instant(unit="ms") for node in nodes if node), None)


VENDOR = Vendor(
    name="hubspot",
    title="HubSpot",
    formats=(Format.JSON,),
    read=read,
    signatures={Format.JSON: signing_schemes.HUBSPOT_V3},
    enrichment=Enrichment(path=_path, read=read_fetched),
    interaction_prefix="hubspot:",
    erases=True,
)
