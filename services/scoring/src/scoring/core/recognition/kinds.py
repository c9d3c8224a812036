"""What each metric says about people, as data beside the registry: a metric of no kind may rank nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from scoring.core.metrics.metric import Value

Kind = Literal["outcome", "speed", "volume", "process"]


@dataclass(frozen=True, slots=True)
class Judged:
    """How a metric may judge somebody.

    Attributes:
        kind: ``outcome``: what came of it for customers, by what they said or did. ``speed``: how fast. ``volume``: how
            much. ``process``: what we do or report ourselves.
        span: lowest and highest value it can have; None where it has no highest (durations, counts).
        fewer: whether less is better.
    """

    kind: Kind
    span: tuple[float, float] | None = (0.0, 1.0)
    fewer: bool = False

    def pessimistic(self, value: Value) -> float | None:
        """The bound of the interval that flatters least; the value itself where there is no interval."""
        if value.value is None or value.interval is None:
            return value.value
        return value.interval[1 if self.fewer else 0]

    def worth(self, number: float, usual: float) -> float:
        """``number`` from 0 (worst) to 1 (best).

        On a metric with a span: its place in the span. Without: ``usual`` ÷ (``usual`` + ``number``) where fewer is
        better, ``number`` ÷ (``usual`` + ``number``) where more is; as much as usual is 0.5.
        """
        if self.span is not None:
            low, high = self.span
            part = min(1.0, max(0.0, (number - low) / (high - low)))
            return 1 - part if self.fewer else part
        if number + usual <= 0:
            return 0.5
        return (usual if self.fewer else number) / (usual + number)


_OUTCOME, _PROCESS = Judged("outcome"), Judged("process")
_SLOW, _MANY = Judged("speed", None, fewer=True), Judged("volume", None)

KINDS: Mapping[str, Judged] = {
    "approval_rate": _OUTCOME,
    "net_approval": Judged("outcome", (-1.0, 1.0)),
    "csat": _OUTCOME,
    "csat_score": Judged("outcome", (1.0, 5.0)),
    "nps": Judged("outcome", (-100.0, 100.0)),
    "ces_7": Judged("outcome", (1.0, 7.0)),
    "ces_7_agree": _OUTCOME,
    "ces_5": Judged("outcome", (1.0, 5.0)),
    "ces_5_agree": _OUTCOME,
    "fcr": _OUTCOME,
    "fcr_survey": _OUTCOME,
    "second_contact_resolution": _OUTCOME,
    "reopen_rate": Judged("outcome", fewer=True),
    "recovery_rate": _OUTCOME,
    "recovered_score": Judged("outcome", (-100.0, 100.0)),
    "mention_positive_share": _OUTCOME,
    "mention_negative_share": Judged("outcome", fewer=True),
    # Said or done by us, not by the customer.
    "resolved_share": _PROCESS,
    "response_rate": _PROCESS,
    "transfer_rate": Judged("process", fewer=True),
    "contacted_in_time": _PROCESS,
    "aht": _SLOW,
    "wrap": _SLOW,
    "hold": _SLOW,
    "frt": _SLOW,
    "frt_business": _SLOW,
    "asa": _SLOW,
    "time_to_claim": _SLOW,
    "time_to_contact": _SLOW,
    "service_level": Judged("speed"),
    "abandonment": Judged("speed", fewer=True),
    "contact_volume": _MANY,
}

UNRANKED = frozenset({"mention_neutral_share", "pending_resolutions"})
"""Neither good nor bad in itself: no rule may use them."""

OUTCOMES: tuple[str, ...] = tuple(name for name, judged in KINDS.items() if judged.kind == "outcome")
