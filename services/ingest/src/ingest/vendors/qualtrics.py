"""Qualtrics: a form that only says that there is a response; with a shared key, signed JSON in a field of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from events import strict_json
from events.problems import Invalid
from events.survey import Status
from ingest.core.formats import Form, Format
from ingest.core.signing_schemes import QUALTRICS
from ingest.core.source import Source
from ingest.vendors.answers import Answered, asked, contact, language, responses
from ingest.vendors.node import Node, identifier
from ingest.vendors.outcome import Context, Ignored, Outcome, Thin
from ingest.vendors.vendor import Enrichment, Vendor

RECORDED = ("completedResponse", "partialResponse")
FINISHED: dict[str, Status] = {"1": "completed", "true": "completed", "0": "partial", "false": "partial"}
PREVIEW, SPAM = 0b11, 0b1000
"""Bits of ``status``: 1 preview and 2 test, 8 spam; 4 imported, 16 offline and 32 employee are answers like others."""
_ID = re.compile(r"[A-Za-z0-9_]{1,64}", re.ASCII)


def read(document: Form, source: Source, context: Context) -> Iterator[Outcome]:
    topic = next((value for name, value in document if name == "Topic"), None)
    if topic is not None and not set(RECORDED) & set(topic.split(".")):
        yield Ignored("/Topic", "is no response that was recorded")
        return
    message = _message(document)
    survey, response = _id(message.get("SurveyID")), _id(message.get("ResponseID"))
    asked(source, survey, message.get("SurveyID").at)
    completed = message.get("CompletedDate")
    seen_at = completed.instant(zone=source.zone) or context.received_at
    id_ = identifier(f"{response}:{completed.text() or ''}")
    yield Thin(message.at, id_, {"survey": survey, "response": response}, seen_at)


def path(reference: Mapping[str, str]) -> str:
    survey, response = (quote(reference[name], safe="") for name in ("survey", "response"))
    return f"/API/v3/surveys/{survey}/responses/{response}"


def read_fetched(document: Any, reference: Mapping[str, str], source: Source, context: Context) -> Iterator[Outcome]:
    result = Node(document).need("result")
    values = result.need("values")
    recorded_at = values.need_instant("recordedDate", zone=source.zone)
    yield from responses(
        source,
        Answered(
            at=result.at,
            form=reference["survey"],
            form_at="",
            response=reference["response"],
            given={name: values.get(name) for name in _names(source)},
            about=_about(Node(document), values, source),
            submitted_at=values.get("endDate").instant(zone=source.zone) or recorded_at,
            changed_at=recorded_at,
            status=_status(values),
            spelled={name: (result.get("labels", name),) for name in _names(source)},
        ),
    )


def _message(document: Form) -> Node:
    """What is signed where anything is: beside MSG no other field is believed."""
    messages = [value for name, value in document if name == "MSG"]
    if not messages:
        return Node(dict(document))
    if len(messages) > 1:
        raise Invalid.at("/MSG", "repeated", "stands twice")
    try:
        return Node(strict_json.loads(messages[0].encode()), "/MSG")
    except Invalid as error:
        sentence = "must be JSON: the subscription is to have a sharedKey, and encrypt false"
        raise Invalid.at("/MSG", "not-json", sentence) from error


def _id(node: Node) -> str:
    """It becomes part of an address."""
    found = node.need().text() or ""
    if not _ID.fullmatch(found):
        raise node.wrong("not-an-id", "must be letters, digits and _, as Qualtrics' ids are")
    return found


def _names(source: Source) -> set[str]:
    return {name for question in source.questions for name in (question.question, question.comment) if name}


def _about(root: Node, values: Node, source: Source) -> dict[str, Any]:
    """Embedded data are among the values, beside what Qualtrics itself knows of who answered."""
    about = contact(source, root, values, source.interaction_prefix or "")
    return about | {
        "customer_id": about["customer_id"] or values.get("externalDataReference").identifier(),
        "language": about["language"] or language(values.get("userLanguage")),
    }


def _status(values: Node) -> Status:
    """By what kind of response it is, then by whether it was finished."""
    kind = int(values.get("status").number() or 0)
    if kind & PREVIEW:
        return "preview"
    if kind & SPAM:
        return "dismissed"
    finished = values.need("finished")
    if (found := FINISHED.get(str(finished.value).lower())) is None:
        raise finished.wrong("unknown-status", "must be 1 or 0, or true or false")
    return found


VENDOR = Vendor(
    name="qualtrics",
    title="Qualtrics",
    formats=(Format.FORM,),
    read=read,
    asks=True,
    signatures={Format.FORM: QUALTRICS},
    enrichment=Enrichment(path, read_fetched, header=("X-API-TOKEN", "")),
)
