from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(settled: int, once: int, more: int) -> Value:
    return proportion(settled - once - more, settled)


FCR = Metric(
    "fcr",
    "First-contact resolution (FCR)",
    "ratio",
    1,
    "Resolved contacts after which the same customer did not come back for the same reason (any, where unknown), on any"
    " channel, within 7 days ÷ resolved contacts of known customers whose 7 days are over. Younger ones are pending.",
    ("settled", "repeated_once", "repeated_more"),
    _formula,
    better="higher",
    beside=("pending_resolutions",),
)
