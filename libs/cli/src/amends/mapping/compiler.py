"""A mapping document to something that runs: names resolved, kinds checked, every complaint at once."""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from amends.mapping import converters, formula
from amends.mapping.converters import Converter, Kind, Value
from amends.mapping.document import Calculation, Column, Constant, Document, EventMap, Made, Negation, Template
from events.catalog import POSTED_BY_NAME
from events.problems import Invalid, Problem, from_validation_error
from events.runtime import plain_yaml

Row = Mapping[str, str]
Get = Callable[[str], Value | None]
"""A value of this row by name; None where it is empty. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Maker:
    """One value: its kind, and how to make it from a row and from the other values."""

    kind: Kind
    make: Callable[[Row, Get], Value | None]


@dataclass(frozen=True, slots=True)
class EventMaker:
    type: str
    when: str | None
    unless: str | None
    fields: Mapping[str, Maker]


@dataclass(frozen=True, slots=True)
class Mapper:
    """A whole mapping, ready for rows. ``columns``: the ones it reads, in the order it names them."""

    document: Document
    values: Mapping[str, Maker]
    events: tuple[EventMaker, ...]
    columns: tuple[str, ...]


def load(path: Path) -> Mapper:
    """Raises Invalid with every complaint; OSError when the file cannot be read."""
    raw = plain_yaml.load(path)
    try:
        document = Document.model_validate(raw)
    except ValidationError as error:
        raise _complaints(error, raw) from error
    return compile_document(document)


def _complaints(error: ValidationError, raw: Any) -> Invalid:
    """As everywhere, but with our sentence where no kind of value fits, which the common texts do not know."""
    found = from_validation_error(error, raw).problems
    said = [item["msg"] if item["type"] == "unknown_kind" else None for item in error.errors()]
    return Invalid([Problem(p.pointer, p.code, ours or p.message) for p, ours in zip(found, said, strict=True)])


def compile_document(document: Document) -> Mapper:
    """Raises Invalid with every complaint about what the names mean."""
    compiler = _Compiler(document)
    values = {name: compiler.value(name, f"/values/{name}") for name in document.values}
    events = tuple(compiler.event(entry, f"/events/{number}") for number, entry in enumerate(document.events))
    try:
        codecs.lookup(document.csv.encoding)
    except LookupError:
        compiler.complain("/csv/encoding", "encoding", "is no text encoding such as utf-8 or cp1252")
    if compiler.problems:
        raise Invalid(tuple(compiler.problems))
    return Mapper(document, values, events, tuple(compiler.columns))


class _Compiler:
    """Collects complaints in ``problems`` and goes on; what it returns after a complaint is only a stand-in."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._values: dict[str, Maker | None] = {}  # None while it is being made
        self.problems: dict[Problem, None] = {}
        self.columns: dict[str, None] = {}

    def complain(self, at: str, code: str, message: str) -> Maker:
        self.problems[Problem(at, code, message)] = None
        return Maker("text", lambda row, get: None)

    def value(self, name: str, at: str) -> Maker:
        """What ``name`` stands for."""
        if name not in self._document.values:
            return self.complain(at, "unknown-value", f"there is no value '{name}' under /values")
        if name not in self._values:
            self._values[name] = None
            self._values[name] = self._maker(self._document.values[name], f"/values/{name}")
        return self._values[name] or self.complain(f"/values/{name}", "circle", "depends on itself")

    def event(self, entry: EventMap, at: str) -> EventMaker:
        known = POSTED_BY_NAME.get(entry.type)
        if known is None:
            self.complain(f"{at}/type", "unknown-type", f"must be one of {', '.join(POSTED_BY_NAME)}")
        else:
            fields = known.payload.model_fields
            for name in (name for name in entry.fields if name not in fields):
                self.complain(f"{at}/fields/{name}", "unknown-field", f"{entry.type} has no such field")
            for name in (name for name, field in fields.items() if field.is_required() and name not in entry.fields):
                self.complain(f"{at}/fields/{name}", "missing", f"{entry.type} needs it")
        for key, condition in (("when", entry.when), ("unless", entry.unless)):
            if condition is not None:
                self.value(condition, f"{at}/{key}")
        made = {name: self._maker(value, f"{at}/fields/{name}") for name, value in entry.fields.items()}
        return EventMaker(entry.type, entry.when, entry.unless, made)

    def _maker(self, made: Made, at: str) -> Maker:
        match made:
            case Column():
                return self._column(made, at)
            case Constant(constant=value):
                return Maker(_kind_of(value), lambda row, get: value)
            case Template(template=pattern):
                return self._template(pattern, at)
            case Calculation(calculate=text):
                return self._calculation(text, at)
            case Negation(not_=name):
                self._one_of(name, ("boolean",), at)
                return Maker("boolean", lambda row, get: None if get(name) is None else not get(name))
            case str(name):
                return Maker(self.value(name, at).kind, lambda row, get: get(name))

    def _one_of(self, name: str, kinds: tuple[Kind, ...], at: str) -> Kind:
        found = self.value(name, at).kind
        if found not in kinds and not self.problems:
            self.complain(at, "wrong-kind", f"'{name}' is {found}; this needs {' or '.join(kinds)}")
        return found

    def _column(self, made: Column, at: str) -> Maker:
        self.columns.update(dict.fromkeys(made.column))
        convert, kind = self._converter(made, at)
        empty = {"", *self._document.csv.empty}

        def make(row: Row, get: Get) -> Value | None:
            parts = [row[name].strip() for name in made.column]
            return None if any(part in empty for part in parts) else convert(" ".join(parts))

        return Maker(kind, make)

    def _converter(self, made: Column, at: str) -> tuple[Converter, Kind]:
        for option, owner in (("format", "datetime"), ("true_is", "boolean"), ("false_is", "boolean")):
            if option in made.model_fields_set and made.as_ != owner:
                self.complain(f"{at}/{option}", "unused", f"goes with 'as: {owner}' only")
        match made.as_:
            case "boolean":
                return converters.boolean(made.true_is, made.false_is), "boolean"
            case "datetime":
                return converters.moment(made.format, self._document.time_zone), "datetime"
            case plain:
                return converters.PLAIN[plain]

    def _template(self, pattern: str, at: str) -> Maker:
        pieces = re.split(r"\{([a-z][a-z0-9_]*)\}", pattern)
        for name in pieces[1::2]:
            self._one_of(name, ("text", "integer"), at)
        if any("{" in piece or "}" in piece for piece in pieces[::2]):
            return self.complain(at, "template", "braces hold the name of a value: {name}")

        def make(row: Row, get: Get) -> Value | None:
            filled: list[Value | None] = [*pieces]
            filled[1::2] = [get(name) for name in pieces[1::2]]
            return None if None in filled else "".join(map(str, filled))

        return Maker("text", make)

    def _calculation(self, text: str, at: str) -> Maker:
        try:
            terms = formula.parse(text)
            for name in formula.names(terms):
                self._one_of(name, ("number", "integer", "datetime"), at)
            kind = formula.kind(terms, lambda name: self.value(name, at).kind)
        except formula.Nonsense as error:
            return self.complain(at, "formula", str(error))
        return Maker(kind, lambda row, get: formula.total(terms, get))


def _kind_of(value: str | bool | int | float) -> Kind:
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "number" if isinstance(value, float) else "text"
