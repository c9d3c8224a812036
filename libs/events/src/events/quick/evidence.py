"""What the bytes must show before we believe what msgspec made of them: it takes more than we do, in silence.

It takes a key that stands twice, NUL, and moments written ``2026-03-01 09:30:00.123456789+0200``.
"""

import re

import jiter

from events.strict_json import MAX_VALUES

_NO_MARKS = bytes(set(range(256)) - set(b'"T'))

_NUL_OR_IN_A_MOMENT = re.compile(rb"\\u00(?:00|2[0bdeBDE]|3[0-9aA]|[57][4aA])")
"""Escapes of NUL and of every character that a moment may hold."""
_ODD_MOMENT = re.compile(rb'T\d\d:\d\d:\d\d(?:\.\d{7}|(?:\.\d*)?[+-]\d{4}")')
"""Finer than a microsecond (msgspec rounds, we cut off), or an offset without its colon."""


def agrees(raw: bytes, canonical: bytes) -> bool:
    """Whether ``raw`` holds nothing that we refuse and that left no trace in what was decoded from it.

    Args:
        canonical: what was decoded, encoded again without the fields that have their default.

    Proof. Each string of ``canonical`` stems from one of ``raw``. Those of ``raw`` beyond are of keys that stand twice
    or of defaults given explicitly; so equal numbers of strings (half the quotation marks that are not escaped) mean
    neither, else jiter looks for the former. A moment has a T in ``canonical`` whatever it has in ``raw``; nothing else
    gains or loses one, as no escape, name of a field or default has a T. So equal numbers mean that each moment had it.
    """
    if b"\\" in raw and _NUL_OR_IN_A_MOMENT.search(raw):
        return False
    # Each value but the first follows a bracket or a comma, and takes two bytes with it.
    if len(raw) > 2 * MAX_VALUES and 1 + sum(map(raw.count, (b",", b"[", b"{"))) > MAX_VALUES:
        return False
    (quotes, capitals), (kept_quotes, kept_capitals) = _marks(raw), _marks(canonical)
    if capitals != kept_capitals or _ODD_MOMENT.search(raw):
        return False
    return quotes == kept_quotes or not _has_duplicate_keys(raw)


def _marks(text: bytes) -> tuple[int, int]:
    """How many quotation marks, without those that are escaped, and how many T."""
    if b"\\" in text:  # a run of backslashes always starts an escape, so pairs from the left are escaped backslashes
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = text.translate(None, _NO_MARKS)
    capitals = marks.count(b"T")
    return len(marks) - capitals, capitals


def _has_duplicate_keys(raw: bytes) -> bool:
    try:
        jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:
        return True
    return False
