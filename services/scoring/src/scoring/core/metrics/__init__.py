"""THE list of metrics. The API, the Prometheus gauges and the documentation are derived from it."""

from scoring.core.metrics.abandonment import ABANDONMENT
from scoring.core.metrics.aht import AHT
from scoring.core.metrics.approval import APPROVAL
from scoring.core.metrics.asa import ASA
from scoring.core.metrics.csat import CSAT
from scoring.core.metrics.csat_score import CSAT_SCORE
from scoring.core.metrics.metric import Metric
from scoring.core.metrics.nps import NPS
from scoring.core.metrics.resolution import RESOLUTION
from scoring.core.metrics.service_level import SERVICE_LEVEL
from scoring.core.metrics.volume import VOLUME

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        APPROVAL,
        CSAT,
        CSAT_SCORE,
        NPS,
        AHT,
        ASA,
        ABANDONMENT,
        SERVICE_LEVEL,
        RESOLUTION,
        VOLUME,
    )
}

__all__ = ["METRICS", "Metric"]
