from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(settled: int, more: int) -> Value:
    return proportion(settled - more, settled)


SECOND_CONTACT_RESOLUTION = Metric(
    "second_contact_resolution",
    "Second-contact resolution",
    "ratio",
    1,
    "As first-contact resolution, allowing that the customer came back once.",
    ("settled", "repeated_more"),
    _formula,
    better="higher",
    beside=("pending_resolutions",),
)
