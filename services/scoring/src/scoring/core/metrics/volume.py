from scoring.core.metrics.metric import Metric, Value


def _formula(contacts: int) -> Value:
    return Value(float(contacts), contacts)


VOLUME = Metric(
    "contact_volume",
    "Contact volume",
    "contacts",
    1,
    "Distinct contacts; a transfer is not a new contact. Counted when offered.",
    ("contacts",),
    _formula,
    counted=True,
)
