"""From the runs to what is told: figures over the rounds, and the four ratios of the goal."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.ingest.roster import BARE, INGEST, USUAL
from bench.ingest.run import Run
from bench.ingest.shapes import BATCH, SINGLE, Shape
from bench.ingest.statistics import Spread, ratio, spread


@dataclass(frozen=True, slots=True)
class Goal:
    """In a closed loop ``ingest`` is to take at least so many times the events/s of ``other``."""

    name: str
    shape: Shape
    other: str
    at_least: float


GOALS = (
    Goal("batch_vs_bare", BATCH, BARE.name, 0.8),
    Goal("single_vs_bare", SINGLE, BARE.name, 0.7),
    Goal("batch_vs_usual", BATCH, USUAL.name, 5.0),
    Goal("single_vs_usual", SINGLE, USUAL.name, 4.0),
)


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of the rounds that count. Figures are named as the attributes of Run."""

    runs: Sequence[Run]

    def over(self, figure: str, peer: str, shape: Shape, loop: str = "closed") -> Spread:
        """One figure over the rounds."""
        return spread(self._each(figure, peer, shape, loop))

    def disturbed(self) -> float:
        """Cores busy with anything but what was measured, in the median of all runs; 0 where the broker is not ours,
        which may be on this machine too."""
        return spread([run.elsewhere_share if run.broker_share is not None else 0.0 for run in self.runs]).median

    def throughput(self, goal: Goal) -> Spread:
        """Events/s of ingest over the other's, round by round."""
        return self._ratio("events_per_second", goal)

    def per_core(self, goal: Goal) -> Spread:
        """The same of events per CPU second of the service, whoever was the limit."""
        return self._ratio("events_per_core_second", goal)

    def _ratio(self, figure: str, goal: Goal) -> Spread:
        ours = self._each(figure, INGEST.name, goal.shape, "closed")
        return ratio(ours, self._each(figure, goal.other, goal.shape, "closed"))

    def _each(self, figure: str, peer: str, shape: Shape, loop: str) -> list[float]:
        wanted = (peer, shape.name, loop)
        return [getattr(run, figure) or 0.0 for run in self.runs if (run.peer, run.shape, run.loop) == wanted]
