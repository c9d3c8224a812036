"""What was measured, and what is concluded from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.ingest.statistics import Spread, ratio, spread
from bench.scoring.roster import OURS, PEERS

PARTS = ("service", "broker", "database")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one of those compared, in a setting such as ``1000 agents``.

    Attributes:
        cpu_us: CPU microseconds an event (which is CPU seconds per million events), by part.
        memory_mib: of the service when it had done its work.
        rows, logged_bytes, kept_bytes: an event, as PostgreSQL says: rows inserted, updated or deleted; bytes of
            write-ahead log; bytes by which the database grew. Of Amends alone.
    """

    round: int
    name: str
    setting: str
    events: int
    seconds: float
    cpu_us: Mapping[str, float]
    elsewhere_share: float
    memory_mib: float
    rows: float = 0.0
    logged_bytes: float = 0.0
    kept_bytes: float = 0.0

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds


@dataclass(frozen=True, slots=True)
class Question:
    """How long one over HTTP took, asked one after another. ``what``: ``one agent``, ``all`` or ``every agent``."""

    what: str
    window: str
    history: bool
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Result:
    runs: Sequence[Run]
    questions: Sequence[Question]

    def rates(self, name: str, setting: str) -> list[float]:
        return [run.events_per_second for run in self.of(name, setting)]

    def of(self, name: str, setting: str) -> list[Run]:
        return [run for run in self.runs if (run.name, run.setting) == (name, setting)]

    def ratios(self) -> dict[str, Spread]:
        """Ours against each peer that ran, and growth; each round by round."""
        found = {}
        for peer in PEERS:
            if theirs := self.rates(peer.name, MAIN):
                name = "vs_bare_loop" if peer.name == "bare" else f"vs_{peer.name}"
                found[name] = ratio(self.rates(OURS, MAIN), theirs)
        for name, (new, old) in GROWTH.items():
            if (many := self.rates(OURS, new)) and (few := self.rates(OURS, old)):
                found[name] = ratio(many, few[: len(many)])
        return found

    def events_per_second(self) -> Spread:
        return spread(self.rates(OURS, MAIN))

    def query_p99_ms(self) -> float | None:
        """The slowest p99 of the questions that the goal is about: one key, or all, over any rolling window."""
        return max((each.p99_ms for each in self.questions if each.what != EVERY), default=None)

    def disturbed(self) -> float:
        """How much of a core others used, at the median."""
        return spread([run.elsewhere_share for run in self.runs]).median


MAIN, FEW, MANY, THREE, LATER = "1,000 agents", "100 agents", "10,000 agents", "3 consumers", "after 30 days"
EVERY = "every agent"
GROWTH = {
    "agents_10000_vs_100": (MANY, FEW),
    "consumers_3_vs_1": (THREE, MAIN),
    "history_30_days_vs_none": (LATER, MAIN),
}
GOALS = {f"vs_{peer.name}": 1.0 for peer in PEERS if peer.installed} | dict.fromkeys(GROWTH, 0.8)
"""At least."""
RATE_GOAL, QUERY_GOAL_MS = 10_000, 20.0
