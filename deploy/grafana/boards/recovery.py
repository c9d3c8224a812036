"""Whether unhappy customers are won back, and how soon somebody sees to them."""

from deploy.grafana.dashboard import TENANT, Dashboard, Row, Variable
from deploy.grafana.health_panels import figure, graph, quantiles
from deploy.grafana.metric_panels import number, percentiles, trend

RECOVERY = Dashboard(
    "amends-recovery",
    "Amends: recovery",
    "Cases of unhappy customers: open ones now, and what became of the others.",
    (
        Row(
            "Open now",
            (
                figure(
                    "Open cases",
                    "Cases that are not closed, by state.",
                    "short",
                    ("{{state}}", "max by (state) (amends_alerting_open_cases)"),
                ).sized(8),
                figure(
                    "Longest wait",
                    "How long the oldest unclaimed case has waited; 0 without one.",
                    "s",
                    ("unclaimed", "max(amends_alerting_oldest_open_age_seconds)"),
                ),
                figure(
                    "Without a next step",
                    "Unclaimed cases that nobody was told of and nobody will be. Must be 0.",
                    "short",
                    ("cases", "max(amends_alerting_open_cases_without_next_step)"),
                ),
                figure(
                    "Destinations",
                    "Who is told of a new case. With 0 nobody is.",
                    "short",
                    ("destinations", "max(amends_alerting_channels_configured)"),
                ),
            ),
        ),
        Row(
            "What became of them",
            (
                number("recovery_rate"),
                number("contacted_in_time"),
                number("recovered_score"),
                number("time_to_claim"),
                number("time_to_contact"),
                trend("recovery_rate"),
                trend("contacted_in_time"),
                percentiles("time_to_claim", "7d"),
                percentiles("time_to_contact", "7d"),
            ),
        ),
        Row(
            "Flow",
            (
                graph(
                    "Cases opened",
                    "Cases opened over the last hour, by what opened them. All tenants.",
                    "short",
                    ("{{reason}}", "sum by (reason) (increase(amends_alerting_cases_opened_total[1h]))"),
                ),
                graph(
                    "Cases closed",
                    "Cases closed over the last hour, by outcome. All tenants.",
                    "short",
                    ("{{outcome}}", "sum by (outcome) (increase(amends_alerting_cases_closed_total[1h]))"),
                ),
                graph(
                    "Answers judged",
                    "Answers and mentions a minute, by why they did or did not ask for a case. All tenants.",
                    "short",
                    (
                        "{{reason}}",
                        "60 * sum by (reason) (rate(amends_alerting_answers_assessed_total[$__rate_interval]))",
                    ),
                ),
                graph(
                    "Notifications",
                    "Attempts to notify over the last hour, by channel and what became of them. All tenants.",
                    "short",
                    (
                        "{{channel}} {{result}}",
                        "sum by (channel, result) (increase(amends_alerting_notifications_total[1h]))",
                    ),
                ),
                graph(
                    "Reports of cases",
                    "Changes of cases that Kafka has not been told of: scoring counts them once it has. All tenants.",
                    "short",
                    ("waiting", "max(amends_alerting_case_reports_waiting)"),
                ),
                quantiles(
                    "Time until told",
                    "From the moment Amends accepted an answer until its notification was delivered. All tenants.",
                    "amends_alerting_delivery_seconds",
                    "channel",
                ),
            ),
        ),
    ),
    (TENANT, Variable("window", "window", ("7d", "24h", "1h"))),
)
