"""The page of settings, generated from the settings themselves: ``python -m deploy.settings_page``.

The page is prose with marked tables. A mark names services; its table has the variables that these read alike.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from amends.services import SERVICES
from events.runtime.configuration import variables

PAGE = Path("docs/configuration.md")
SECRET = {"DATABASE_URL"}
"""Those that carry a password inside a text that need not be secret."""

LIMITS = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
FIRST = ("_HOST", "_PORT")
UNITS = ("seconds", "minutes", "hours", "days")
_TABLE = re.compile(r"(<!-- settings of: ([a-z ,-]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_HEAD = ("| variable | default | takes | what |", "| --- | --- | --- | --- |")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable, as the services that read it alike do.

    Attributes:
        default: as an operator would write it; None where there is none.
        takes: what values, in words.
    """

    name: str
    services: tuple[str, ...]
    required: bool
    default: str | None
    takes: str
    secret: bool
    what: str

    def row(self) -> str:
        default = "required" if self.required else f"`{self.default}`" if self.default else "–"
        cells = (f"`{self.name}`", default, f"{self.takes}, **secret**" if self.secret else self.takes, self.what)
        return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def settings_of_services() -> dict[str, type[BaseSettings]]:
    return {service.name: import_module(f"{service.module}.settings").Settings for service in SERVICES}


def reference(kinds: Mapping[str, type[BaseSettings]]) -> list[Variable]:
    """Every variable, in the order of the settings. One that two services read differently is there twice."""
    alike: dict[tuple[Any, ...], list[str]] = {}
    for service, kind in kinds.items():
        for name, field in variables(kind).items():
            alike.setdefault((name, *_told(name, field)), []).append(service)
    return [Variable(name, tuple(services), *rest) for (name, *rest), services in alike.items()]


def filled(page: str, found: Sequence[Variable]) -> str:
    """``page`` with its tables made anew. Raises ValueError where a variable has no table, or a table no variable."""
    left = {variable.services for variable in found}

    def table(mark: re.Match[str]) -> str:
        services = tuple(name.strip() for name in mark[2].split(","))
        mine = [variable for variable in found if variable.services == services]
        rows = [variable.row() for variable in sorted(mine, key=lambda one: not one.name.endswith(FIRST))]
        if not rows:
            raise ValueError(f"no variable is read alike by {mark[2]} alone")
        left.discard(services)
        return mark[1] + "\n".join((*_HEAD, *rows)) + "\n" + mark[3]

    text = _TABLE.sub(table, page)
    if left:
        raise ValueError(f"the page has no table for {sorted(', '.join(services) for services in left)}")
    return text


def _told(name: str, field: FieldInfo) -> tuple[bool, str | None, str, bool, str]:
    secret = SecretStr in _types(field.annotation) or name in SECRET
    return field.is_required(), _default(field), _takes(name, field), secret, _sentence(field.description or "")


def _sentence(text: str) -> str:
    """As the cell of a table: no capital but where it belongs to the word, no full stop."""
    return (text[:1].lower() + text[1:] if text[1:2].islower() else text).removesuffix(".")


def _default(field: FieldInfo) -> str | None:
    value = None if field.is_required() else field.default
    if value is None or value == "":
        return None
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _takes(name: str, field: FieldInfo) -> str:
    types = _types(field.annotation)
    unit = next((unit for unit in UNITS if name.endswith(f"_{unit.upper()}")), "")
    if choices := [choice for each in types for choice in get_args(each) if get_origin(each) is Literal]:
        return ", ".join(f"`{choice}`" for choice in choices)
    if bool in types:
        return "`true`, `false`"
    if int in types or float in types:
        return ", ".join(filter(None, (unit or ("whole number" if int in types else "number"), _limits(field))))
    if any(isinstance(each, type) and issubclass(each, Path) for each in types):
        return "folder" if name.endswith("_DIR") else "file"
    return "address" if name.endswith("_URL") else "text"


def _limits(field: FieldInfo) -> str:
    found = {name: getattr(each, name) for each in field.metadata for name in LIMITS if hasattr(each, name)}
    if "ge" in found and "le" in found:
        return f"{found['ge']} to {found['le']}"
    return " ".join(f"{words} {found[name]}" for name, words in LIMITS.items() if name in found)


def _types(annotation: Any) -> set[Any]:
    """What is left of an annotation once unions and what only validates are taken apart."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return {found for each in get_args(annotation) for found in _types(each)}
    if origin is Annotated:
        return _types(get_args(annotation)[0])
    return {annotation}


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m deploy.settings_page", description="Renew the page.")
    asked.add_argument("page", nargs="?", type=Path, default=PAGE)
    asked.add_argument("--json", action="store_true", help="print them all instead, for machines")
    chosen = asked.parse_args()
    found = reference(settings_of_services())
    if chosen.json:
        print(json.dumps([asdict(variable) for variable in found], indent=2))  # noqa: T201
    else:
        chosen.page.write_text(filled(chosen.page.read_text(), found))


if __name__ == "__main__":
    main()
