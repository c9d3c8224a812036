"""What to write to the CRM.

Remember what was last written; overwrite only while the field still holds that or is empty. A human's edit wins; when
the human sets the field back, or to what the customer wants, it is ours again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from events.preference import MANY
from profile_sync.core.preferences import Customer, Note, Value

LONGEST_LIST = 500
"""Characters in a field that lists several: every CRM takes as many in a text."""

Field = Mapping[str, Any]
"""A field as we write it: ``{"value": "email", "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}``."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What we did to one field.

    Attributes:
        attempted: values that may have been written: no answer came, or we died.
        yielded: a human's edit stood there when we last looked.
    """

    written: Value | None = None
    attempted: tuple[Value, ...] = ()
    yielded: bool = False

    def ours(self, value: Any) -> bool:
        return any(_same(value, known) for known in (self.written, *self.attempted))


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer's profile as the CRM has it.

    Attributes:
        exists: false where the CRM does not know the customer yet.
        ref: the CRM's own id of the profile, where it is another than ours.
        flat: fields hold bare values; where each comes from stands elsewhere, so an equal value is an equal field.
        traces: something of ours does stand there.
    """

    fields: Mapping[str, Any]
    etag: str | None = None
    exists: bool = True
    ref: str | None = None
    flat: bool = False
    traces: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done about each field that we know of.

    Attributes:
        writes: fields to set, or with None to clear.
        agreed: fields that hold what they should already.
        yielded: fields that a human has edited.
        traceless: nothing is wanted any more, so what says where values came from goes as well, also beside a value
            that a human holds.
    """

    writes: Mapping[str, Field | None]
    agreed: Mapping[str, Field | None]
    yielded: frozenset[str]
    traceless: bool = False

    @property
    def idle(self) -> bool:
        """The CRM need not be written."""
        return not self.writes and not self.traceless

    @property
    def told(self) -> Mapping[str, Field | None]:
        """What the CRM holds of ours once this is carried out."""
        return {**self.agreed, **self.writes}


NOTHING = Plan({}, {}, frozenset())


@dataclass(frozen=True, slots=True)
class Change:
    """One write: to the profile as it was when read (``etag``), under a key by which the CRM knows a repeated one."""

    fields: Mapping[str, Field | None]
    etag: str | None
    exists: bool
    key: str
    ref: str | None = None
    traceless: bool = False


def desired(active: Iterable[Note]) -> dict[str, Field]:
    """The fields that say what these notes say, and where the customer said it.

    Where there may be many (interests), the field lists the newest, as far as there is room, and names the newest
    source.
    """
    by_field: dict[str, list[Note]] = {}
    for note in sorted(active, key=lambda note: (note.stated_at, note.id)):
        by_field.setdefault(note.said.slot.field, []).append(note)
    return {name: _field(notes) for name, notes in by_field.items()}


def _field(notes: Sequence[Note]) -> Field:
    """``notes``: from the oldest to the newest."""
    newest = notes[-1]
    value = _listed(notes) if newest.said.slot.kind in MANY else newest.said.value
    stated_at = newest.stated_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    source = "habit" if newest.said.by == "habit" else f"survey {newest.response.response_id}"
    return {"value": value, "stated_at": stated_at, "source": source}


def _listed(notes: Sequence[Note]) -> str:
    """As many of the newest as there is room for, in the order of the alphabet."""
    said: list[str] = []
    for note in reversed(notes):
        if len(", ".join([*said, str(note.said.value)])) > LONGEST_LIST:
            break
        said.append(str(note.said.value))
    return ", ".join(sorted(said))


def plan(wanted: Mapping[str, Field], memory: Mapping[str, Memory], profile: Profile) -> Plan:
    writes: dict[str, Field | None] = {}
    agreed: dict[str, Field | None] = {}
    yielded = set()
    for name in sorted(wanted.keys() | memory.keys()):
        want, have = wanted.get(name), profile.fields.get(name)
        if _agree(want, have, profile.flat):
            agreed[name] = want
        elif _overwritable(want, have, memory.get(name, Memory())):
            writes[name] = want
        elif want is not None:
            yielded.add(name)
    return Plan(writes, agreed, frozenset(yielded), traceless=profile.traces and not wanted)


def _agree(want: Field | None, have: Any, flat: bool) -> bool:
    if want is None or have is None:
        return want is None and _value(have) is None
    return bool(have == want) or (flat and _same(have, want["value"]))


def _overwritable(want: Field | None, have: Any, memory: Memory) -> bool:
    value = _value(have)
    return value is None or memory.ours(value) or (want is not None and _same(value, want["value"]))


def _value(field: Any) -> Any:
    """The value in a field: as we write it, or bare as a human or the CRM may. None where empty."""
    value = field.get("value") if isinstance(field, Mapping) else field
    return None if value in ("", [], {}) else value


def _same(one: Any, other: Any) -> bool:
    return other is not None and type(one) is type(other) and bool(one == other)


def drifted(plan: Plan, memory: Mapping[str, Memory]) -> list[str]:
    """Fields that have to be written though nothing new was wanted. One that a human gave back to us is none."""
    return [name for name in plan.writes if not memory.get(name, Memory()).yielded]


def change(customer: Customer, version: int, plan: Plan, profile: Profile) -> Change:
    """The write that carries ``plan`` out.

    The same change of the same profile has the same key however often it is tried. A change made anew after a human's
    edit is another request with another key, since CRMs refuse a key that comes back with another body.
    """
    request = [*customer, version, profile.etag, profile.exists, plan.writes]
    digest = hashlib.blake2b(json.dumps(request, sort_keys=True).encode(), digest_size=16).hexdigest()
    return Change(plan.writes, profile.etag, profile.exists, f"amends-{digest}", profile.ref, plan.traceless)
