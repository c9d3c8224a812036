"""docs/sources.md has every field of the sources file, with its default, and no other."""

import re
import shlex
from pathlib import Path

import pytest
from pydantic import BaseModel

from ingest.commands import parser
from ingest.core.source import Api, Question, Rate, Source
from ingest.sources.snapshot import HOOKS
from ingest.vendors.registry import BY_NAME

PAGE = (Path(__file__).parents[2] / "docs/sources.md").read_text()
SECTIONS: dict[str, type[BaseModel]] = {
    "A source": Source,
    "A question": Question,
    "An API to fetch from": Api,
    "A rate": Rate,
}


def rows(title: str) -> dict[str, str]:
    """Field → default, as the table under this title has them."""
    (section,) = re.findall(rf"^### {title}\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \| ", section, re.MULTILINE))


@pytest.mark.parametrize("title", SECTIONS)
def test_every_field_is_documented_and_no_other(title: str) -> None:
    assert list(rows(title)) == list(SECTIONS[title].model_fields)


@pytest.mark.parametrize("title", SECTIONS)
def test_the_defaults_are_those_of_the_model(title: str) -> None:
    for name, field in SECTIONS[title].model_fields.items():
        told = rows(title)[name]
        assert (told == "required") == field.is_required(), name
        if isinstance(field.default, str | int | float):
            assert told == f"`{field.default}`", name


def test_the_route_is_the_one_that_is_served() -> None:
    assert f"`{HOOKS}/NAME`" in PAGE


COMMANDS = sorted(
    {found for found in re.findall(r"amends source ([a-z]+ [^`<\n]+)", PAGE) if not found.startswith("add --help")}
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_on_the_page_is_understood(command: str) -> None:
    arguments = shlex.split(command)
    assert parser.build(BY_NAME).parse_args(arguments).command == arguments[0]
