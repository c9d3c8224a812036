"""What is wrong with an input, said so that the sender can mend it and nothing of the input is repeated."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

SHOWN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

# pydantic's own text for these quotes the input or speaks of Python; ours does neither.
_MESSAGES = {
    "union_tag_invalid": "does not name a known kind",
    "union_tag_not_found": "lacks the field that says its kind",
    "extra_forbidden": "names no field we know; the API documentation lists the fields",
    "missing": "is required",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "string_too_long": "is too long",
    "string_too_short": "is too short",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "tuple_type": "must be a JSON array",
    "list_type": "must be a JSON array",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "none_required": "must be null",
    "uuid_parsing": "must be a UUID",
    "finite_number": "must be a finite number",
}
# These say only what is expected (bounds, allowed values), never what came.
_SAFE_TYPES = {
    "literal_error",
    "greater_than",
    "greater_than_equal",
    "less_than",
    "less_than_equal",
    "too_long",
    "too_short",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint: where (an RFC 6901 JSON pointer; "" is the whole document), a stable code, and a sentence."""

    pointer: str
    code: str
    message: str


class Invalid(ValueError):
    """The input is not what it must be; sending it again unchanged will not help.

    ``problems`` holds every complaint found, at least one. ``syntax`` is true where the bytes are not even JSON that
    we accept (an HTTP edge answers 400), false where the JSON does not fit the contract (422).
    """

    def __init__(self, problems: Sequence[Problem], *, syntax: bool = False) -> None:
        super().__init__("; ".join(f"{p.pointer or '(document)'} {p.message}" for p in problems))
        self.problems = tuple(problems)
        self.syntax = syntax

    @classmethod
    def at(cls, pointer: str, code: str, message: str, *, syntax: bool = False) -> "Invalid":
        return cls([Problem(pointer, code, message)], syntax=syntax)


def pointer(location: Iterable[str | int], document: Any, *, missing: bool = False) -> str:
    """The RFC 6901 pointer of a pydantic location in ``document``.

    Steps that are not in the document (pydantic names the member of a union it tried) are left out, but for the last
    one where the complaint is that it is ``missing``. It stops before a
    key that is not a plain field name, since that would repeat input.
    """
    out, here, steps = "", document, tuple(location)
    for number, step in enumerate(steps):
        found, inner = _step(here, step, wanted=missing and number == len(steps) - 1)
        if not found:
            continue
        here = inner
        if not isinstance(step, int) and not SHOWN_KEY.fullmatch(step):
            break
        out += f"/{step}"
    return out


def _step(here: Any, step: str | int, *, wanted: bool) -> tuple[bool, Any]:
    if isinstance(here, dict):
        return (step in here or wanted), here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return True, here[step]
    return False, here


def from_validation_error(error: ValidationError, document: Any, *, at: str = "") -> Invalid:
    """pydantic's complaints about ``document`` as ours. ``at`` is where the document sits inside the whole input."""
    return Invalid([_problem(item, document, at) for item in error.errors(include_url=False, include_input=False)])


def _problem(item: Any, document: Any, at: str) -> Problem:
    code = item["type"]
    return Problem(at + pointer(item["loc"], document, missing=code == "missing"), code, message(item))


def message(item: Any) -> str:
    """One of pydantic's complaints in our words: what follows the name of the field in a sentence."""
    code = item["type"]
    if code == "value_error":  # raised by our own validators, whose texts repeat no input
        return str(item["ctx"]["error"])
    if code in _SAFE_TYPES:
        return predicate(item["msg"])
    return _MESSAGES.get(code, "is not valid")


def predicate(sentence: str) -> str:
    """A sentence of pydantic's without its subject: "Input should be 1 or 2" is "must be 1 or 2"."""
    return re.sub(r"^\w+ should ", "must ", sentence)
