from scoring.core.metrics.metric import Metric, Value, proportion


def _formula(returned: int, sent: int) -> Value:
    return proportion(returned, sent)


RESPONSE_RATE = Metric(
    "response_rate",
    "Response rate",
    "ratio",
    1,
    "Surveys that came back completed ÷ surveys reported as sent; counted when the survey was sent.",
    ("surveys_returned", "surveys_sent"),
    _formula,
    better="higher",
)
