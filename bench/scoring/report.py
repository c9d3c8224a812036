"""What a reader sees, and what is kept for those who compare."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.ingest.statistics import Spread, spread
from bench.scoring.result import EVERY, GOALS, LATER, MAIN, QUERY_GOAL_MS, RATE_GOAL, THREE, Result, Run

from bench.scoring.result import FEW, MANY  # isort: skip
from bench.scoring.roster import OURS, OURS_GUARANTEES, PEERS
from rich.console import Console
from rich.table import Table

QUIET = 0.2
"""Of a core: what others on the machine may take."""

SETTINGS = (FEW, MAIN, MANY, THREE, LATER)


@dataclass(frozen=True, slots=True)
class Report:
    """``missing``: the peers that could not be installed, and why. ``size``: of the run, such as how many events."""

    result: Result
    machine: Mapping[str, str | float]
    versions: Mapping[str, str]
    missing: Mapping[str, str]
    size: Mapping[str, float]

    def tell(self, console: Console) -> None:
        memory = f"{self.machine['cores']} cores, {self.machine['memory_gib']} GiB"
        console.print(f"\n{self.machine['cpu']}, {memory}, {self.machine['system']}; nothing is pinned")
        console.print(", ".join(f"{name} {version}" for name, version in self.versions.items()))
        console.print(f"{self.size['events']:,} events, {self.size['rounds']} round(s); medians of the rounds\n")
        for name, says in self._guarantees().items():
            console.print(f"{name:<9} {says}")
        for name, why in self.missing.items():
            console.print(f"[bold red]{name} could not be installed, and is not compared:[/] {why}")
        for table in (self._compared(), self._growth(), self._questions(), self._ratios()):
            console.print()
            console.print(table)
        if (busy := self.result.disturbed()) > QUIET:
            console.print(f"\n[bold red]Not to be quoted:[/] other programs kept {busy:.0%} of a core busy meanwhile.")

    def document(self) -> dict[str, object]:
        """For ``scoring.json``. Ratios are medians of the rounds' ratios; ``spread`` has the least and the most."""
        ratios = self.result.ratios()
        return {
            "ratios": {name: round(found.median, 3) for name, found in ratios.items()},
            "spread": {name: asdict(found) for name, found in ratios.items()},
            "goals": {**GOALS, "events_per_second": RATE_GOAL, "query_p99_ms": QUERY_GOAL_MS},
            "events_per_second": round(self.result.events_per_second().median),
            "query_p99_ms": self.result.query_p99_ms(),
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "size": dict(self.size),
            "guarantees": self._guarantees(),
            "not_installed": dict(self.missing),
            "questions": [asdict(each) for each in self.result.questions],
            "runs": [asdict(run) for run in self.result.runs],
        }

    def _guarantees(self) -> dict[str, str]:
        return {OURS: OURS_GUARANTEES} | {peer.name: peer.guarantees for peer in PEERS}

    def _compared(self) -> Table:
        table = _table("side by side", "events/s", "CPU s/million", "broker", "database", "all", "MiB", "events")
        for name in (OURS, *(peer.name for peer in PEERS)):
            if runs := self.result.of(name, MAIN):
                cpu = _cpu(runs)
                table.add_row(
                    name, _rate(runs), *cpu, _median([r.memory_mib for r in runs]), _median([r.events for r in runs])
                )
        return table

    def _growth(self) -> Table:
        table = _table(
            "scoring as it grows", "events/s", "CPU s/million", "broker", "database", "all", "MiB",
            "rows/event", "WAL B/event", "kept B/event",
        )  # fmt: skip
        for setting in SETTINGS:
            if runs := self.result.of(OURS, setting):
                table.add_row(
                    setting,
                    _rate(runs),
                    *_cpu(runs),
                    _median([run.memory_mib for run in runs]),
                    f"{spread([run.rows for run in runs]).median:.1f}",
                    _median([run.logged_bytes for run in runs]),
                    _median([run.kept_bytes for run in runs]),
                )
        return table

    def _questions(self) -> Table:
        table = _table(f"CSAT over HTTP, ms (goal: p99 ≤ {QUERY_GOAL_MS:.0f}, but for {EVERY})", "p50", "p99")
        for each in self.result.questions:
            when = ", after 30 days of history" if each.history else ""
            table.add_row(f"{each.what}, {each.window}{when}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}")
        return table

    def _ratios(self) -> Table:
        table = _table("scoring, by rounds", "median", "least … most", "goal", "")
        rate = self.result.events_per_second()
        table.add_row(
            "events/s", f"{rate.median:,.0f}", _range(rate, ",.0f"), f"≥ {RATE_GOAL:,}", _met(rate, RATE_GOAL)
        )
        for name, found in self.result.ratios().items():
            goal = GOALS.get(name)
            shown = ("", "") if goal is None else (f"≥ {goal}", _met(found, goal))
            table.add_row(name, f"{found.median:.2f}", _range(found, ".2f"), *shown)
        return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _rate(runs: Sequence[Run]) -> str:
    return _median([run.events_per_second for run in runs])


def _cpu(runs: Sequence[Run]) -> list[str]:
    """CPU microseconds an event are CPU seconds per million events."""
    parts = [[run.cpu_us[part] for run in runs] for part in ("service", "broker", "database")]
    return [*(_median(part) for part in parts), _median([sum(run.cpu_us.values()) for run in runs])]


def _median(values: Sequence[float]) -> str:
    return f"{spread(values).median:,.0f}"


def _range(found: Spread, form: str) -> str:
    return f"{found.least:{form}} … {found.most:{form}}"


def _met(found: Spread, goal: float) -> str:
    return "met" if found.median >= goal else "MISSED"
