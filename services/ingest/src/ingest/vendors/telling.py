"""Facts of a contact and of its parts: how the telephone systems' adapters name them, and read them back.

A fact of the contact itself goes by its name; a fact of one of its parts by ``kind/id/name``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.core.source import Field_, Source
from ingest.vendors.node import Node
from ingest.vendors.outcome import Fact, Scalar


def configured(source: Source, name: Field_, *roots: Node) -> Node:
    """What stands where ``source.fields`` says, in the first of these documents that has it."""
    path = source.fields.get(name)
    return next((found for root in roots if path and (found := root.path(path))), Node(None))


@dataclass(frozen=True, slots=True)
class Told:
    """What the facts of one thing say: of the contact, or of one of its legs."""

    values: Mapping[str, Scalar]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else str(value)

    def seconds(self, name: str) -> float | None:
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else None

    def moment(self, name: str) -> datetime | None:
        value = self.values.get(name)
        return datetime.fromisoformat(value) if isinstance(value, str) else None


def telling(values: Mapping[str, Scalar | datetime | None], *thing: str) -> dict[str, Scalar]:
    """Facts of the contact or, with ``thing`` (its kind and id), of one of its parts. What is unknown is left out."""
    known = {name: value for name, value in values.items() if value is not None}
    return {
        "/".join((*thing, name)): value.isoformat() if isinstance(value, datetime) else value
        for name, value in known.items()
    }


def told(facts: Mapping[str, Fact]) -> Told:
    """What is said of the contact itself."""
    return Told({key: fact.value for key, fact in facts.items() if "/" not in key})


def told_of(facts: Mapping[str, Fact], kind: str) -> dict[str, Told]:
    """What is said of each part of that kind, by id."""
    found: dict[str, dict[str, Scalar]] = {}
    for key, fact in facts.items():
        of, _, rest = key.partition("/")
        which, _, name = rest.rpartition("/")
        if of == kind:
            found.setdefault(which, {})[name] = fact.value
    return {which: Told(values) for which, values in found.items()}
