"""Formbricks: a response as it grows, answers by question id, hidden fields among them; it says no scale."""

from collections.abc import Iterator
from typing import Any

from ingest.core.formats import Format
from ingest.core.signing_schemes import STANDARD_WEBHOOKS
from ingest.core.source import Source
from ingest.vendors.answers import Answered, asked, contact, language, responses
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome
from ingest.vendors.vendor import Vendor

RESPONSES = ("responseCreated", "responseUpdated", "responseFinished")


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if root.need_text("event") not in RESPONSES:  # testEndpoint is what its test button posts
        yield Ignored("/event", "is no response")
        return
    data = root.need("data")
    form = data.need_text("surveyId")
    changed_at = data.need_instant("updatedAt")
    yield from responses(
        source,
        Answered(
            at=data.at,
            form=form,
            form_at=data.get("surveyId").at,
            response=data.need_text("id"),
            given=_given(data, source, form),
            about=_about(root, data, source),
            submitted_at=changed_at,
            changed_at=changed_at,
            status="completed" if data.need("finished").boolean() else "partial",
        ),
    )


def _given(data: Node, source: Source, form: str) -> dict[str, Node]:
    """The answers to the configured questions, among answers of every kind and hidden fields."""
    questions = asked(source, form, data.get("surveyId").at)
    names = {name for question in questions for name in (question.question, question.comment) if name}
    return {name: data.need("data").get(name) for name in names}


def _about(root: Node, data: Node, source: Source) -> dict[str, Any]:
    """Hidden fields are among the answers; who answered may be known as a contact."""
    known = data.get("contactAttributes")
    about = contact(source, root, data.get("data"), source.interaction_prefix or "", known)
    return about | {
        "customer_id": about["customer_id"] or data.get("contact", "userId").identifier(),
        "language": about["language"] or language(data.get("language")),
    }


VENDOR = Vendor(
    name="formbricks",
    title="Formbricks",
    formats=(Format.JSON,),
    read=read,
    asks=True,
    signatures={Format.JSON: STANDARD_WEBHOOKS},
)
