"""msgspec twins of the pydantic models, made from them: a new field or event type needs nothing here.

A twin may be stricter than its model, never laxer. What cannot be made sure of raises Unsupported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Literal, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from events.envelope import Attributes, Payload
from events.quick import hints
from events.quick.hints import Hint, Seen
from events.quick.patterns import Alphabet, Unsupported

_NO_SENDER_SETS = ("tenant", "recordedtime", "requestid")
_KNOWN_CONFIG = {"extra", "strict", "frozen", "allow_inf_nan", "json_schema_extra"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A twin, and what msgspec does not see to. Fields of the payload of an event are named ``data.<field>``.

    Attributes:
        instants: the fields that hold moments, which must be in UTC and not before 2000.
        alphabets: which fields may hold only which characters: checked for a whole batch at once, five times as fast.
        validators: what holds between fields of a payload: the model's own functions. They raise ValueError.
    """

    twin: type[msgspec.Struct]
    instants: tuple[str, ...]
    alphabets: Mapping[Alphabet, tuple[str, ...]]
    validators: tuple[Callable[[Any], Any], ...]


def of_payload(model: type[Payload]) -> Shape:
    """The twin has the model's methods and properties too. Raises Unsupported."""
    rows, seen = _read(model.model_fields)
    twin = _struct(model, ((name, hint, *_default(name, field)) for name, field, hint in rows), _behaviour(model))
    return Shape(twin, *seen, _validators(model))


def of_event(payload: Shape, type_: str) -> Shape:
    """An event of that type in the CloudEvents JSON format, where null is the same as left out. Raises Unsupported."""
    if _validators(Attributes):
        raise Unsupported("the attributes have validators")
    rows, (instants, alphabets) = _read(Attributes.model_fields, without=("type", *_NO_SENDER_SETS))
    fields = [(name, hint) if field.is_required() else (name, hint | None, None) for name, field, hint in rows]
    # `data` comes last: `reading` cuts it out of the canonical text.
    twin = _struct(Attributes, [*fields, ("data", payload.twin)], {}, tag_field="type", tag=type_)
    for alphabet, names in payload.alphabets.items():
        alphabets[alphabet] = alphabets.get(alphabet, ()) + _in_data(names)
    return Shape(twin, instants + _in_data(payload.instants), alphabets, payload.validators)


def _in_data(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"data.{name}" for name in names)


def _of_member(model: type[BaseModel], told_by: str) -> type[msgspec.Struct]:
    """The twin of a member of a union, told from the others by the value of one field."""
    (tag,) = get_args(model.model_fields[told_by].annotation)
    if _validators(model):
        raise Unsupported(f"{model.__name__} has a validator, and is not the payload itself")
    rows, _ = _read(model.model_fields, without=(told_by,), nested=True)
    fields = ((name, hint, *_default(name, field)) for name, field, hint in rows)
    return _struct(model, fields, {told_by: tag}, tag_field=told_by, tag=tag)


def _struct(
    model: type[BaseModel], fields: Iterable[Any], names: dict[str, Any], **tagged: Any
) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        model.__name__,
        fields,
        namespace=names,
        kw_only=True,
        frozen=True,
        gc=False,  # a tree without cycles
        omit_defaults=True,
        forbid_unknown_fields=True,
        **tagged,
    )


_Rows = list[tuple[str, FieldInfo, Hint]]


def _read(
    fields: Mapping[str, FieldInfo], *, without: Iterable[str] = (), nested: bool = False
) -> tuple[_Rows, tuple[tuple[str, ...], dict[Alphabet, tuple[str, ...]]]]:
    """msgspec's hint for each field; which hold moments; which have an alphabet."""
    rows: _Rows = []
    instants: tuple[str, ...] = ()
    alphabets: dict[Alphabet, tuple[str, ...]] = {}
    for name, field in fields.items():
        if name in without:
            continue
        if field.alias or field.validation_alias or field.discriminator or "T" in name:
            raise Unsupported(f"the field {name} has another name outside, a discriminator of its own, or a T")
        seen = None if nested else Seen()
        rows.append((name, field, hints.of(field.annotation, field.metadata, member=_of_member, seen=seen)))
        if seen and seen.instant:
            instants += (name,)
        if seen and seen.alphabet:
            alphabets[seen.alphabet] = (*alphabets.get(seen.alphabet, ()), name)
    return rows, (instants, alphabets)


def _default(name: str, field: FieldInfo) -> tuple[Any, ...]:
    """The default as the very object msgspec would decode: by that it leaves an explicit default out again."""
    if field.is_required():
        return ()
    if field.default_factory in (dict, list):
        return (msgspec.field(default_factory=field.default_factory),)
    default = field.default
    if isinstance(default, str) and get_origin(field.annotation) is Literal and "T" not in default:
        return (next(value for value in get_args(field.annotation) if value == default),)
    if default is None or default == () or (isinstance(default, int) and -5 <= default <= 256):
        return (default,)
    raise Unsupported(f"the field {name} has a default that msgspec would not leave out")


def _validators(model: type[BaseModel]) -> tuple[Callable[[Any], Any], ...]:
    found = model.__pydantic_decorators__
    others = [name for name in found.__slots__ if name != "model_validators" and getattr(found, name)]
    if others or model.__pydantic_post_init__ or any(v.info.mode != "after" for v in found.model_validators.values()):
        raise Unsupported(f"{model.__name__} has more of its own than model validators in mode 'after'")
    config = dict(model.model_config)
    if config.get("extra") != "forbid" or not config.get("strict") or config.keys() - _KNOWN_CONFIG:
        raise Unsupported(f"{model.__name__} is not strict, takes unknown fields, or changes what it takes")
    return tuple(validator.func for validator in found.model_validators.values())


def _behaviour(model: type[BaseModel]) -> dict[str, Any]:
    """Methods and properties of the model: its validators and callers may use them."""
    return {
        name: member
        for kind in reversed(model.__mro__)
        if issubclass(kind, BaseModel) and kind is not BaseModel
        for name, member in vars(kind).items()
        if isinstance(member, FunctionType | property) and not name.startswith("__")
    }
