"""What may rank people. Who is ranked by speed or volume learns to hang up: such rules are refused, with the reason."""

from collections.abc import Collection, Iterator, Mapping
from math import fsum, isclose

from events.problems import Problem
from scoring.core.recognition.kinds import KINDS

FEWEST = 10
"""Nobody is ranked on fewer than this many answers, contacts, … of each metric."""


def complaints(weights: Mapping[str, float], known: Collection[str], at: str) -> Iterator[Problem]:
    """All that is wrong with ranking by ``weights``; ``known``: the metrics there are. ``at``: a JSON pointer."""
    if not weights:
        return
    usable = {name for name in weights if name in known and name in KINDS}
    for name in weights:
        if name not in usable:
            yield Problem(f"{at}/{name}", "unknown-metric", "names no metric that may rank; see docs/recognition.md")
        if weights[name] <= 0:
            yield Problem(f"{at}/{name}", "weight", "must be more than 0")
    if not isclose(fsum(weights.values()), 1, abs_tol=1e-6):
        yield Problem(at, "weights-sum", "must sum to 1")
    if usable == set(weights):
        yield from _unfair(weights, at)


def _unfair(weights: Mapping[str, float], at: str) -> Iterator[Problem]:
    outcome = fsum(weight for name, weight in weights.items() if KINDS[name].kind == "outcome")
    if outcome < fsum(weights.values()) / 2 - 1e-6:
        yield Problem(at, "outcomes-below-half", "must give customer outcomes at least half of the weight")
    most = max(weights.values())
    for name, weight in weights.items():
        kind = KINDS[name].kind
        if kind not in ("speed", "volume"):
            continue
        if len(weights) == 1:
            reason = f"must not rank alone: by {kind} alone people are taught to be rid of customers"
            yield Problem(f"{at}/{name}", f"{kind}-alone", reason)
        elif weight >= most:
            reason = f"must not lead: {kind} may only be a minor term, below the weight of a customer outcome"
            yield Problem(f"{at}/{name}", f"{kind}-leads", reason)
