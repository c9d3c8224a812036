"""What a demo shows while it runs, and at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from amends.demo.observer import SHOWN, Figure, Seen
from amends.demo.verdict import FROM_SENDERS, percentile
from amends.simulation.centre import LINES
from amends.simulation.story import TROUBLED_CHANNEL, TROUBLED_TEAM, trouble
from events.topics import ALERTS

TITLES = {
    "csat": "CSAT",
    "nps": "NPS",
    "response_rate": "answered a survey",
    "aht": "AHT",
    "asa": "ASA",
    "abandonment": "abandoned",
}
_RATIOS = ("csat", "response_rate", "abandonment")
KEPT = (
    "[bold green]every promise kept:[/] each event applied once, each bad answer one case and one notification,"
    " the CRM as the customers said"
)
NOTHING = Figure(None, 0)
ROWS = (
    *((line.channel, line.channel, "") for line in LINES),
    ("", "all", "bold"),
    (TROUBLED_TEAM, f"team {TROUBLED_TEAM}", "italic"),
)
"""Key of the metrics API, title, style. The team is the one the story is about."""


@dataclass(frozen=True, slots=True)
class Board:
    """One moment of the run. ``delays``: seconds from answer to notification, ascending; ``phase``: of the day."""

    seconds: float
    posted: int = 0
    distinct: int = 0
    notified: int = 0
    closed: int = 0
    delays: Sequence[float] = ()
    seen: Seen = field(default_factory=Seen)
    phase: float = 0.0
    notice: str = ""


def live(board: Board) -> RenderableType:
    """For a terminal, drawn again and again."""
    parts: list[RenderableType] = [
        _flow(board),
        _figures(board.seen.figures),
        Text(_story(board.phase), style="italic"),
    ]
    if board.notice:
        parts.append(Text(board.notice, style="yellow"))
    return Group(*parts)


def line(board: Board) -> str:
    """The same for a log, once in a while."""
    overall = [f"{TITLES[metric]} {_number(metric, board.seen.figures.get((metric, ''), NOTHING))}" for metric in SHOWN]
    return (
        f"{board.seconds:4.0f} s  posted {board.posted}  applied {_applied(board.seen)}  cases {_opened(board.seen)}"
        f"  notified {board.notified} ({_delays(board.delays)})  CRM fields {board.seen.fields_written}"
        f"  {'  '.join(overall)}"
    )


def _flow(board: Board) -> RenderableType:
    seen = board.seen
    table = Table.grid(padding=(0, 3))
    for _ in range(4):
        table.add_column()
    rows = (
        ("events from the demo", f"{board.posted}", "cases opened", f"{_opened(seen)}"),
        ("  distinct", f"{board.distinct}", "  unclaimed", f"{seen.cases.get('open', 0)}"),
        ("  applied", f"{_applied(seen)}", "  closed by our specialist", f"{board.closed}"),
        ("  duplicates not applied", f"{seen.duplicates}", "notifications", f"{board.notified}"),
        ("  waiting", f"{seen.lag}", "  answer → notification", _delays(board.delays)),
        ("dead letters", f"{seen.dead_letters}", "preferences in the CRM", f"{seen.fields_written}"),
    )
    for left, left_value, right, right_value in rows:
        table.add_row(left, f"[bold]{left_value}[/]", right, f"[bold]{right_value}[/]")
    minutes, seconds = divmod(int(board.seconds), 60)
    return Panel(table, title=f"{minutes}:{seconds:02d}", title_align="left", border_style="dim", expand=False)


def _figures(figures: Mapping[tuple[str, str], Figure]) -> RenderableType:
    table = Table("", border_style="dim", title="the last 5 minutes, by the metrics API", title_justify="left")
    for metric in SHOWN:
        table.add_column(TITLES[metric], justify="right")
    table.add_column("answers", justify="right")
    for key, title, style in ROWS:
        cells = [_number(metric, figures.get((metric, key), NOTHING)) for metric in SHOWN]
        table.add_row(title, *cells, str(figures.get(("csat", key), NOTHING).n), style=style)
    return table


def _story(phase: float) -> str:
    troubled = trouble(phase, TROUBLED_CHANNEL, TROUBLED_TEAM)
    if troubled:
        return f"Wrong invoices went out: everybody calls {TROUBLED_TEAM}, waits, gives up, and says so."
    return "An ordinary morning." if phase < 0.5 else f"The invoices are mended; {TROUBLED_TEAM} recovers."


def _number(metric: str, figure: Figure) -> str:
    if figure.value is None:
        return "–"
    if metric == "nps":
        return f"{figure.value:+.0f}"
    return f"{figure.value:.1%}" if metric in _RATIOS else f"{figure.value:.1f} s"


def _applied(seen: Seen) -> int:
    """Of what is posted."""
    return sum(count for topic, count in seen.applied.items() if topic in FROM_SENDERS)


def _opened(seen: Seen) -> int:
    return sum(seen.cases.values())


def _delays(ascending: Sequence[float]) -> str:
    half, most = percentile(ascending, 0.5), percentile(ascending, 0.99)
    return "–" if half is None or most is None else f"p50 {half:.2f} s, p99 {most:.2f} s"


def summary(board: Board, off: Sequence[str] | None) -> RenderableType:
    """The end of a run: the numbers, and what is off; None where nobody waited to see."""
    table = Table.grid(padding=(0, 3))
    longest = board.delays[-1] if board.delays else None
    rows = (
        ("posted by the demo", f"{board.posted}, {board.distinct} of them distinct"),
        ("applied by scoring", f"{_applied(board.seen)}"),
        ("reports of cases applied", f"{board.seen.applied.get(ALERTS.name, 0)}"),
        ("duplicates not applied", f"{board.seen.duplicates}"),
        ("dead letters", f"{board.seen.dead_letters}"),
        ("cases opened", f"{_opened(board.seen)}, {board.closed} closed by our specialist"),
        ("notifications delivered", f"{board.notified}"),
        ("answer → notification", _delays(board.delays) + (f", max {longest:.2f} s" if longest is not None else "")),
        ("preferences in the CRM", f"{board.seen.fields_written}"),
    )
    for name, value in rows:
        table.add_row(name, f"[bold]{value}[/]")
    return Group(Panel(table, title="summary", title_align="left", expand=False), *_said(off))


def _said(off: Sequence[str] | None) -> Sequence[str]:
    if off is None:
        return ()
    return [f"[bold red]off:[/] {escape(sentence)}" for sentence in off] or [KEPT]
