"""Rows that could not be sent: the row as it was, so that it can be mended and replayed, and why."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from amends.mapping.table import Line
from events.problems import Problem

LINE, WHY = "amends_line", "amends_why"


class Rejects:
    """A CSV file with the same columns and two more. It appears with the first reject."""

    def __init__(self, path: Path, header: Sequence[str], delimiter: str) -> None:
        self.path = path
        self._header = [name for name in header if name not in (LINE, WHY)]
        self._kept = [place for place, name in enumerate(header) if name not in (LINE, WHY)]
        self._width = len(header)
        self._delimiter = delimiter

    def begin(self, size: int) -> None:
        """Forget what was written after the last checkpoint; with size 0, everything."""
        if size == 0:
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            with self.path.open("r+b") as file:
                file.truncate(size)

    def add(self, line: Line, problems: Sequence[Problem]) -> int:
        """Append one row. Returns the size of the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            if file.tell() == 0:
                file.write(self._row([*self._header, LINE, WHY]))
            why = "; ".join(f"{p.pointer or '/'} {p.code}: {p.message}" for p in problems)
            cells = [line.raw[place] for place in self._kept] if len(line.raw) == self._width else list(line.raw)
            file.write(self._row([*cells, str(line.number), why]))
            return file.tell()

    def _row(self, cells: Sequence[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self._delimiter, lineterminator="\n").writerow(cells)
        return text.getvalue().encode()
