"""How the text in a column becomes a typed value. Every refusal says what is expected and never what was there."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Literal

Kind = Literal["text", "number", "integer", "boolean", "datetime"]
Value = str | float | int | bool | datetime

Converter = Callable[[str], Value]
"""Text that is not empty to a value. Raises Unreadable."""

YES = ("y", "yes", "true", "1")
NO = ("n", "no", "false", "0")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d(?:\.\d+)?)", re.ASCII)


class Unreadable(ValueError):
    """The text is not what its converter reads. ``str()`` says what it must be."""


def text(raw: str) -> str:
    return raw


def slug(raw: str) -> str:
    """Lower-case letters, digits and single hyphens: an identifier made from a name."""
    plain = unicodedata.normalize("NFKD", raw).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if not made:
        raise Unreadable("must hold a letter or digit to make a slug of")
    return made


def number(raw: str) -> float:
    if not _NUMBER.fullmatch(raw):
        raise Unreadable("must be a number such as 12 or 12.5")
    return float(raw)


def integer(raw: str) -> int:
    if not _INTEGER.fullmatch(raw):
        raise Unreadable("must be a whole number")
    return int(raw)


def duration(raw: str) -> float:
    """``h:mm:ss`` or ``mm:ss``, fractions of a second allowed, to seconds."""
    match = _DURATION.fullmatch(raw)
    if match is None:
        raise Unreadable("must be a duration such as 0:03:25 (h:mm:ss) or 3:25 (m:ss)")
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


PLAIN: dict[str, tuple[Converter, Kind]] = {
    "text": (text, "text"),
    "slug": (slug, "text"),
    "number": (number, "number"),
    "integer": (integer, "integer"),
    "duration": (duration, "number"),
}
"""The converters without options, by the name a mapping gives them."""


def boolean(true: Sequence[str] | None, false: Sequence[str] | None) -> Converter:
    """Words to true and false, whatever their case. With words for true alone, every other word is false."""
    rest_is_false = true is not None and false is None
    yes = {word.casefold() for word in (YES if true is None else true)}
    no = {word.casefold() for word in (NO if false is None else false)}

    def convert(raw: str) -> bool:
        word = raw.casefold()
        if word in yes:
            return True
        if rest_is_false or word in no:
            return False
        raise Unreadable("is neither a word for true nor one for false")

    return convert


def moment(formats: Sequence[str], zone: tzinfo) -> Converter:
    """A date and time in the first of the formats that fits; without an offset of its own it is in ``zone``.

    A local time that came twice, when clocks went back, is taken for the first of the two.
    """

    def convert(raw: str) -> datetime:
        for pattern in formats:
            try:
                found = datetime.fromisoformat(raw) if pattern == "iso" else datetime.strptime(raw, pattern)  # noqa: DTZ007
            except ValueError:
                continue
            return _placed(found, zone)
        raise Unreadable(f"must be a date and time in the format {' or '.join(formats)}")

    return convert


def _placed(found: datetime, zone: tzinfo) -> datetime:
    if found.tzinfo is not None:
        return found.astimezone(UTC)
    instant = found.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != found:
        raise Unreadable("is a local time that never was: clocks went forward over it")
    return instant
