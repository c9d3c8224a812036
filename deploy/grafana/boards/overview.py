"""How customers fare with us, in all."""

from deploy.grafana.dashboard import TENANT, Dashboard, Row, Variable
from deploy.grafana.health_panels import figure
from deploy.grafana.metric_panels import lines, number, percentiles, trend

OVERVIEW = Dashboard(
    "amends-overview",
    "Amends: service overview",
    "What customers say, how long they wait and whether it was solved. Every number with its sample size.",
    (
        Row(
            "Now",
            (
                number("approval_rate"),
                number("csat"),
                number("nps"),
                number("contact_volume"),
                number("service_level"),
                number("abandonment"),
                figure(
                    "Age of the numbers",
                    "Computed: since the numbers here were last computed. Newest event: since the newest event that is"
                    " counted arrived; it also grows while nothing happens.",
                    "s",
                    ("computed", "time() - max(amends_scoring_snapshot_timestamp_seconds)"),
                    ("newest event", "time() - max(amends_scoring_newest_event_timestamp_seconds > 0)"),
                ),
                figure(
                    "Alerts",
                    "How many alerts of Amends are firing. docs/monitoring.md says what each means.",
                    "short",
                    ("firing", 'count(ALERTS{alertname=~"Amends.+",alertstate="firing"}) or vector(0)'),
                ),
                number("net_approval"),
                number("response_rate"),
                number("asa"),
                number("aht"),
            ),
        ),
        Row("Over time", (trend("approval_rate"), trend("csat"), trend("nps"), trend("service_level"))),
        Row("Volume", (lines("contact_volume", "channel", "1h"), trend("abandonment"))),
        Row("Waiting", (percentiles("asa", "24h"), percentiles("frt", "24h"), percentiles("frt_business", "24h"))),
        Row(
            "Was it solved?",
            (
                number("fcr", "30d").sized(6),
                number("second_contact_resolution", "30d").sized(6),
                number("fcr_survey"),
                number("resolved_share"),
                number("reopen_rate"),
                number("transfer_rate"),
            ),
        ),
        Row(
            "Effort, scores and what is said in public",
            (
                number("ces_7"),
                number("ces_7_agree"),
                number("ces_5"),
                number("ces_5_agree"),
                number("csat_score"),
                number("mention_positive_share"),
                number("mention_neutral_share"),
                number("mention_negative_share"),
            ),
        ),
    ),
    (TENANT, Variable("window", "window", ("24h", "1h", "7d"))),
)
