from scoring.core.measures import PENDING
from scoring.core.metrics.metric import Metric, Value


def _formula(pending: int) -> Value:
    return Value(float(pending), pending)


PENDING_RESOLUTIONS = Metric(
    "pending_resolutions",
    "Pending resolutions",
    "contacts",
    1,
    "Resolved contacts of known customers whose 7 days are not over yet: whether they count as resolved at the first"
    " contact is not known.",
    (PENDING,),
    _formula,
)
