"""What a walk over all customers shows while it runs: a bar in a terminal, a line now and then elsewhere."""

import time
from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from amends.api import Api, Away
from amends.console import out

POLL_SECONDS = 1.0
LINE_SECONDS = 10.0
PATIENCE_SECONDS = 120.0
"""So long may the service be away before we stop following."""


def follow(api: Api, sweep: Mapping[str, Any]) -> Mapping[str, Any]:
    """Until it is over. Raises CommandError."""
    bar = Progress(
        TextColumn("customers"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[more]}"),
        console=out,
        disable=not out.is_terminal,
    )
    task = bar.add_task("customers", total=None, more="")
    said = 0.0
    with bar:
        while sweep["state"] == "running":
            bar.update(task, total=sweep["total"], completed=sweep["checked"], more=_more(sweep))
            if not out.is_terminal and time.monotonic() - said > LINE_SECONDS:
                said = time.monotonic()
                out.print(line(sweep))
            time.sleep(POLL_SECONDS)
            sweep = _look(api, sweep["id"])
        bar.update(task, total=sweep["total"], completed=sweep["checked"], more=_more(sweep))
    return sweep


def _look(api: Api, sweep_id: str) -> Mapping[str, Any]:
    """A service that is restarted meanwhile is waited for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            found: Mapping[str, Any] = api.get("sweeps", sweep_id)
            return found
        except Away:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)


def line(sweep: Mapping[str, Any]) -> str:
    total = "?" if sweep["total"] is None else sweep["total"]
    more = _more(sweep)
    return f"{sweep['purpose']} {sweep['state']}: {sweep['checked']} of {total} customers{', ' if more else ''}{more}"


def _more(sweep: Mapping[str, Any]) -> str:
    drifted = f"{sweep['drifted']} mended" if sweep["purpose"] == "reconcile" else ""
    left = sweep["seconds_left"]
    return ", ".join(part for part in (drifted, "" if left is None else f"{_duration(left)} left") if part)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
