"""Rows of a CSV file, with the line each starts on."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amends.mapping.document import Csv
from events.problems import Invalid, Problem


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it stands. ``cells`` by column name, or None where the row has not as many as the header."""

    number: int
    raw: Sequence[str]
    cells: Mapping[str, str] | None


def header(path: Path, form: Csv, columns: Sequence[str]) -> list[str]:
    """The column names. Raises Invalid with every column that is missing or there twice; OSError."""
    with path.open(encoding=_encoding(form), newline="") as file:
        names = [name.strip() for name in next(csv.reader(file, delimiter=form.delimiter), [])]
    counts = {name: names.count(name) for name in columns}
    wrong = [(name, "is not in the file" if not n else "is in the file twice") for name, n in counts.items() if n != 1]
    if wrong:
        raise Invalid([Problem(f"column '{name}'", "column", message) for name, message in wrong])
    return names


def lines(path: Path, form: Csv, names: Sequence[str]) -> Iterator[Line]:
    """Every row after the header; empty lines are none. Raises OSError, UnicodeDecodeError, csv.Error."""
    with path.open(encoding=_encoding(form), newline="") as file:
        reader = csv.reader(file, delimiter=form.delimiter)
        next(reader, None)
        ended = reader.line_num
        for raw in reader:
            if raw:
                fits = len(raw) == len(names)
                yield Line(ended + 1, raw, dict(zip(names, raw, strict=True)) if fits else None)
            ended = reader.line_num


def _encoding(form: Csv) -> str:
    """UTF-8 with or without the byte-order mark spreadsheets put before it."""
    return "utf-8-sig" if form.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else form.encoding
