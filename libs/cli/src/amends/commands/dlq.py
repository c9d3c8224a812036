"""``amends dlq``: records a consumer could not apply: how many, why, and sending them again once that is mended."""

import asyncio
import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from amends.console import out
from amends.errors import CommandError
from amends.kafka_access import Bootstrap, reaching
from amends.letters.letter import Choice, Letter, counted, dead_letter_topics, sort_out
from amends.letters.resend import resend
from events.runtime.dead_letters import PREFIX, Reason
from events.runtime.errors import Stuck
from events.runtime.kafka import KafkaAccess, KafkaPublisher, read_topic
from events.vocabulary import parse_instant

SHOWN = 20

EXAMPLES = """Examples:

amends dlq list

amends dlq show survey-responses-alerting-dlq --offset 3

amends dlq replay survey-responses-alerting-dlq --reason invalid --since 2h --rate 50 --dry-run
"""

_Topic = Annotated[str, typer.Argument(metavar="TOPIC", help="A dead-letter topic, as amends dlq list names it.")]
_Reason = Annotated[Reason | None, typer.Option("--reason", help="Only those set aside for this reason.")]
_Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only those set aside since: 30m, 2h, 7d, or 2026-03-01T09:30:00Z."),
]
_Offset = Annotated[int | None, typer.Option("--offset", min=0, help="Only the one at this offset of TOPIC.")]


def register(app: typer.Typer) -> None:
    dlq = typer.Typer(
        help="Dead letters: records a consumer could not apply. List, look at them, send them again.",
        no_args_is_help=True,
        epilog=EXAMPLES,
    )
    dlq.command("list")(list_)
    dlq.command("show", epilog=EXAMPLES)(show)
    dlq.command("replay", epilog=EXAMPLES)(replay)
    app.add_typer(dlq, name="dlq")


def list_(kafka: Bootstrap) -> None:
    """Count the dead letters of every topic by reason: still waiting, and replayed."""
    rows = asyncio.run(reaching(kafka, _counts(kafka)))
    if not rows:
        out.print("no dead letters")
        return
    rows.insert(0, ("topic", "reason", "waiting", "replayed", "newest"))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:  # plain lines, never cut: names are to be copied
        out.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), markup=False)


async def _counts(kafka: KafkaAccess) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name in dead_letter_topics():
        try:
            letters, replayed = await _read(kafka, name)
        except Stuck:  # a topic not created yet holds nothing
            continue
        for reason, entry in sorted(counted(letters, replayed).items()):
            newest = entry["newest"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            rows.append((name, reason, str(entry["waiting"]), str(entry["replayed"]), newest))
    return rows


def show(
    topic: _Topic,
    kafka: Bootstrap,
    offset: _Offset = None,
    reason: _Reason = None,
    since: _Since = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = SHOWN,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show key, headers' values and content too: personal data.")
    ] = False,
) -> None:
    """Show where dead letters came from and what is wrong with them; their content only with --reveal."""
    _known(topic)
    letters, replayed = asyncio.run(reaching(kafka, _read(kafka, topic)))
    chosen = Choice(reason, _since(since), offset).of(letters)
    if not chosen:
        raise CommandError(f"{topic} has no such dead letter")
    for letter in chosen[-limit:]:
        _show(letter, replayed, reveal=reveal)
    if len(chosen) > limit:
        out.print(f"{len(chosen) - limit} older ones are not shown; --limit shows more")


def _show(letter: Letter, replayed: Collection[int], *, reveal: bool) -> None:
    state = "replayed" if letter.offset in replayed else "waiting"
    topic, partition, offset = letter.origin
    out.print(f"[bold]offset {letter.offset}[/] {state}, set aside {letter.buried_at.isoformat(timespec='seconds')}")
    out.print(f"  reason    {escape(letter.reason)}")
    for number, problem in enumerate(letter.problems.split("; ")):
        out.print(f"  {'' if number else 'problems':9} {escape(problem)}")
    out.print(f"  from      {escape(topic)}, partition {partition}, offset {offset}, by {escape(letter.consumer)}")
    size = "none" if letter.record.value is None else f"{len(letter.record.value)} bytes"
    names = [name for name, _ in letter.record.headers if not name.startswith(PREFIX)]
    if not reveal:
        out.print(f"  headers   {escape(', '.join(names)) or 'none'}")
        out.print(f"  value     {size}; --reveal shows it")
        return
    for name, raw in letter.record.headers:
        out.print(f"  header    {escape(f'{name}: {_printable(raw)}')}")
    out.print(f"  key       {escape(_printable(letter.record.key))}")
    out.print(f"  value     {size}: {escape(_printable(letter.record.value))}")


def _printable(raw: bytes | None) -> str:
    """Bytes for a terminal: text where it is text, and nothing that could steer the terminal."""
    if raw is None:
        return "none"
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def replay(
    topic: _Topic,
    kafka: Bootstrap,
    reason: _Reason = None,
    since: _Since = None,
    offset: _Offset = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Records a second.")] = 100.0,
    again: Annotated[bool, typer.Option("--again", help="Also those that were replayed before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, send nothing.")] = False,
) -> None:
    """Send dead letters to the topic they came from, byte for byte: the same ids, so applied once.

    One that still cannot be applied comes back as a new dead letter. What was replayed is remembered in TOPIC itself.
    """
    origin = _known(topic)
    work = _replay(kafka, topic, origin, Choice(reason, _since(since), offset), rate, again, dry_run)
    count = asyncio.run(reaching(kafka, work))
    letters, verb = ("dead letter", "was") if count == 1 else ("dead letters", "were")
    out.print(f"{count} {letters} {'would be' if dry_run else verb} sent to {origin}")


async def _replay(
    kafka: KafkaAccess, topic: str, origin: str, choice: Choice, rate: float, again: bool, dry_run: bool
) -> int:
    letters, replayed = await _read(kafka, topic)
    chosen = choice.of(letters, () if again else replayed)
    if not dry_run and chosen:
        publisher = KafkaPublisher(kafka, client_id="amends-dlq-replay")
        try:
            with out.status("") as status:
                await resend(
                    publisher,
                    chosen,
                    origin=origin,
                    dead=topic,
                    rate=rate,
                    moved=lambda sent: status.update(f"{sent} of {len(chosen)} sent"),
                )
        finally:
            await publisher.close()
    return len(chosen)


async def _read(kafka: KafkaAccess, topic: str) -> tuple[list[Letter], set[int]]:
    return sort_out([record async for record in read_topic(kafka, topic)])


def _known(topic: str) -> str:
    """The topic whose dead letters ``topic`` holds."""
    known = dead_letter_topics()
    if topic not in known:
        raise typer.BadParameter(f"TOPIC must be one of {', '.join(known)}")
    return known[topic]


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if text[:-1].isdecimal() and text[-1] in units:
        return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        return parse_instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"--since {error}") from error
