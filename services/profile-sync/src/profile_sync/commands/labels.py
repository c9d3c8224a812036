"""Reading a labelled set: what careful people say is in each remark.

A CSV file, one row a label, with the columns ``kind``, ``value`` and ``optional`` (0, or 1 where people would differ),
and the remark: as ``remark``, or where it must not be kept as ``digest``, the first 16 hex digits of the SHA-256 of the
stripped, casefolded remark. Nothing in it: a row with an empty kind. Taken back: " taken-back" after the value.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from events.preference import Preference
from profile_sync.commands.scores import Item, Labelled
from profile_sync.commands.table import Row, Unreadable, read

_PREFERENCE: TypeAdapter[Preference] = TypeAdapter(Preference)
_BOOLEANS: Mapping[str, Any] = {"true": True, "false": False}
_NAMES = ("kind", "value", "optional")


def digest(remark: str) -> str:
    return hashlib.sha256(remark.strip().casefold().encode()).hexdigest()[:16]


def labels(file: Path, remarks: Iterable[str] | None = None) -> list[Labelled]:
    """Each labelled remark with its labels, in the order of the file.

    Args:
        remarks: where those stand that the labels name by digest only; None if the labels have them.

    Raises:
        Unreadable: the file, or a label that is no preference, or a digest that is of none of the remarks.
    """
    key = "remark" if remarks is None else "digest"
    texts = {digest(each): each for each in remarks or ()}
    stated: dict[str, set[Item]] = {}
    optional: dict[str, set[Item]] = {}
    for number, row in enumerate(read(file, key, *_NAMES), start=1):
        name = row["digest"] if remarks is not None else digest(row["remark"])
        if remarks is None:
            texts[name] = row["remark"]
        into = {"0": stated, "1": optional}.get(row["optional"])
        if into is None:
            raise Unreadable(f"{file}, row {number}: optional must be 0 or 1")
        stated.setdefault(name, set())
        into.setdefault(name, set()).update(_item(file, number, row))
    if missing := stated.keys() - texts.keys():
        raise Unreadable(
            f"{file}: {len(missing)} of {len(stated)} labelled remarks are not there, such as {min(missing)}"
        )
    return [
        Labelled(name, texts[name], frozenset(items), frozenset(optional.get(name, ())))
        for name, items in stated.items()
    ]


def _item(file: Path, number: int, row: Row) -> Iterator[Item]:
    kind, value = row["kind"], row["value"]
    if not kind:
        return
    plain = value.removesuffix(" taken-back")
    try:
        _PREFERENCE.validate_python({"kind": kind, "value": _BOOLEANS.get(plain, plain)})
    except ValidationError as error:
        raise Unreadable(f"{file}, row {number}: {value!r} is not a value of {kind!r}") from error
    yield Item(kind, value)
