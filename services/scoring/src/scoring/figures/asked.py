"""What somebody wants to know."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scoring.core.metrics import METRICS
from scoring.core.metrics.metric import Metric
from scoring.core.window import Window

Against = Literal["before", "last_week"]
"""The period before, or the same hours last week."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Metrics over a window, for each key of a dimension.

    Attributes:
        key: only this one, which is answered also where there is no data.
        compare: with what, if with anything.
        percentiles: of the metrics that have any.
        trend: whether to compare with the period before and with the four windows like it before, too.
    """

    metrics: tuple[Metric, ...]
    window: Window
    dimension: str = "all"
    key: str | None = None
    compare: Against | None = None
    percentiles: bool = False
    trend: bool = False

    @property
    def shown(self) -> tuple[Metric, ...]:
        """The metrics, and those that stand beside them."""
        return tuple(dict.fromkeys(self._shown()))

    def _shown(self) -> Iterator[Metric]:
        for metric in self.metrics:
            yield metric
            yield from (METRICS[name] for name in metric.beside)

    @property
    def measures(self) -> frozenset[str]:
        """What has to be read."""
        return frozenset(measure for metric in self.shown for measure in metric.measures)

    @property
    def histograms(self) -> frozenset[str]:
        return frozenset(metric.histogram for metric in self.shown if self.percentiles and metric.histogram)
