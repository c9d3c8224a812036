"""pydantic's type hints as msgspec's, with the same limits or narrower ones. Raises Unsupported rather than guess."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta
from pydantic import AwareDatetime, BaseModel, Strict
from pydantic.fields import FieldInfo

from events.quick import patterns
from events.quick.patterns import Alphabet, Unsupported
from events.strict_json import MAX_INTEGER
from events.vocabulary import parse_instant

Hint = Any
"""A type hint made at run time."""

Member = Callable[[type[BaseModel], str], type[msgspec.Struct]]
"""Makes the twin of a member of a union that is told by the named field."""

_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern")


@dataclass(slots=True)
class Seen:
    """What the caller must check of a field, since its hint does not. Without one, the hint must say all."""

    instant: bool = False
    alphabet: Alphabet | None = None


def of(hint: Hint, metadata: Iterable[Any], *, member: Member, seen: Seen | None = None) -> Hint:
    """The hint for msgspec. Raises Unsupported."""
    hint, said, told_by = _unwrapped(hint, metadata)
    members: tuple[Any, ...] = get_args(hint)
    origin: Any = get_origin(hint)
    if hint is AwareDatetime:
        return _instant(said, seen)
    limits = _limits(said)
    if hint in (bool, NoneType) and not limits:
        return hint
    if origin is Literal and not limits and all(isinstance(value, str) for value in members):
        return hint
    if hint in (int, float):
        return Annotated[hint, Meta(**_narrowed(limits))]
    if hint is str:
        return _text(limits, seen)
    if origin is dict or (origin is tuple and members[1:] == (...,)):
        inner = tuple(part if part is ... else of(part, (), member=member) for part in members)
        return Annotated[origin[inner], Meta(**limits)]
    if origin in (Union, UnionType) and not limits:
        if told_by:
            return reduce(or_, (member(model, told_by) for model in members))
        passed = seen if len(members) == 2 and NoneType in members else None
        return reduce(or_, (of(part, (), member=member, seen=passed) for part in members))
    raise Unsupported(f"no way is known to check {hint} with {said}")


def _unwrapped(hint: Hint, metadata: Iterable[Any]) -> tuple[Hint, list[Any], str | None]:
    """A hint without ``Annotated``, what was said about it, and by which field its members are told apart."""
    said: list[Any] = list(metadata)
    while _is_annotated(hint):
        hint, *more = get_args(hint)
        said += more
    fields = [item for item in said if isinstance(item, FieldInfo)]
    flat = [item for item in said if item not in fields] + [item for field in fields for item in field.metadata]
    told_by = next((field.discriminator for field in fields if field.discriminator), None)
    if not isinstance(told_by, str | None):
        raise Unsupported("a union is told apart by a function")
    return hint, flat, told_by


def _is_annotated(hint: Hint) -> bool:
    origin: Any = get_origin(hint)
    return origin is Annotated


def _limits(said: Iterable[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for item in said:
        found = {name: getattr(item, name) for name in _LIMITS if hasattr(item, name)}
        if not isinstance(item, Strict) and (len(found) != 1 or limits.keys() & found.keys()):
            raise Unsupported(f"{item!r} is not a limit we know")
        limits |= found
    return limits


def _narrowed(limits: dict[str, Any]) -> dict[str, Any]:
    """No number beyond 2**53 - 1: msgspec would read such an integer as a float where it may be one."""
    low = {} if "gt" in limits else {"ge": max(limits.get("ge", -MAX_INTEGER), -MAX_INTEGER)}
    high = {} if "lt" in limits else {"le": min(limits.get("le", MAX_INTEGER), MAX_INTEGER)}
    return limits | low | high


def _text(limits: dict[str, Any], seen: Seen | None) -> Hint:
    pattern = limits.pop("pattern", None)
    if pattern and seen and (found := patterns.alphabet(pattern)):
        seen.alphabet, least, most = found
        limits["min_length"] = max(least, limits.get("min_length", 0))
        if most is not None:
            limits["max_length"] = min(most, limits.get("max_length", most))
    elif pattern:
        limits["pattern"] = patterns.python(pattern)
    return Annotated[str, Meta(**limits)] if limits else str


def _instant(said: Iterable[Any], seen: Seen | None) -> Hint:
    if seen is None or [getattr(item, "func", None) for item in said] != [parse_instant]:
        raise Unsupported("a moment that is not an Instant, or not a field of the payload itself")
    seen.instant = True
    return Annotated[datetime, Meta(tz=True)]
