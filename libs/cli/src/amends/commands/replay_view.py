"""What a replay shows while it runs: a bar in a terminal, a line now and then elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from amends.console import out
from amends.replaying import checkpoint

LINE_SECONDS = 2.0


class Watch:
    """Follows one replay of ``total`` rows."""

    def __init__(self, total: int, before: checkpoint.Progress) -> None:
        self._total = total
        self._said = time.monotonic()
        self._bar = Progress(
            TextColumn("rows"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[posted]} events posted, {task.fields[rejected]} rows rejected"),
            TimeRemainingColumn(),
            console=out,
            disable=not out.is_terminal,
        )
        self._task = self._bar.add_task(
            "rows", total=total, completed=before.rows, posted=before.posted, rejected=before.rejected
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._bar.stop()

    def moved(self, progress: checkpoint.Progress) -> None:
        self._bar.update(self._task, completed=progress.rows, posted=progress.posted, rejected=progress.rejected)
        if not out.is_terminal and time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            out.print(f"{progress.rows} of {self._total} rows, {progress.posted} events, {progress.rejected} rejected")

    def say(self, sentence: str) -> None:
        self._bar.console.print(f"[yellow]{escape(sentence)}[/]")
