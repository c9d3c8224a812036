"""``preferences extract``: what the extractor finds in every remark of a CSV file, one JSON line a row."""

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from events.preference import KINDS, DoNotContact
from profile_sync.commands.table import Row, Unreadable, read
from profile_sync.core.doubt import SURE
from profile_sync.core.extract import extractors, text
from profile_sync.core.extract.found import Found
from profile_sync.core.extract.structured import NO_ANSWERS

NAME = "extract"
HELP = "Say what customers prefer by every remark of a CSV file: one JSON line a row, in order."
STDOUT = Path("-")
STATUSES = ("active", "proposed")
BY = next(f"{each.name}/{each.version}" for each in extractors(NO_ANSWERS) if each.name == "text")
"""The extractor of free text and its version, as notes have it."""


@dataclass
class Summary:
    """``found`` counts by kind and status; ``seconds`` is what the extractor alone took."""

    rows: int = 0
    with_some: int = 0
    seconds: float = 0.0
    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        each = self.seconds / self.rows * 1e6 if self.rows else 0.0
        yield f"{self.rows} rows, {self.with_some} with preferences, {each:.1f} µs a remark"
        if self.found:
            yield f"{'kind':<16}" + "".join(f"{status:>10}" for status in STATUSES)
        for kind in KINDS:
            counts = [self.found[kind, status] for status in STATUSES]
            if any(counts):
                yield f"{kind:<16}" + "".join(f"{count:>10}" for count in counts)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="UTF-8, with a first line that names the columns")
    parser.add_argument("--column", required=True, help="the column with the remarks")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.jsonl", help="- is standard output")
    parser.add_argument("--language", metavar="TAG", help="what the remarks are written in, such as en: a hint only")


def run(asked: argparse.Namespace) -> int:
    rows, summary = read(asked.file, asked.column), Summary()
    with _opened(asked.out, asked.file) as out:
        for line in _lines(rows, asked.column, asked.language, summary):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stderr.write("\n".join(summary.lines()) + "\n")
    return 0


def _lines(rows: Iterable[Row], column: str, language: str | None, summary: Summary) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        remark, begun = row[column], perf_counter()
        found = text.find(remark, language)
        summary.seconds += perf_counter() - begun
        summary.rows += 1
        summary.with_some += bool(found)
        preferences = [_said(remark, each) for each in found]
        summary.found.update((each["kind"], each["status"]) for each in preferences)
        yield {"row": number, "remark": remark, "preferences": preferences}


def _said(remark: str, found: Found) -> dict[str, Any]:
    preference, span = found.preference, found.span
    said: dict[str, Any] = {"kind": preference.kind, "value": preference.value}
    if isinstance(preference, DoNotContact):
        said["stop"] = preference.stop
    if found.taken_back:
        said["taken_back"] = True
    said |= {"status": STATUSES[found.confidence < SURE], "confidence": round(found.confidence, 3)}
    if span is not None:
        said |= {"start": span.start, "end": span.end, "words": remark[span.start : span.end]}
    return {**said, "extractor": BY}


@contextmanager
def _opened(out: Path, source: Path) -> Iterator[TextIO]:
    if out == STDOUT:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        if out.exists() and out.samefile(source):
            raise Unreadable(f"{out} is the file to read")
        with out.open("w", encoding="utf-8", newline="\n") as file:
            yield file
    except OSError as error:
        raise Unreadable(f"{out} cannot be written: {error.strerror}") from error
