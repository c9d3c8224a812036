from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(reopened: int, contacts: int) -> Value:
    return proportion(reopened, contacts)


REOPEN_RATE = Metric(
    "reopen_rate",
    "Reopen rate",
    "ratio",
    1,
    "Contacts that were opened again at least once ÷ contacts.",
    ("reopened", "contacts"),
    _formula,
    better="lower",
)
