"""SurveyMonkey: its events only say that there is a response; the answers are fetched, as ids of choices."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from events.survey import Status
from ingest.core.formats import Format
from ingest.core.signing_schemes import SURVEYMONKEY
from ingest.core.source import Source
from ingest.vendors.answers import Answered, asked, contact, responses
from ingest.vendors.node import Node, identifier
from ingest.vendors.outcome import Context, Ignored, Outcome, Thin
from ingest.vendors.vendor import Enrichment, Vendor

OVER = ("response_completed", "response_updated", "response_disqualified", "response_overquota")
STATUS: dict[str, Status] = {
    "completed": "completed",
    "partial": "partial",
    "disqualified": "dismissed",
    "overquota": "dismissed",
}
PREVIEWS = ("preview", "survey_preview")
NOBODY = ("", "0")
"""What ``recipient_id`` is where the survey was not sent to anybody in particular."""
_ID = re.compile(r"[0-9]{1,20}", re.ASCII)


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    kind = root.need_text("event_type")
    if kind not in (*OVER, "response_deleted"):
        yield Ignored("/event_type", "is no response that is over")
        return
    survey, response = _id(_survey(root)), _id(root.need("object_id"))
    asked(source, survey, _survey(root).at)
    seen_at = root.need_instant("event_datetime")
    if kind == "response_deleted":
        deleted = Answered("", survey, "", response, {}, {}, seen_at, seen_at, "dismissed", editable=True)
        yield from responses(source, deleted)
        return
    reference = {"survey": survey, "response": response}
    yield Thin("", identifier(root.need_text("event_id")), reference, seen_at)


def path(reference: Mapping[str, str]) -> str:
    survey, response = (quote(reference[name], safe="") for name in ("survey", "response"))
    return f"/v3/surveys/{survey}/responses/{response}/details?simple=true"


def read_fetched(document: Any, reference: Mapping[str, str], source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if root.get("recipient_id").value in NOBODY:
        root = Node({**document, "recipient_id": None})
    changed_at = root.need_instant("date_modified")
    given, spelled = _answers(root)
    yield from responses(
        source,
        Answered(
            at="",
            form=reference["survey"],
            form_at="/survey_id",
            response=reference["response"],
            given=given,
            about=contact(source, root, root.get("custom_variables"), source.interaction_prefix or ""),
            submitted_at=changed_at,
            changed_at=changed_at,
            status=_status(root),
            spelled=spelled,
            editable=True,
        ),
    )


def _survey(root: Node) -> Node:
    """Named among the resources; or by what the webhook was set up for."""
    found = root.get("resources", "survey_id")
    filtered = root.get("filter_type").text() == "survey"
    return root.get("filter_id") if filtered and not found else found


def _id(node: Node) -> str:
    """It becomes part of an address."""
    found = node.need().text() or ""
    if not _ID.fullmatch(found):
        raise node.wrong("not-an-id", "must be digits, as SurveyMonkey's ids are")
    return found


def _status(root: Node) -> Status:
    status = root.need("response_status")
    if root.get("collection_mode").text() in PREVIEWS:
        return "preview"
    if (found := STATUS.get(status.text() or "")) is None:
        raise status.wrong("unknown-status", f"must be one of {', '.join(STATUS)}")
    return found


def _answers(root: Node) -> tuple[dict[str, Node], dict[str, tuple[Node, ...]]]:
    """Each answer, and how else it is written. One question's several answers are no answer to it as a whole.

    The weight that comes with a choice is not read: on the 0-10 question it is -100, 0 or 100.
    """
    given: dict[str, Node] = {}
    spelled: dict[str, tuple[Node, ...]] = {}
    for question in (question for page in root.get("pages").items() for question in page.get("questions").items()):
        answers = question.get("answers")
        for answer in answers.items():
            for key in _keys(question.need_text("id"), answer):
                given[key] = answers if key in given else answer.get("choice_id") or answer.get("text")
                spelled[key] = (answer.get("simple_text"),)
    return given, spelled


def _keys(question: str, answer: Node) -> Iterator[str]:
    """The question, and of one with rows ``question.row``. What is written beside the choices is ``question.other``."""
    if answer.get("other_id"):
        yield f"{question}.other"
        return
    yield question
    if row := answer.get("row_id").text():
        yield f"{question}.{row}"


VENDOR = Vendor(
    name="surveymonkey",
    title="SurveyMonkey",
    formats=(Format.JSON,),
    read=read,
    asks=True,
    signatures={Format.JSON: SURVEYMONKEY},
    enrichment=Enrichment(path, read_fetched),
)
