"""From accepted answers and arrivals to what is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich.console import Console

EDGES_MS = (5, 10, 20, 30, 50, 75, 100, 150, 200, 250, 500, 1_000, 5_000, 30_000, 60_000)
GOAL_MS = 250.0
RESTART_GOAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Latencies:
    """Milliseconds from reading the 202 until the first delivery reached the sink, in order; ``missing``: never."""

    values: Sequence[float]
    missing: int

    @classmethod
    def of(cls, accepted: Mapping[str, float], arrived: Mapping[str, float]) -> "Latencies":
        """A delivery may be faster than the reading of the 202: that is 0."""
        found = [max(0.0, (arrived[id_] - at) * 1000) for id_, at in accepted.items() if id_ in arrived]
        return cls(sorted(found), sum(id_ not in arrived for id_ in accepted))

    def percentile(self, share: float) -> float:
        """Nearest rank; infinite where so many never arrived."""
        rank = max(1, -int(-share * (len(self.values) + self.missing) // 1))
        return self.values[rank - 1] if rank <= len(self.values) else float("inf")

    def histogram(self) -> list[tuple[str, int]]:
        edges = (0, *EDGES_MS)
        named = [(f"≤ {high:,} ms", sum(low < v <= high for v in self.values)) for low, high in pairwise(edges)]
        first = sum(value <= 0 for value in self.values)
        over = sum(value > EDGES_MS[-1] for value in self.values)
        return [(named[0][0], named[0][1] + first), *named[1:], ("later", over)]

    def document(self) -> dict[str, Any]:
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        return {
            "n": len(self.values),
            "missing": self.missing,
            **{name: round(self.percentile(share), 2) for name, share in shares.items()},
            "max": round(self.values[-1], 2) if self.values else None,
            "histogram": dict(self.histogram()),
        }


def tell(console: Console, title: str, found: Latencies) -> None:
    document = found.document()
    console.print(
        f"\n[bold]{title}[/]: {document['n']} deliveries, {found.missing} missing; ms: p50 {document['p50']}, "
        f"p90 {document['p90']}, p99 {document['p99']}, max {document['max']}"
    )
    most = max((count for _, count in found.histogram()), default=1) or 1
    for name, count in found.histogram():
        if count:
            console.print(f"  {name:>12} {count:>7} {'█' * max(1, round(40 * count / most))}")
