"""THE list of metrics. The API, the Prometheus gauges and the documentation are derived from it."""

from scoring.core.metrics.abandonment import ABANDONMENT
from scoring.core.metrics.aht import AHT
from scoring.core.metrics.approval import APPROVAL
from scoring.core.metrics.asa import ASA
from scoring.core.metrics.ces_5 import CES_5
from scoring.core.metrics.ces_5_agree import CES_5_AGREE
from scoring.core.metrics.ces_7 import CES_7
from scoring.core.metrics.ces_7_agree import CES_7_AGREE
from scoring.core.metrics.contacted_in_time import CONTACTED_IN_TIME
from scoring.core.metrics.csat import CSAT
from scoring.core.metrics.csat_score import CSAT_SCORE
from scoring.core.metrics.fcr import FCR
from scoring.core.metrics.fcr_survey import FCR_SURVEY
from scoring.core.metrics.frt import FRT
from scoring.core.metrics.frt_business import FRT_BUSINESS
from scoring.core.metrics.hold import HOLD
from scoring.core.metrics.mention_negative import MENTION_NEGATIVE
from scoring.core.metrics.mention_neutral import MENTION_NEUTRAL
from scoring.core.metrics.mention_positive import MENTION_POSITIVE
from scoring.core.metrics.metric import Metric
from scoring.core.metrics.net_approval import NET_APPROVAL
from scoring.core.metrics.nps import NPS
from scoring.core.metrics.pending_resolutions import PENDING_RESOLUTIONS
from scoring.core.metrics.recovered_score import RECOVERED_SCORE
from scoring.core.metrics.recovery_rate import RECOVERY_RATE
from scoring.core.metrics.reopen_rate import REOPEN_RATE
from scoring.core.metrics.resolution import RESOLUTION
from scoring.core.metrics.response_rate import RESPONSE_RATE
from scoring.core.metrics.second_contact_resolution import SECOND_CONTACT_RESOLUTION
from scoring.core.metrics.service_level import SERVICE_LEVEL
from scoring.core.metrics.time_to_claim import TIME_TO_CLAIM
from scoring.core.metrics.time_to_contact import TIME_TO_CONTACT
from scoring.core.metrics.transfer_rate import TRANSFER_RATE
from scoring.core.metrics.volume import VOLUME
from scoring.core.metrics.wrap import WRAP

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        APPROVAL,
        NET_APPROVAL,
        CSAT,
        CSAT_SCORE,
        NPS,
        CES_7,
        CES_7_AGREE,
        CES_5,
        CES_5_AGREE,
        RESPONSE_RATE,
        MENTION_POSITIVE,
        MENTION_NEUTRAL,
        MENTION_NEGATIVE,
        AHT,
        WRAP,
        HOLD,
        FRT,
        FRT_BUSINESS,
        ASA,
        ABANDONMENT,
        SERVICE_LEVEL,
        FCR,
        SECOND_CONTACT_RESOLUTION,
        PENDING_RESOLUTIONS,
        FCR_SURVEY,
        RESOLUTION,
        REOPEN_RATE,
        TRANSFER_RATE,
        VOLUME,
        RECOVERY_RATE,
        TIME_TO_CLAIM,
        TIME_TO_CONTACT,
        CONTACTED_IN_TIME,
        RECOVERED_SCORE,
    )
}

__all__ = ["METRICS", "Metric"]
