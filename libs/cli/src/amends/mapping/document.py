"""The mapping file as written: its shape, checked by pydantic. What the names in it mean is ``compiler``'s concern."""

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from events.hours.zones import Zone
from events.vocabulary import Source

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[str], BeforeValidator(_list), Field(min_length=1)]
"""One text, or a list of them."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Column(_Part):
    """The text of a column, or of several joined by a space, read as something."""

    column: Texts
    as_: Literal["text", "slug", "number", "integer", "boolean", "datetime", "duration"] = Field("text", alias="as")
    format: Texts = Field(default=["iso"], description="For a datetime: strptime formats, the first that fits.")
    true_is: Texts | None = Field(None, description="For a boolean: words for true.")
    false_is: Texts | None = None


class Constant(_Part):
    constant: Annotated[str | bool | int | float, Field(union_mode="smart")]


class Template(_Part):
    """Text with names of values in braces."""

    template: str


class Calculation(_Part):
    """Names of values and numbers of seconds, with + and - between them."""

    calculate: str


class Negation(_Part):
    not_: Name = Field(alias="not")


def _which(value: Any) -> str | None:
    """The tag of the kind of value; no tag is a key a mapping may hold, so that pointers stay pointers."""
    if not isinstance(value, dict):
        return "a name"
    return next((f"a {key}" for key in ("column", "constant", "template", "calculate", "not") if key in value), None)


Made = Annotated[
    Annotated[Name, Tag("a name")]
    | Annotated[Column, Tag("a column")]
    | Annotated[Constant, Tag("a constant")]
    | Annotated[Template, Tag("a template")]
    | Annotated[Calculation, Tag("a calculate")]
    | Annotated[Negation, Tag("a not")],
    Discriminator(
        _which,
        custom_error_type="unknown_kind",
        custom_error_message="must be the name of a value, or hold one of column, constant, template, calculate, not",
    ),
]


class EventMap(_Part):
    """How a row makes one event. ``when``/``unless`` name a value: present and not false counts as true."""

    type: str
    when: Name | None = None
    unless: Name | None = None
    fields: dict[str, Made]


class Csv(_Part):
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: str = "utf-8"
    empty: list[str] = Field(default=[], description="Words that mean: nothing here.")


class Document(_Part):
    source: Source
    time_zone: Zone = ZoneInfo("UTC")
    csv: Csv = Csv()
    values: dict[Name, Made] = {}
    events: Annotated[list[EventMap], Field(min_length=1)]

    model_config = ConfigDict(arbitrary_types_allowed=True)
