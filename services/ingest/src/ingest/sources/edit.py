"""Changing the text of a sources file by insertion, so that comments and order stay as somebody wrote them."""

from collections.abc import Iterator
from typing import Any

import yaml

from events.problems import Invalid
from events.runtime import plain_yaml


class CannotEdit(Exception):
    """The file is written in a way we don't edit. Nothing is wrong with it; a person can."""


def with_entry(text: str, entry: dict[str, Any], *, public_url: str | None = None) -> str:
    """The text with one source more, at the end of the list, and ``public_url`` at its top. Raises CannotEdit."""
    wanted = dict(plain_yaml.loads(text) or {})
    wanted["sources"] = [*(wanted.get("sources") or []), entry]
    edited = _appended(text, rendered(entry))
    if public_url is not None:
        wanted["public_url"] = public_url
        edited = f"public_url: {public_url}\n{edited}"
    return _checked(edited, wanted)


def with_secret(text: str, number: int, name: str) -> str:
    """The text with the secret ``name`` before those of the source at this place of the list. Raises CannotEdit."""
    wanted = plain_yaml.loads(text)
    wanted["sources"][number]["secrets"].insert(0, name)
    node = _secrets(text, number)
    at = node.start_mark.index
    if node.flow_style:
        return _checked(f"{text[: at + 1]}{name}, {text[at + 1 :]}", wanted)
    return _checked(f"{text[:at]}- {name}\n{' ' * node.start_mark.column}{text[at:]}", wanted)


def with_first_secret_only(text: str, number: int) -> str:
    """The text with the first secret of that source alone. Raises CannotEdit."""
    wanted = plain_yaml.loads(text)
    del wanted["sources"][number]["secrets"][1:]
    items = _secrets(text, number).value
    return _checked(text[: items[0].end_mark.index] + text[items[-1].end_mark.index :], wanted)


def rendered(entry: dict[str, Any]) -> str:
    """The entry as lines of YAML."""
    return yaml.safe_dump([entry], sort_keys=False, allow_unicode=True)


def _appended(text: str, block: str) -> str:
    root = _composed(text)
    if root is None:
        return f"{_ended(text)}sources:\n{_indented(block, 2)}"
    found = _under(root, "sources")
    if found is None:
        return f"{_ended(text)}sources:\n{_indented(block, 2)}"
    if not found.value:  # ``sources:`` or ``sources: []``
        return f"{text[: found.start_mark.index].rstrip(' ')}\n{_indented(block, 2)}{text[found.end_mark.index :]}"
    if found.flow_style:
        raise CannotEdit("its list of sources is in square brackets")
    at = _line_end(text, max(_ends(found)))
    return f"{_ended(text[:at])}{_indented(block, found.start_mark.column)}{text[at:]}"


def _checked(edited: str, wanted: Any) -> str:
    """Never a change that is not the one meant, whatever the file looked like."""
    try:
        found = plain_yaml.loads(edited)
    except Invalid:
        found = None
    if found != wanted:
        raise CannotEdit("it is written in a way that only a person should change")
    return edited


def _composed(text: str) -> Any:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise CannotEdit("it is not written as a block of lines")
    return root


def _under(mapping: Any, key: str) -> Any:
    return next((value for name, value in mapping.value if name.value == key), None)


def _secrets(text: str, number: int) -> Any:
    return _under(_under(_composed(text), "sources").value[number], "secrets")


def _ends(node: Any) -> Iterator[int]:
    """Where its scalars and bracketed parts end. A block's own end is where the next thing begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style:
        yield node.end_mark.index
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _ends(item)
    else:
        for _, value in node.value:
            yield from _ends(value)


def _line_end(text: str, at: int) -> int:
    """Behind the line that has what ends ``at``; a text in several lines ends behind its last line already."""
    if at > 0 and text[at - 1] == "\n":
        return at
    return text.find("\n", at) + 1 or len(text)


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _indented(block: str, columns: int) -> str:
    return "".join(f"{' ' * columns}{line}" for line in block.splitlines(keepends=True))
