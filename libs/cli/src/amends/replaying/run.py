"""The replay itself: rows to events, events to batches, batches to the API, the checkpoint after each."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from amends.errors import CommandError
from amends.mapping.compiler import Mapper
from amends.mapping.rows import map_row
from amends.mapping.table import Line
from amends.posting import Poster
from amends.replaying.checkpoint import Checkpoint, Progress
from amends.replaying.rejects import Rejects
from amends.replaying.sender import send
from events.problems import Problem

MAX_BYTES = 900_000
"""Of JSON in a batch: below the 1 MiB that ingest takes."""

EARLY_ROWS = 200
"""When every one of so many first rows is rejected, it is the mapping that is wrong, not the rows."""


@dataclass(slots=True)
class _Batch:
    """Whole rows only: ``rows`` of them are behind it once it is sent, rejects included."""

    rows: int = 0
    lines: list[Line] = field(default_factory=list)
    events: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)  # place in ``lines``, event
    rejected: list[tuple[Line, Sequence[Problem]]] = field(default_factory=list)


class Replay:
    """One replay.

    Args:
        poster: None for a dry run, which maps and validates and sends nothing.
        size: events in a batch at most.
        moved: told the progress after every batch.
    """

    def __init__(
        self,
        mapper: Mapper,
        poster: Poster | None,
        checkpoint: Checkpoint,
        rejects: Rejects,
        *,
        size: int,
        moved: Callable[[Progress], None],
    ) -> None:
        self._mapper = mapper
        self._poster = poster
        self._checkpoint = checkpoint
        self._rejects = rejects
        self._size = size
        self._moved = moved

    async def run(self, lines: Iterable[Line], progress: Progress) -> Progress:
        """Send ``lines``, which start after ``progress``. Raises CommandError; the checkpoint then tells how far."""
        for batch in self._batches(lines):
            posted = await self._post(batch)
            size = progress.rejects_bytes
            for line, problems in sorted(batch.rejected, key=lambda entry: entry[0].number):
                size = self._rejects.add(line, problems)
            progress = replace(
                progress,
                rows=progress.rows + batch.rows,
                posted=progress.posted + posted,
                rejected=progress.rejected + len(batch.rejected),
                rejects_bytes=size,
            )
            self._checkpoint.write(progress)
            self._moved(progress)
            self._doubt(progress)
        progress = replace(progress, done=True)
        self._checkpoint.write(progress)
        return progress

    def _batches(self, lines: Iterable[Line]) -> Iterator[_Batch]:
        batch, volume = _Batch(), 0
        for line in lines:
            events, problems = self._map(line)
            weight = sum(len(json.dumps(event)) for event in events)
            if batch.events and (len(batch.events) + len(events) > self._size or volume + weight > MAX_BYTES):
                yield batch
                batch, volume = _Batch(), 0
            batch.rows += 1
            volume += weight
            if problems:
                batch.rejected.append((line, problems))
            else:
                batch.events += [(len(batch.lines), event) for event in events]
                batch.lines.append(line)
            if len(batch.rejected) >= self._size:
                yield batch
                batch, volume = _Batch(), 0
        if batch.rows:
            yield batch

    def _map(self, line: Line) -> tuple[Sequence[Mapping[str, Any]], Sequence[Problem]]:
        if line.cells is None:
            return (), [Problem("", "columns", f"has {len(line.raw)} cells, which is not what the header has")]
        mapped = map_row(self._mapper, line.cells)
        return mapped.events, mapped.problems

    async def _post(self, batch: _Batch) -> int:
        """How many events were stored. Rows the service refuses are set aside, and the others sent without them."""
        while batch.events and self._poster is not None:
            refusals = await send(self._poster, [event for _, event in batch.events])
            if not refusals:
                break
            wrong: dict[int, list[Problem]] = {}
            for place, problems in refusals.items():
                wrong.setdefault(batch.events[place][0], []).extend(problems)
            batch.rejected += [(batch.lines[row], problems) for row, problems in wrong.items()]
            batch.events = [entry for entry in batch.events if entry[0] not in wrong]
        return len(batch.events)

    def _doubt(self, progress: Progress) -> None:
        if progress.rows == progress.rejected and progress.rows >= EARLY_ROWS:
            raise CommandError(
                f"all of the first {progress.rows} rows are rejected, so the mapping must be wrong;"
                f" {self._rejects.path} says why for each"
            )
