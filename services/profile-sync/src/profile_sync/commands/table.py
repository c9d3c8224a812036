"""Reading a CSV file that somebody else made."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Row = Mapping[str, str]


class Unreadable(Exception):
    """A file cannot be used; ``str()`` says in one line which and why."""


def read(path: Path, *columns: str) -> Iterator[Row]:
    """The rows, one by one; blank lines are none. What is wrong with the header is known before the first is asked for.

    Raises:
        Unreadable: no such file, not UTF-8, no header, or none of a column in it; when a row is asked for, too.
    """
    rows = _rows(path, columns)
    next(rows)
    return rows


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, restval="")
            if not table.fieldnames:
                raise Unreadable(f"{path}: its first line does not name the columns; is it empty?")
            for column in columns:
                if column not in table.fieldnames:
                    raise Unreadable(f"{path} has no column {column!r}; it has {_listed(table.fieldnames)}")
            yield {}  # the header is fine
            yield from table
    except UnicodeDecodeError as error:
        raise Unreadable(f"{path} is not UTF-8") from error
    except csv.Error as error:
        raise Unreadable(f"{path}: {error}") from error
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}") from error


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name[:_SHOWN]) for name in names[:_SHOWN])


_SHOWN = 40
