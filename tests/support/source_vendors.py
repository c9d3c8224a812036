"""Vendors of a test's own, one for each way of proving itself, whatever adapters there are."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from events.interaction import Interaction
from ingest.core.formats import Format
from ingest.core.signing_schemes import SURVEYMONKEY, TWILIO, TYPEFORM, ZENDESK
from ingest.core.source import Source
from ingest.vendors.node import Node, build
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part, Said, Thin
from ingest.vendors.vendor import Enrichment, Vendor

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    depth: int = 1


def _contact(source: Source, name: str, ended: Any) -> Interaction:
    fields = {"interaction_id": name, "channel": source.channel or "phone", "offered_at": AT, "ended_at": ended}
    return build(Interaction, "", fields)


def _read_forms(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    root = Node(document)
    if root.get("test"):
        yield Ignored("", "a test of the vendor's own")
        return
    yield Said("", f"{source.name}:1", _contact(source, root.need("id").text() or "", AT), AT)


def _read_pieces(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    fields = dict(document)
    yield Part("", fields["CallSid"], {"ended": fields.get("Ended", "")}, AT)


def _assemble(name: str, facts: Mapping[str, Fact], revision: int, source: Source) -> Interaction | None:
    return _contact(source, name, AT) if facts["ended"].value else None


def _read_thin(document: Any, source: Source, context: Context) -> Iterator[Outcome]:
    id_ = Node(document).need("id").identifier() or ""
    yield Thin("", f"{source.name}:{id_}", {"id": id_}, AT)


def _fetched(*_: Any) -> Iterator[Outcome]:
    yield Ignored("", "nothing")


JSON = (Format.JSON,)
VENDORS = {
    vendor.name: vendor
    for vendor in (
        Vendor("forms", "Forms", JSON, _read_forms, {Format.JSON: TYPEFORM}, options=Options),
        Vendor("desk", "Desk", JSON, _read_forms, {Format.JSON: ZENDESK}),
        Vendor("calls", "Calls", (Format.FORM,), _read_pieces, {Format.FORM: TWILIO}, assemble=_assemble),
        Vendor(
            "monkey",
            "Monkey",
            JSON,
            _read_thin,
            {Format.JSON: SURVEYMONKEY},
            enrichment=Enrichment(lambda reference: f"/v3/responses/{reference['id']}", _fetched),
        ),
        Vendor("pbx", "Switchboard", JSON, _read_forms),
        Vendor("soap", "Soap", (Format.XML,), _read_forms, by_address=True),
        Vendor("generic", "anything else", JSON, _read_forms),
    )
}
