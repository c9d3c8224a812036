"""Reading a vendor's document: tolerant of what we don't need, strict about what we do, and always able to say where.

A node is a value and its JSON pointer. Keys are found whatever their case, since vendors mix it; what is missing or
null is a node without a value, so that a path can be followed without looking at each step.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from events.envelope import Payload
from events.problems import Invalid, Problem, message
from events.vocabulary import parse_instant

Unit = Literal["s", "ms", "min"]
_SECONDS: dict[Unit, float] = {"s": 1.0, "ms": 0.001, "min": 60.0}
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?)( UTC)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Node:
    value: Any
    at: str = ""

    def __bool__(self) -> bool:
        """Whether there is a value: not missing, not null, not an empty text."""
        return self.value is not None and self.value != ""

    def get(self, *keys: str) -> "Node":
        """What stands under these keys, one inside the other."""
        found = self
        for key in keys:
            found = Node(_under(found.value, key), f"{found.at}/{_escaped(key)}")
        return found

    def path(self, dotted: str) -> "Node":
        """The same, as an operator writes it: ``detail.group_id``. A step that is a number counts in a list."""
        return self.get(*dotted.split("."))

    def need(self, *keys: str) -> "Node":
        """Raises Invalid where there is nothing."""
        found = self.get(*keys)
        if not found:
            raise found.wrong("missing", "is required")
        return found

    def need_text(self, *keys: str) -> str:
        """Raises Invalid where there is nothing, or no text."""
        found = self.need(*keys)
        return found.text() or ""

    def need_instant(self, *keys: str, zone: tzinfo = UTC, unit: Unit = "s") -> datetime:
        """Raises Invalid where there is nothing, or no moment."""
        found = self.need(*keys)
        moment = found.instant(zone=zone, unit=unit)
        if moment is None:
            raise found.wrong("missing", "is required")
        return moment

    def items(self) -> Iterator["Node"]:
        """Its elements; of what is missing, none. Raises Invalid where it is no list."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            raise self.wrong("list_type", "must be a JSON array")
        for number, value in enumerate(self.value):
            yield Node(value, f"{self.at}/{number}")

    def wrong(self, code: str, sentence: str) -> Invalid:
        return Invalid.at(self.at, code, sentence)

    def text(self, longest: int | None = None) -> str | None:
        """A string, or a number as text (5.0 as ``5``); cut to ``longest`` characters. None where there is nothing."""
        if not self:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self.wrong("string_type", "must be a string")
        if isinstance(self.value, float) and self.value.is_integer():
            return str(int(self.value))[:longest]
        return str(self.value)[:longest]

    def label(self, names: Mapping[str, str] | None = None) -> str | None:
        """A short printable name, by the operator's table where that has it."""
        raw = self.text()
        if raw is None:
            return None
        cleaned = _CONTROL.sub(" ", (names or {}).get(raw, raw)).strip()[:128]
        return cleaned or None

    def identifier(self, prefix: str = "") -> str | None:
        """An id as ours must look, without the spaces around it. What does not look so (an e-mail address, say)
        becomes a digest of itself: the same thing keeps one id, and the id tells nothing."""
        raw = (self.text() or "").strip()
        return identifier(raw, prefix) if raw else None

    def number(self) -> float | None:
        """A finite number, also where it comes as text."""
        if not self:
            return None
        try:
            if isinstance(self.value, bool):
                raise ValueError
            found = float(self.value)
        except (TypeError, ValueError, OverflowError):
            raise self.wrong("float_type", "must be a number") from None
        if not math.isfinite(found):
            raise self.wrong("finite_number", "must be a finite number")
        return int(found) if found == int(found) else found

    def seconds(self, unit: Unit = "s") -> float | None:
        """A duration, in seconds."""
        found = self.number()
        return None if found is None else round(found * _SECONDS[unit], 6)

    def boolean(self) -> bool | None:
        if not self:
            return None
        known = {True: True, False: False, "true": True, "false": False}
        lowered = self.value.lower() if isinstance(self.value, str) else self.value
        if not isinstance(lowered, bool | str) or lowered not in known:
            raise self.wrong("bool_type", "must be true or false")
        return known[lowered]

    def instant(self, *, zone: tzinfo = UTC, unit: Unit = "s") -> datetime | None:
        """A moment: RFC 3339; without offset, in ``zone``; a number, ``unit`` since 1970; or as in an e-mail's head."""
        if not self:
            return None
        try:
            return parse_instant(_moment(self.value, zone, unit))
        except (TypeError, ValueError, OverflowError, OSError):
            raise self.wrong("datetime", "is not a moment we can read, of the year 2000 or later") from None


def identifier(raw: str, prefix: str = "") -> str:
    """``prefix`` and ``raw``, or a digest of ``raw`` where the two would not make an identifier of ours."""
    if _IDENTIFIER.fullmatch(prefix + raw):
        return prefix + raw
    return f"{prefix}x-{hashlib.blake2b(raw.encode(), digest_size=12).hexdigest()}"


def build(kind: type[P], at: str, fields: Mapping[str, Any]) -> P:
    """A payload of these fields; a Node among them lends its value and, in a complaint, its pointer.

    Fields without a value are left out. Raises Invalid.
    """
    values = {name: field.value if isinstance(field, Node) else field for name, field in fields.items()}
    try:
        return kind.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise Invalid([_placed(item, at, fields) for item in error.errors(include_url=False)]) from error


def _placed(item: Any, at: str, fields: Mapping[str, Any]) -> Problem:
    name = str(item["loc"][0]) if item["loc"] else ""
    field = fields.get(name)
    text = message(item) if isinstance(field, Node) or not name else f"{name} {message(item)}"
    return Problem(field.at if isinstance(field, Node) else at, item["type"], text)


def _under(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        if key in value:
            return value[key]
        return next((found for name, found in value.items() if name.lower() == key.lower()), None)
    if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
        return value[int(key)]
    return None


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _moment(value: Any, zone: tzinfo, unit: Unit) -> Any:
    """What ``parse_instant`` reads, of what vendors write."""
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"\d{9,14}(\.\d+)?", value)):
        return datetime.fromtimestamp(float(value) * _SECONDS[unit], UTC)
    if not isinstance(value, str):
        raise TypeError
    if local := _LOCAL.fullmatch(value):
        return datetime.fromisoformat(f"{local[1]}T{local[2]}").replace(tzinfo=UTC if local[3] else zone)
    if value[:3].isalpha():
        return parsedate_to_datetime(value)
    return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", value)
