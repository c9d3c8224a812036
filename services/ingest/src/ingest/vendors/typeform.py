"""Typeform: a form that was sent, whole or in part. It says neither scale nor range, so both are configured."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from events.survey import Status
from ingest.core.formats import Format
from ingest.core.signing_schemes import TYPEFORM
from ingest.core.source import Source
from ingest.vendors.answers import Answered, contact, responses
from ingest.vendors.node import Node
from ingest.vendors.outcome import Context, Ignored, Outcome
from ingest.vendors.vendor import Vendor

STATUS: dict[str, Status] = {"form_response": "completed", "form_response_partial": "partial"}


def read(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    status = STATUS.get(root.need_text("event_type"))
    if status is None:
        yield Ignored("/event_type", "is no form that was sent")
        return
    form = root.need("form_response")
    changed_at = _changed_at(form, status, context)
    given, spelled = _answers(form)
    yield from responses(
        source,
        Answered(
            at=form.at,
            form=form.need_text("form_id"),
            form_at=form.get("form_id").at,
            response=form.need_text("token"),
            given=given,
            about=contact(source, root, form.get("hidden"), source.interaction_prefix or ""),
            submitted_at=changed_at,
            changed_at=changed_at,
            status=status,
            spelled=spelled,
        ),
    )


def _changed_at(form: Node, status: Status, context: Context) -> datetime:
    """A form that was not sent has no such moment, or the year 1: it was opened, at least."""
    if status == "completed":
        return form.need_instant("submitted_at")
    return form.get("landed_at").instant() or context.received_at


def _answers(form: Node) -> tuple[dict[str, Node], dict[str, tuple[Node, ...]]]:
    """Each answer under its field's id and reference, and how else a choice is written. What the form computed stands
    under ``calculated.score`` and ``variables.<key>``."""
    references = {f.get("id").text(): f.get("ref").text() for f in form.get("definition", "fields").items()}
    given = {"calculated.score": form.get("calculated", "score")}
    spelled = {}
    for variable in form.get("variables").items():
        given[f"variables.{variable.get('key').text()}"] = variable.get(variable.get("type").text() or "")
    for answer in form.get("answers").items():
        id_, reference = answer.get("field", "id").text(), answer.get("field", "ref").text()
        for name in (id_, reference or references.get(id_)):
            if name:
                given[name], *others = _spellings(answer)
                spelled[name] = tuple(others)
    return given, spelled


def _spellings(answer: Node) -> tuple[Node, ...]:
    kind = answer.get("type").text() or ""
    value = answer.get(kind)
    if kind == "choice":
        return value.get("label") or value.get("other"), value.get("ref"), value.get("id")
    return (value.get("labels") if kind == "choices" else value,)


VENDOR = Vendor(
    name="typeform",
    title="Typeform",
    formats=(Format.JSON,),
    read=read,
    asks=True,
    signatures={Format.JSON: TYPEFORM},
)
