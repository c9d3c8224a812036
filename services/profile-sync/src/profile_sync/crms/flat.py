"""CRMs whose fields hold bare values: their names, their yes and no, and one text field for where values come from.

That field has a line for each of ours, ``language: survey resp-9001, 2026-03-02T09:40:00Z``; lines a human wrote stay.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profile_sync.core.converge import Field
from profile_sync.core.preferences import FIELDS, is_flag
from profile_sync.crms.port import Layout

Bare = str | bool | None

PROVENANCE = "provenance"
MAX_LINE = 240
_OURS = re.compile(r"(\w+): (?:survey \S+|habit), \d{4}-\d\d-\d\dT\S*")
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Flat:
    """How the CRM keeps what is ours.

    Attributes:
        yes, no: what it keeps for true and false; a bool and either word are read as such.
        room: characters in the field that says where values come from; the oldest lines of ours give way.
    """

    layout: Layout
    yes: str | bool = True
    no: str | bool = False
    room: int = 5000

    @property
    def names(self) -> dict[str, str]:
        """Our name -> theirs, of every field there is and of PROVENANCE."""
        return {field: self.layout.name(field) for field in (*FIELDS, PROVENANCE)}

    def ours(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Our fields in a record of theirs, bare; without empty ones. What is not as we write it comes as it is."""
        found = {field: _read(field, values.get(self.layout.name(field))) for field in FIELDS}
        return {field: value for field, value in found.items() if value not in (None, "")}

    def traces(self, values: Mapping[str, Any]) -> bool:
        """Whether a record of theirs says of anything that it comes from us."""
        return any(_about(line) is not None for line in _lines(values.get(self.layout.name(PROVENANCE))))

    def theirs(
        self, fields: Mapping[str, Field | None], values: Mapping[str, Any], *, traceless: bool = False
    ) -> dict[str, Bare]:
        """What to set in a record that holds ``values`` now: the fields under their names, and where they come from.

        ``traceless``: no other line of ours stays.
        """
        told: dict[str, Bare] = {self.layout.name(field): self._write(want) for field, want in fields.items()}
        source = self.layout.name(PROVENANCE)
        held = {} if traceless else self.ours(values)
        return {**told, source: provenance(values.get(source), held, fields, self.room)}

    def _write(self, want: Field | None) -> Bare:
        value: Bare = None if want is None else want["value"]
        return (self.yes if value else self.no) if isinstance(value, bool) else value


def _read(field: str, value: Any) -> Any:
    return _TRUTH.get(value.strip().lower(), value) if isinstance(value, str) and is_flag(field) else value


def provenance(
    before: Any, held: Mapping[str, Any], fields: Mapping[str, Field | None], room: int = 5000
) -> str | None:
    """The text after ``fields`` were set where ``held`` is what the record had. None where nothing is left to say."""
    lines = _lines(before)
    humans = [line for line in lines if _about(line) is None]
    kept = [line for line in lines if (name := _about(line)) is not None and name in held and name not in fields]
    said = [_line(field, want) for field, want in sorted(fields.items()) if want is not None]
    ours = [*kept, *said]
    while ours and len("\n".join([*humans, *ours])) > room:
        del ours[0]
    return "\n".join([*humans, *ours]) or None


def _lines(text: Any) -> list[str]:
    if not isinstance(text, str):
        return []
    return text.encode(errors="replace").decode().replace("\r\n", "\n").split("\n")


def _about(line: str) -> str | None:
    """Which field a line of ours is about; None for a human's, also where it begins with a word of ours."""
    found = _OURS.fullmatch(line)
    return found[1] if found and found[1] in FIELDS else None


def _line(field: str, want: Field) -> str:
    return " ".join(f"{field}: {want['source']}, {want['stated_at']}".split())[:MAX_LINE]


def stamp(fields: Mapping[str, Any]) -> str:
    """An ETag of our own, of what our fields hold: for a CRM that has none, to be compared just before a write."""
    return hashlib.blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=16).hexdigest()
