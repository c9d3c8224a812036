"""YAML without its surprises: ``yes`` and ``no`` are words, dates and times are text, and no key may stand twice."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from events.problems import Invalid

T = TypeVar("T")


class _Loader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.MarkedYAMLError(None, None, f"the key '{twice}' stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


_KEPT = ("null", "merge")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in _KEPT]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
# As YAML 1.1 has them, but for base 60: 10:30 is a time of day, not 630.
_INT = re.compile(r"[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$")
_FLOAT = re.compile(
    r"([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)$"), ["t", "f"])


def load(path: Path) -> Any:
    """Raises Invalid where it is not such YAML, saying where; OSError."""
    return loads(path.read_bytes())


def parsed(path: Path, parse: Callable[[Any], T]) -> T:
    """What ``parse`` makes of a file. Raises ValueError with every complaint there is, in one text.

    Args:
        parse: raises Invalid, whose problems must not repeat what the file says.
    """
    try:
        return parse(load(path))
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read: {type(error).__name__}") from error
    except Invalid as error:
        raise ValueError(f"{path.name}: {error}") from error


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
