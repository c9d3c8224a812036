"""Golden files: what a vendor posts, and what we make of it. One YAML file a case, in tests/golden/<vendor>/.

about: one sentence
received: 2026-03-02T10:00:00Z      # our clock
source: {name: desk, vendor: zendesk, ...}
deliveries:
  - body: |                          # as posted: text, or a mapping/list that is written as JSON
    type: application/json           # Content-Type; left out: the vendor's usual one
    headers: {x-delivery: d1}        # lower case
    says: [...]                      # as vendors.delivery.explained shows it
    fetched: {body: ..., says: [...]}  # where it is fetched after: what the vendor's API answers, and what that says
contacts:                            # the snapshots that all pieces together make, whatever their order
  "interaction id": {...}
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from events.runtime import plain_yaml
from ingest.core.formats import Format, parse
from ingest.core.source import Source
from ingest.vendors import delivery, registry
from ingest.vendors.facts import merge
from ingest.vendors.outcome import Context, Fact, Outcome, Part, Thin
from ingest.vendors.vendor import Vendor

FOLDER = Path(__file__).parent.parent / "golden"


@dataclass(frozen=True)
class Delivery:
    raw: bytes
    content_type: str
    headers: Mapping[str, str]
    says: list[Any]
    fetched: Mapping[str, Any] | None


@dataclass(frozen=True)
class Case:
    """One golden file."""

    name: str
    vendor: Vendor
    source: Source
    received: datetime
    deliveries: list[Delivery]
    contacts: Mapping[str, Any]

    def read(self, delivered: Delivery) -> list[Outcome]:
        format_ = delivery.format_of(self.vendor, delivered.content_type)
        context = Context(self.received, delivered.headers)
        return delivery.read(self.vendor, self.source, format_, delivered.raw, context)

    def fetched(self, delivered: Delivery, thin: Thin) -> list[Outcome]:
        assert delivered.fetched is not None
        assert self.vendor.enrichment is not None
        document = parse(Format.JSON, _bytes(delivered.fetched["body"]))
        context = Context(self.received)
        return list(self.vendor.enrichment.read(document, thin.reference, self.source, context))

    def assembled(self, outcomes: Iterable[Outcome]) -> dict[str, Any]:
        """The snapshots that the pieces among these make, by interaction id."""
        facts: dict[str, dict[str, Fact]] = {}
        for outcome in outcomes:
            if isinstance(outcome, Part):
                facts[outcome.contact] = merge(facts.get(outcome.contact, {}), outcome)
        found = {}
        for contact, known in facts.items():
            if said := delivery.assembled(self.vendor, self.source, contact, known, 1):
                data = said.data.model_dump(mode="json", exclude_defaults=True)
                found[data.pop("interaction_id")] = {k: v for k, v in data.items() if k != "revision"}
        return found


def _bytes(body: Any) -> bytes:
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def load(path: Path) -> Case:
    document = plain_yaml.load(path)
    source = Source.model_validate(document["source"])
    vendor = registry.BY_NAME[source.vendor]
    source = source.model_copy(update={"options": vendor.options.model_validate(source.options or {})})
    deliveries = [
        Delivery(
            _bytes(item["body"]),
            item.get("type", vendor.formats[0].value[0]),
            item.get("headers", {}),
            item["says"],
            item.get("fetched"),
        )
        for item in document["deliveries"]
    ]
    received = datetime.fromisoformat(document["received"])
    return Case(f"{vendor.name}/{path.stem}", vendor, source, received, deliveries, document.get("contacts", {}))


def cases() -> list[Case]:
    return [load(path) for path in sorted(FOLDER.glob("*/*.yaml"))]
