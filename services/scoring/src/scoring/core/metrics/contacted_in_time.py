from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(in_time: int, due: int) -> Value:
    return proportion(in_time, due)


CONTACTED_IN_TIME = Metric(
    "contacted_in_time",
    "Customers contacted in time",
    "ratio",
    1,
    "Recovery cases whose customer was contacted by the time due ÷ cases with such a time that were contacted or"
    " closed; counted when opened.",
    ("contacted_in_time", "contact_due"),
    _formula,
    better="higher",
)
