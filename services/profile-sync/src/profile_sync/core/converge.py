"""What to write to the CRM.

Remember what was last written; overwrite only while the field still holds that or is empty. A human's edit wins; when
the human sets the field back, or to what the customer wants, it is ours again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from profile_sync.core.preferences import Customer, Note, Value

Field = Mapping[str, Any]
"""A field as we write it: ``{"value": "email", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}``."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What we did to one field. ``attempted`` holds values that may have been written: no answer came, or we died."""

    written: Value | None = None
    attempted: tuple[Value, ...] = ()

    def ours(self, value: Any) -> bool:
        return any(_same(value, known) for known in (self.written, *self.attempted))


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer's profile as the CRM has it. ``exists`` is false where the CRM does not know the customer yet."""

    fields: Mapping[str, Any]
    etag: str | None = None
    exists: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about each field that we know of.

    Attributes:
        writes: fields to set, or with None to clear.
        agreed: fields that hold what they should already.
        yielded: fields that a human has edited.
    """

    writes: Mapping[str, Field | None]
    agreed: Mapping[str, Field | None]
    yielded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """One write: to the profile as it was when read (``etag``), under a key by which the CRM knows a repeated one."""

    fields: Mapping[str, Field | None]
    etag: str | None
    exists: bool
    key: str


def desired(active: Iterable[Note]) -> dict[str, Field]:
    """The fields that say what these notes say, and where the customer said it."""
    return {note.said.slot.field: _field(note) for note in active}


def _field(note: Note) -> Field:
    stated_at = note.stated_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"value": note.said.value, "stated_at": stated_at, "source": f"survey {note.response.response_id}"}


def plan(wanted: Mapping[str, Field], memory: Mapping[str, Memory], profile: Profile) -> Plan:
    writes: dict[str, Field | None] = {}
    agreed: dict[str, Field | None] = {}
    yielded = set()
    for name in sorted(wanted.keys() | memory.keys()):
        want, have = wanted.get(name), profile.fields.get(name)
        if (_value(have) is None and want is None) or (have is not None and have == want):
            agreed[name] = want
        elif _overwritable(want, have, memory.get(name, Memory())):
            writes[name] = want
        elif want is not None:
            yielded.add(name)
    return Plan(writes, agreed, frozenset(yielded))


def _overwritable(want: Field | None, have: Any, memory: Memory) -> bool:
    value = _value(have)
    return value is None or memory.ours(value) or (want is not None and _same(value, want["value"]))


def _value(field: Any) -> Any:
    """The value in a field: as we write it, or bare as a human or the CRM may. None where empty."""
    value = field.get("value") if isinstance(field, Mapping) else field
    return None if value in ("", [], {}) else value


def _same(one: Any, other: Any) -> bool:
    return other is not None and type(one) is type(other) and bool(one == other)


def change(customer: Customer, version: int, plan: Plan, profile: Profile) -> Change:
    """The write that carries ``plan`` out.

    The same change of the same profile has the same key however often it is tried. A change made anew after a human's
    edit is another request with another key, since CRMs refuse a key that comes back with another body.
    """
    request = [*customer, version, profile.etag, profile.exists, plan.writes]
    digest = hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=16).hexdigest()
    return Change(plan.writes, profile.etag, profile.exists, f"amends-{digest}")
