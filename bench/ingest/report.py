"""What a reader sees, and what is kept for those who compare."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from bench.ingest.machine import Cores
from bench.ingest.result import GOALS, Goal, Result
from bench.ingest.roster import INGEST, PEERS, Peer
from bench.ingest.rounds import PACE
from bench.ingest.shapes import BATCH, EXTRA, OFFICIAL, Shape
from bench.ingest.statistics import Spread
from rich.console import Console, RenderableType
from rich.table import Table

QUIET = 0.2
"""Of a core: what the system, PostgreSQL and idle peers may take."""

RATES = ("requests_per_second", "events_per_second")
TIMES = ("p50_ms", "p99_ms", "max_ms")
CORES = ("service_us", "broker_us", "events_per_core_second")
BUSY = ("service_share", "broker_share", "generator_share", "elsewhere_share")
TITLES = {
    "requests_per_second": "requests/s",
    "events_per_second": "events/s",
    "service_us": "CPU µs/event",
    "broker_us": "broker µs",
    "events_per_core_second": "per core",
    "service_share": "busy: service",
    "broker_share": "broker",
    "generator_share": "load",
    "elsewhere_share": "else",
}


@dataclass(frozen=True, slots=True)
class Report:
    result: Result
    machine: Mapping[str, str | float]
    versions: Mapping[str, str]
    cores: Cores

    def tell(self, console: Console) -> None:
        memory = f"{self.machine['cores']} cores, {self.machine['memory_gib']} GiB"
        console.print(f"\n{self.machine['cpu']}, {memory}, {self.machine['system']}")
        console.print(", ".join(f"{name} {version}" for name, version in self.versions.items()))
        console.print(f"{self.cores}; load average before: {self.machine['load_average_before']}\n")
        for peer in PEERS:
            console.print(f"{peer.name:<12} {peer.guarantees}")
        for part in (*map(self._closed, OFFICIAL), self._open(), self._extra(), self._ratios()):
            console.print()
            console.print(part)
        if (busy := self.result.disturbed()) > QUIET:
            console.print(f"\n[bold red]Not to be quoted:[/] other programs kept {busy:.0%} of a core busy meanwhile.")

    def document(self) -> dict[str, object]:
        """For ``ingest.json``. Ratios are medians of the rounds' ratios; ``spread`` has the least and the most."""
        return {
            "ratios": {goal.name: round(self.result.throughput(goal).median, 3) for goal in GOALS},
            "spread": {goal.name: asdict(self.result.throughput(goal)) for goal in GOALS},
            "per_core_ratios": {goal.name: asdict(self.result.per_core(goal)) for goal in GOALS},
            "goals": {goal.name: goal.at_least for goal in GOALS},
            "machine": dict(self.machine),
            "pinning": str(self.cores),
            "versions": dict(self.versions),
            "guarantees": {peer.name: peer.guarantees for peer in PEERS},
            "runs": [asdict(run) for run in self.result.runs],
        }

    def _closed(self, shape: Shape) -> RenderableType:
        load = f"{shape.events} event(s) a request, {shape.connections} connections"
        figures = (*RATES, *TIMES[:2], *CORES, *BUSY)
        rows = {peer.name: self._row(figures, peer, shape) for peer in PEERS}
        return _table(f"{shape.name}, closed loop: {load}; medians over the rounds", figures, rows)

    def _open(self) -> RenderableType:
        title = f"open loop at {PACE:.0%} of the peer's own closed loop; times count from when a request was due"
        figures = (*RATES, *TIMES, "generator_share")
        rows = {
            f"{shape.name}, {peer.name}": self._row(figures, peer, shape, "open")
            for shape in OFFICIAL
            for peer in PEERS
            if peer.open
        }
        return _table(title, figures, rows)

    def _extra(self) -> RenderableType:
        figures = (*RATES, *TIMES[:2], "service_us", *BUSY[:1])
        rows = {WHAT[shape.name]: self._row(figures, INGEST, shape) for shape in (BATCH, *EXTRA)}
        return _table(f"other bodies of {BATCH.events} events, to ingest alone, closed loop", figures, rows)

    def _row(self, figures: tuple[str, ...], peer: Peer, shape: Shape, loop: str = "closed") -> list[str]:
        return [_written(figure, self.result.over(figure, peer.name, shape, loop).median) for figure in figures]

    def _ratios(self) -> RenderableType:
        table = Table("ingest against", "events/s", "least … most", "goal", "", "a core", box=None, pad_edge=False)
        for goal in GOALS:
            ratio = self.result.throughput(goal)
            met = "met" if ratio.median >= goal.at_least else "MISSED"
            table.add_row(
                _name(goal), f"{ratio.median:.2f}", _range(ratio), f"≥ {goal.at_least}", met, self._a_core(goal)
            )
        return table

    def _a_core(self, goal: Goal) -> str:
        ratio = self.result.per_core(goal)
        return f"{ratio.median:.2f} ({_range(ratio)})"


WHAT = {
    "batch": "CloudEvents",
    "plain": "plain reports",
    "escaped": "with escapes and non-ASCII",
    "gzip": "CloudEvents, gzip",
}


def _name(goal: Goal) -> str:
    return f"{goal.other}, {goal.shape.name}"


def _range(ratio: Spread) -> str:
    return f"{ratio.least:.2f} … {ratio.most:.2f}"


def _table(title: str, figures: tuple[str, ...], rows: Mapping[str, list[str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    for figure in figures:
        table.add_column(TITLES.get(figure, figure.replace("_", " ")), justify="right")
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def _written(figure: str, value: float) -> str:
    if figure.endswith("_share"):
        return f"{value:.0%}"
    return f"{value:.1f}" if figure.endswith(("_ms", "_us")) else f"{value:,.0f}"
