from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(transferred: int, contacts: int) -> Value:
    return proportion(transferred, contacts)


TRANSFER_RATE = Metric(
    "transfer_rate",
    "Transfer rate",
    "ratio",
    1,
    "Contacts that were transferred at least once ÷ contacts.",
    ("transferred", "contacts"),
    _formula,
    better="lower",
)
