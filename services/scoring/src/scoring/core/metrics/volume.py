from scoring.core.measures import Sums
from scoring.core.metrics.metric import Metric, Value


def _compute(sums: Sums) -> Value:
    return Value(float(sums["contacts"]), sums["contacts"])


VOLUME = Metric(
    "contact_volume",
    "Contact volume",
    "contacts",
    1,
    "Distinct contacts; a transfer is not a new contact. Counted when offered.",
    _compute,
)
