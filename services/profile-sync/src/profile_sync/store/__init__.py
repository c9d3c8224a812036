"""The tables of profile-sync. All SQL is here; every statement carries the tenant."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from events.origin import Origin


def kept(origin: Origin) -> str | None:
    """For a column that ``columns`` gives as text."""
    return None if (told := origin.to_json()) is None else json.dumps(told)


def columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows as one list per column, which is how ``unnest`` wants them."""
    turned = list(zip(*rows, strict=True))
    return {name: list(turned[place]) if turned else [] for place, name in enumerate(names)}
