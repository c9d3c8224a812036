"""When bad answers that have something in common are an incident."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

Shared = Literal["team", "reason", "channel", "cause"]
"""What the cases of an incident share: the contact's team (its queue), reason or channel; the cause chosen for them."""
SHARED: tuple[Shared, ...] = get_args(Shared)

TEAM_CSAT = "team_csat"
"""The dimension of an incident that no shared thing of cases opened, but a team's satisfaction that fell."""


@dataclass(frozen=True, slots=True)
class IncidentRule:
    """Attributes:
    by: what the cases share.
    cases: how many customers it takes. A customer counts once, however often they complain.
    within: how close together their answers must lie; for ``cause``, how close together it was chosen.
    owner: a person of the on-call file, else a destination of it, who is told once.
    cool_down: for how long after such an incident was closed no new one opens.
    only: the teams, reasons, channels or causes it watches; empty: all.
    """

    name: str
    by: Shared
    cases: int
    within: timedelta
    owner: str
    cool_down: timedelta = timedelta(hours=1)
    only: frozenset[str] = frozenset()
