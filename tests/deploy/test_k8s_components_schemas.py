"""Our own schemas of the operators' kinds: complete, closed, and no wider than what is rendered."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from support.kustomize import COMPONENTS, DEPLOY, Document, check, render

SCHEMAS = {path.stem: json.loads(path.read_text()) for path in (DEPLOY / "k8s/schemas").glob("*.json")}
OPEN = {"labels", "annotations", "matchLabels"}
"""Whose keys are anybody's."""


def _schema(document: Document) -> str:
    return f"{document['apiVersion'].rpartition('/')[0]}_{document['kind']}"


@pytest.fixture(scope="module")
def custom() -> list[Document]:
    rendered = render(*COMPONENTS, overlay="prod")
    return [document for document in rendered if _schema(document) in SCHEMAS]


def test_every_schema_is_of_something_rendered(custom: list[Document]) -> None:
    assert {_schema(document) for document in custom} == SCHEMAS.keys()
    check(custom)


def _inside(schema: Any) -> Iterator[Document]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from _inside(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _inside(each)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_lets_nothing_through_that_it_does_not_name(name: str) -> None:
    for each in _inside(SCHEMAS[name]):
        assert each["additionalProperties"] in (False, {"type": "string"}), each


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every field, one of each kind: of several items of a list, what the first of them has."""
    if isinstance(value, dict) and not (path and path[-1] in OPEN):
        for key, inner in value.items():
            yield (*path, key)
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        seen: set[tuple[str | int, ...]] = set()
        for number, inner in enumerate(value):
            for found in _places(inner):
                if (signature := tuple(step for step in found if isinstance(step, str))) not in seen:
                    seen.add(signature)
                    yield (*path, number, *found)


def _misspelt(document: Document, path: tuple[str | int, ...]) -> Document:
    changed = copy.deepcopy(document)
    *way, last = path
    place: Any = changed
    for step in way:
        place = place[step]
    place[f"{last}s"] = place.pop(last)
    return changed


def test_a_misspelt_field_is_refused_wherever_it_is(custom: list[Document]) -> None:
    tried = set()
    for document in custom:
        for path in _places(document):
            field = (_schema(document), *(step for step in path if isinstance(step, str)))
            if field in tried or path in {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name")}:
                continue
            tried.add(field)
            with pytest.raises(AssertionError, match=document["kind"]):
                check([_misspelt(document, path)])
    assert len(tried) > 250
