"""What is wrong with a sources file, as an operator says it: ``questions[0].scale must be …``. No value is repeated:
it may be a secret that stands in the wrong line."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from events import problems
from events.runtime.errors import Stuck

_SHOWN = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_KEY = "[key]"

# Our words for JSON are not an operator's for YAML.
_WORDS = {
    "string_type": "must be text; put quotes around a number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "extra_forbidden": "is not a field we know",
    "ip_v4_network": "must be a network, such as 192.0.2.0/24",
    "ip_v6_network": "must be a network, such as 192.0.2.0/24",
}
_PATTERNS = {
    "name": "must be 1 to 63 lower-case letters, digits and hyphens, and not begin with a hyphen",
    "tenant": "must be 1 to 128 letters, digits and . _ : -",
    "speaks_for": "must be 1 to 128 letters, digits and . _ : / -",
    "secrets": "must be the name of a file: letters, digits and . _ -",
    "token": "must be the name of a file: letters, digits and . _ -",
    "interaction_prefix": "must be at most 64 letters, digits and . _ : -",
    "fields": "must be keys joined by dots, such as detail.group_id",
    "base_url": "must be https:// and a host, without a path",
}


class Unusable(Stuck):
    """The sources file cannot be used as it is. ``complaints`` are all there are, each a sentence with its place."""

    def __init__(self, complaints: Iterable[str]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("sources: " + "; ".join(self.complaints))


def of(error: ValidationError, document: Any, *, under: str = "") -> list[str]:
    """pydantic's complaints, each place and sentence once. ``under``: the field the document stands in."""
    found = [_sentence(item, document, under) for item in error.errors(include_url=False, include_input=False)]
    return list(dict.fromkeys(found))


def _sentence(item: Any, document: Any, under: str) -> str:
    location = tuple(item["loc"])
    place = place_of(location, document, missing=item["type"] == "missing")
    if under:
        place = f"{under}.{place}" if place else under
    as_key = ", as a key," if location and location[-1] == _KEY else ""
    return f"{place}{as_key} {_predicate(item, location)}".strip()


def _predicate(item: Any, location: tuple[str | int, ...]) -> str:
    if item["type"] == "string_pattern_mismatch":
        names = [step for step in location if step in _PATTERNS]
        return _PATTERNS[str(names[-1])] if names else problems.message(item)
    return _WORDS.get(item["type"]) or problems.message(item)


def place_of(location: Iterable[str | int], document: Any, *, missing: bool = False) -> str:
    """``questions[0].scale`` of ``("questions", 0, "scale")``. Steps that are not in the document are left out, but
    for the last where it is ``missing``: pydantic names the member of a union that it tried."""
    out, here, steps = "", document, tuple(location)
    for number, step in enumerate(steps):
        inside = (isinstance(here, dict) and step in here) or (
            isinstance(here, list) and isinstance(step, int) and step < len(here)
        )
        if not inside and not (missing and number == len(steps) - 1):
            continue
        if isinstance(here, list):
            out += f"[{step}]"
        elif _SHOWN.fullmatch(str(step)):
            out += f".{step}" if out else f"{step}"
        here = here[step] if inside else None
    return out
