"""CSV that programs read (RFC 4180) and that no spreadsheet runs."""

import csv
import io
from collections.abc import Iterable

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """Text that a spreadsheet shows and does not run: what would begin a formula gets an apostrophe in front, the way
    a person types such text. For names and words only: a number, even a negative one, is no text.
    """
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS_A_FORMULA) else text


def lines(rows: Iterable[Iterable[str | int | float | None]]) -> str:
    """Rows as RFC 4180 has them: CRLF after each, quotes where they are needed, None as an empty field."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        [inert(f) if isinstance(f, str) else f for f in row] for row in rows
    )
    return out.getvalue()
