"""Texts cut to what a vendor takes."""

import unicodedata

from alerting.core.message import Notice


def fit(text: str, most: int) -> str:
    """Without control characters, and cut to ``most`` UTF-16 units (what vendors count), the last one an ellipsis."""
    clean = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    units = clean.encode("utf-16-le")
    if len(units) <= 2 * most:
        return clean
    return units[: 2 * (most - 1)].decode("utf-16-le", "ignore").rstrip() + "…"


def headline(notice: Notice, most: int) -> str:
    """The title on one line; never empty."""
    return fit(" ".join(notice.title.split()), most) or "Amends"


def remark(notice: Notice, most: int) -> str:
    """The text without the link it ends with, for where that is a button; empty where nothing is left."""
    return fit(notice.text.strip().removesuffix(notice.link).rstrip(": \n"), most)


def facts(notice: Notice, *, count: int, name: int, value: int) -> tuple[tuple[str, str], ...]:
    """The first ``count`` fields that say something, each on one line, cut to so many units."""
    found = ((fit(" ".join(k.split()), name), fit(" ".join(v.split()), value)) for k, v in notice.fields)
    return tuple((k, v) for k, v in found if k and v)[:count]
