"""Sums of named values and seconds: ``answered_at + talk``, ``ended_at - offered_at``, ``talk + 2.5``."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from amends.mapping.converters import Kind, Unreadable, Value

Term = tuple[int, str | float]
"""+1 or -1, and the name of a value or a number."""

_TERM = re.compile(r"\s*([+-]?)\s*([a-z][a-z0-9_]*|\d+(?:\.\d+)?)")


class Nonsense(ValueError):
    """The formula cannot mean anything; ``str()`` says why."""


def parse(formula: str) -> list[Term]:
    """Raises Nonsense."""
    terms: list[Term] = []
    position = 0
    while position < len(formula.rstrip()):
        match = _TERM.match(formula, position)
        if match is None or bool(match[1]) != bool(terms):  # a sign before every term but the first
            raise Nonsense("must be names and numbers with + or - between them, such as answered_at + talk")
        terms.append((-1 if match[1] == "-" else 1, match[2] if match[2][0].isalpha() else float(match[2])))
        position = match.end()
    if not terms:
        raise Nonsense("is empty")
    return terms


def names(terms: Sequence[Term]) -> list[str]:
    return [term for _, term in terms if isinstance(term, str)]


def kind(terms: Sequence[Term], kind_of: Callable[[str], Kind | None]) -> Kind:
    """The kind of the result. Raises Nonsense where times and seconds do not add up."""
    kinds = [(sign, kind_of(term) if isinstance(term, str) else "number") for sign, term in terms]
    result = "datetime" if kinds[0][1] == "datetime" else "number"
    for sign, other in kinds[1:]:
        if other == "datetime":
            if result != "datetime" or sign > 0:
                raise Nonsense("a datetime stands first; another may only be taken from it")
            result = "number"
    return "datetime" if result == "datetime" else "number"


def total(terms: Sequence[Term], value_of: Callable[[str], Value | None]) -> Value | None:
    """The result, None where a value is empty; times in seconds. Raises Unreadable for a date beyond the calendar."""
    result: Value | None = None
    for sign, term in terms:
        value = value_of(term) if isinstance(term, str) else term
        if value is None:
            return None
        result = value if result is None else _add(result, sign, value)
    return result


def _add(left: Value, sign: int, right: Value) -> Value:
    if isinstance(left, datetime):
        if isinstance(right, datetime):
            return (left - right).total_seconds()
        try:
            return left + sign * timedelta(seconds=float(right))
        except OverflowError as error:
            raise Unreadable("leads to a date beyond the calendar") from error
    assert isinstance(left, int | float)  # noqa: S101  (for mypy: ``kind`` has seen to it)
    assert isinstance(right, int | float)  # noqa: S101
    return left + sign * right
