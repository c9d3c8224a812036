"""What was chosen before for the same team and contact reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from alerting.core.case.state import CAUSES, Cause
from alerting.core.causes.evidence import Because

DAYS = 90
"""How far back choices count."""
FEWEST = 5
"""Fewer choices for the team and reason say nothing."""
PRIOR = 10.0
"""How many choices of its own outweigh what is chosen everywhere."""
LEAST_SHARE = 0.5
"""More probable than all others together."""


@dataclass(frozen=True, slots=True)
class History:
    """Choices of the last 90 days. ``here``: same team and contact reason; ``everywhere``: in the whole tenant.

    A choice that only followed what was chosen before is in neither, else a suggestion would confirm itself; one that
    went against it is in both, so that it can be unlearnt.
    """

    here: Mapping[Cause, int] = field(default_factory=dict)
    everywhere: Mapping[Cause, int] = field(default_factory=dict)


def share(cause: Cause, history: History) -> float:
    """How probable the cause is here: (n_c + K · p_c) / (n + K), with K = PRIOR.

    The mean of a Dirichlet posterior (Gelman et al., Bayesian Data Analysis, 3rd ed., 3.4; Good, The Estimation of
    Probabilities, 1965). p_c is the tenant's share of the cause, shrunk to 1/10 each by the same formula. So 1 of 1
    makes 0.18 where nothing else is known, 5 of 5 makes 0.40, 20 of 20 makes 0.70.
    """
    flat = 1 / len(CAUSES)
    tenant = _shrunk(history.everywhere.get(cause, 0), sum(history.everywhere.values()), flat)
    return _shrunk(history.here.get(cause, 0), sum(history.here.values()), tenant)


def usual(history: History) -> list[Because]:
    """The usual cause, where there is one."""
    n = sum(history.here.values())
    if n < FEWEST:
        return []
    cause = max(CAUSES, key=lambda each: share(each, history))
    probable = share(cause, history)
    if probable <= LEAST_SHARE or not history.here.get(cause):
        return []
    words = (
        f"chosen {history.here[cause]} of {n} times for this team and contact reason in {DAYS} days,"
        " not counting where only this was the hint"
    )
    return [Because("history", cause, words, weight=probable)]


def _shrunk(part: int, n: int, prior: float) -> float:
    return (part + PRIOR * prior) / (n + PRIOR)
