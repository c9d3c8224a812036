"""``amends replay``: historic contacts from a CSV file, through the same HTTP API that live systems use."""

import asyncio
import csv
import random
import ssl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.markup import escape

from amends.commands.replay_view import Watch
from amends.console import out
from amends.errors import CommandError
from amends.mapping import compiler, table
from amends.mapping.compiler import Mapper
from amends.mapping.table import Line
from amends.posting import Poster
from amends.replaying.checkpoint import Checkpoint, Progress, identity
from amends.replaying.rejects import Rejects
from amends.replaying.run import Replay
from events.problems import Invalid

REQUEST_SECONDS = 30.0
STATE = Path(".local/replay")

EXAMPLES = """Examples:

amends replay calls.csv --map calls.yaml --dry-run

amends replay calls.csv --map calls.yaml --url http://127.0.0.1:8080 --key amk_…

Interrupted? The same command goes on where it ended. docs/replay.md explains the mapping.
"""

_File = typer.Argument(exists=True, dir_okay=False, readable=True, help="The CSV file, with a header row.")


def register(app: typer.Typer) -> None:
    app.command("replay", epilog=EXAMPLES)(replay)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is replayed, and where its state and its rejects are kept."""

    file: Path
    mapper: Mapper
    header: Sequence[str]
    state: Path | None
    rejects: Path
    shuffle: int | None
    limit: int | None


def replay(
    file: Annotated[Path, _File],
    map_: Annotated[
        Path, typer.Option("--map", exists=True, dir_okay=False, help="How a row becomes events: docs/replay.md.")
    ],
    url: Annotated[str, typer.Option(help="Where ingest listens.")] = "http://127.0.0.1:8080",
    key: Annotated[
        str, typer.Option(envvar="AMENDS_API_KEY", help="An API key with the scope events:write.", show_default=False)
    ] = "",
    batch: Annotated[int, typer.Option(min=1, max=500, help="Events in a request.")] = 500,
    resume: Annotated[bool, typer.Option(help="Go on where the same replay ended before.")] = True,
    shuffle: Annotated[int | None, typer.Option(metavar="SEED", help="Send the rows in a random order.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many rows.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Map and validate all rows, send nothing.")] = False,
    state: Annotated[Path | None, typer.Option(help="The file that remembers how far it came.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go, with the reasons.")] = None,
) -> None:
    """Feed a CSV file of past contacts through the HTTP API.

    The same row always has the same event id, so sending it twice changes nothing. Exit code 1 when rows were rejected.
    """
    if not key and not dry_run:
        raise typer.BadParameter("an API key is needed: --key amk_…, or AMENDS_API_KEY, or --dry-run")
    mapper, header = _read(file, map_)
    name = f"{file.stem}-{identity([file, map_], url, str(shuffle))}"
    job = _Job(
        file,
        mapper,
        header,
        None if dry_run else state or STATE / f"{name}.json",
        rejects or STATE / f"{name}.rejects.csv",
        shuffle,
        limit,
    )
    before = Checkpoint(job.state).read() if resume else Progress()
    try:
        progress = asyncio.run(_run(job, None if dry_run else (url, key), batch, before))
    except KeyboardInterrupt:
        out.print("stopped" if dry_run else "stopped; the same command goes on where this one ended")
        raise
    _tell(job, before, progress, dry_run=dry_run)
    if progress.rejected:
        raise CommandError(f"{progress.rejected} rows are rejected: {job.rejects} has them, with the reasons")


def _read(file: Path, map_: Path) -> tuple[Mapper, list[str]]:
    try:
        mapper = compiler.load(map_)
    except Invalid as error:
        raise CommandError(f"{map_} has {_listed(error)}") from error
    try:
        return mapper, table.header(file, mapper.document.csv, mapper.columns)
    except Invalid as error:
        raise CommandError(f"{file} does not fit {map_}, which has {_listed(error)}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file} is not CSV in {mapper.document.csv.encoding}") from error


def _listed(error: Invalid) -> str:
    count = len(error.problems)
    return f"{count} complaint{'s' if count > 1 else ''}:" + "".join(
        f"\n  {p.pointer or '(the file)'} {p.message}" for p in error.problems
    )


async def _run(job: _Job, target: tuple[str, str] | None, batch: int, before: Progress) -> Progress:
    rejects = Rejects(job.rejects, job.header, job.mapper.document.csv.delimiter)
    rejects.begin(before.rejects_bytes)
    if before.rows:
        out.print(f"{before.rows} rows were dealt with before; --no-resume sends them again")
    with Watch(_count(job), before) as watch:
        async with httpx.AsyncClient(timeout=REQUEST_SECONDS, verify=ssl.create_default_context()) as client:
            poster = Poster(client, *target, notice=watch.say) if target else None
            run = Replay(job.mapper, poster, Checkpoint(job.state), rejects, size=batch, moved=watch.moved)
            return await run.run(_lines(job, before.rows), before)


def _lines(job: _Job, skip: int) -> Iterator[Line]:
    """The rows still to be sent, in this replay's order. A shuffled order needs them all in memory."""
    lines: Iterable[Line] = table.lines(job.file, job.mapper.document.csv, job.header)
    if job.shuffle is not None:
        lines = list(lines)
        random.Random(job.shuffle).shuffle(lines)  # noqa: S311  (an order, not a secret)
    try:
        yield from islice(lines, skip, job.limit)
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{job.file} cannot be read as CSV: {error}") from error


def _count(job: _Job) -> int:
    try:
        return sum(1 for _ in islice(table.lines(job.file, job.mapper.document.csv, job.header), job.limit))
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{job.file} is not CSV in {job.mapper.document.csv.encoding}") from error


def _tell(job: _Job, before: Progress, progress: Progress, *, dry_run: bool) -> None:
    verb = "would be posted" if dry_run else "posted"
    out.print(
        f"[bold]{progress.rows}[/] rows of {escape(job.file.name)} read,"
        f" [bold]{progress.posted}[/] events {verb}, [bold]{progress.rejected}[/] rows rejected"
        f"{', those of before included' if before.rows else ''}"
    )
