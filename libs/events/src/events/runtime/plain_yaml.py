"""YAML without its surprises: ``yes`` and ``no`` are words, a date is text, and no key may stand twice."""

import re
from pathlib import Path
from typing import Any

import yaml

from events.problems import Invalid


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(None, None, f"the key '{twice}' stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


_KEPT = ("int", "float", "null", "merge")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), ["t", "f"])


def load(path: Path) -> Any:
    """Raises Invalid where it is not such YAML, saying where; OSError."""
    return loads(path.read_bytes())


def loads(content: bytes | str) -> Any:
    """The same, of what a file has, or is about to have. Raises Invalid."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        return yaml.load(text, _Loader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise Invalid.at("", "not-yaml", f"is not YAML we read: {error.problem}{where}", syntax=True) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # PyYAML lets int() fail on ``0x_``
        raise Invalid.at("", "not-yaml", "is not YAML in UTF-8", syntax=True) from error
