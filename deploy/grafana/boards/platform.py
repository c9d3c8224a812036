"""Whether the services run, keep up and lose nothing."""

from deploy.grafana.dashboard import Dashboard, Row
from deploy.grafana.health_panels import figure, graph, quantiles

_REPLICA = "{{service}} {{instance}}"


def _rate(counter: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) (rate({counter}[$__rate_interval]))"


PLATFORM = Dashboard(
    "amends-platform",
    "Amends: platform health",
    "Arrival, consumers, scoring, the recovery desk's and the CRM's backlog. All tenants.",
    (
        Row(
            "Running",
            (
                figure(
                    "Services", "1: scraped, 0: not.", "short", ("{{service}}", 'min by (service) (up{job="amends"})')
                ).sized(12),
                figure(
                    "Alerts",
                    "Alerts that are firing, by severity.",
                    "short",
                    ("firing", 'count(ALERTS{alertname=~"Amends.+",alertstate="firing"}) or vector(0)'),
                ),
                figure(
                    "Requests failed",
                    "The share of ingest's requests that failed by our own fault over the last hour. Objective: 0.1 %.",
                    "percentunit",
                    ("1 hour", "amends:ingest_errors:ratio_rate1h"),
                ),
                figure(
                    "Sources file",
                    "1: the sources file or a secret is wrong, and what was valid before goes on.",
                    "short",
                    ("refused", "max(amends_ingest_sources_reload_failed)"),
                ),
            ),
        ),
        Row(
            "Processes",
            (
                graph(
                    "Processor",
                    "Processor time that a replica takes, in cores. It is one process and does little beyond 1.",
                    "short",
                    (_REPLICA, 'rate(process_cpu_seconds_total{job="amends"}[$__rate_interval])'),
                ),
                graph(
                    "Memory",
                    "Resident memory of a replica. It is killed at its container's limit.",
                    "bytes",
                    (_REPLICA, 'process_resident_memory_bytes{job="amends"}'),
                ),
                graph(
                    "Open files",
                    "Files and connections that a replica holds, of those it may have. At 1 it takes no more.",
                    "percentunit",
                    (_REPLICA, 'process_open_fds{job="amends"} / process_max_fds{job="amends"}'),
                ),
            ),
        ),
        Row(
            "Arrival",
            (
                graph(
                    "Events accepted",
                    "A second, by type.",
                    "cps",
                    ("{{type}}", _rate("amends_ingest_events_total", "type")),
                ),
                graph(
                    "Requests refused",
                    "A second, by reason. our-fault, overloaded and store-away are ours, all others the sender's.",
                    "reqps",
                    ("{{reason}}", _rate("amends_ingest_rejected_total", "reason")),
                ),
                quantiles("Time to answer", "By route.", "amends_ingest_request_duration_seconds", "route"),
                graph(
                    "Events by source",
                    "A second. Sources not configured are counted together as other.",
                    "cps",
                    ("{{source}}", _rate("amends_ingest_source_events_total", "source")),
                ),
                graph(
                    "Since a source was last heard",
                    "Sources not heard since ingest started are not shown.",
                    "s",
                    (
                        "{{source}}",
                        "time() - max by (source) (amends_ingest_source_last_event_timestamp_seconds > 0)",
                    ),
                ),
                graph(
                    "Repeats and strays",
                    "A second: events that a source sent twice, and events that name a moment ahead of our clock.",
                    "cps",
                    ("twice, {{source}}", _rate("amends_ingest_source_repeated_total", "source")),
                    ("ahead of our clock", "sum(rate(amends_ingest_events_ahead_total[$__rate_interval]))"),
                ),
                graph(
                    "In flight",
                    "Requests being handled, and what their bodies hold.",
                    "short",
                    ("requests", "sum(amends_ingest_in_flight_requests)"),
                    ("bytes", "sum(amends_ingest_in_flight_bytes)"),
                ),
                graph(
                    "Breaker towards Kafka",
                    "How many processes of ingest are in each state.",
                    "short",
                    ("{{state}}", "sum by (state) (amends_ingest_breaker_state)"),
                ),
                graph(
                    "Fetches",
                    "What vendors' messages made us fetch: a second, by how it ended.",
                    "cps",
                    ("{{result}}", _rate("amends_ingest_enrichment_fetches_total", "result")),
                ),
            ),
        ),
        Row(
            "Consumers",
            (
                graph(
                    "Behind",
                    "Records not applied yet.",
                    "short",
                    ("{{service}} {{topic}}", "sum by (service, topic) (amends_consumer_lag_records)"),
                ),
                graph(
                    "Applied",
                    "Events a second that were applied for the first time.",
                    "cps",
                    ("{{service}} {{topic}}", _rate("amends_consumer_applied_total", "service", "topic")),
                ),
                graph(
                    "Seen before",
                    "Events a second that came again and were not applied again.",
                    "cps",
                    ("{{service}} {{topic}}", _rate("amends_consumer_duplicates_total", "service", "topic")),
                ),
                graph(
                    "Dead letters",
                    "Records set aside over the last hour, by reason.",
                    "short",
                    (
                        "{{service}} {{topic}} {{reason}}",
                        "sum by (service, topic, reason) (increase(amends_consumer_dead_letters_total[1h]))",
                    ),
                ),
                graph(
                    "Waits for a broker or database",
                    "Over the last hour.",
                    "short",
                    ("{{service}}", "sum by (service) (increase(amends_consumer_retries_total[1h]))"),
                ),
                graph(
                    "Partitions held",
                    "By all processes of a service together; each topic has 6.",
                    "short",
                    ("{{service}} {{topic}}", "sum by (service, topic) (amends_consumer_partitions)"),
                ),
            ),
        ),
        Row(
            "Scoring and the CRM",
            (
                graph(
                    "Until counted",
                    "From an event's arrival until it is counted: the longest of each batch.",
                    "s",
                    *(
                        (f"p{q * 100:.0f}", f"histogram_quantile({q}, sum by (le) (rate({delay}[$__rate_interval])))")
                        for q, delay in ((q, "amends_scoring_apply_delay_seconds_bucket") for q in (0.5, 0.99))
                    ),
                ),
                graph(
                    "Age of the gauges",
                    "Since the numbers were last computed. Above 120 s nobody leads.",
                    "s",
                    ("seconds", "time() - max(amends_scoring_snapshot_timestamp_seconds)"),
                ),
                graph(
                    "Keys left out",
                    "Keys of a dimension without gauges, because SCORING_EXPORT_SERIES is used up.",
                    "short",
                    ("{{tenant}} {{dimension}}", "max by (tenant, dimension) (amends_scoring_left_out_keys)"),
                ),
                graph(
                    "Outbox of scoring",
                    "How long the oldest scorecard or award waits to be published.",
                    "s",
                    ("oldest", "max(amends_scoring_outbox_oldest_seconds)"),
                ),
                graph(
                    "Scorecards and awards",
                    "Events a second that scoring published.",
                    "cps",
                    ("published", "sum(rate(amends_scoring_announcements_total[$__rate_interval]))"),
                ),
                graph(
                    "Awards, praise and digests",
                    "Attempts to deliver over the last hour, by what became of them.",
                    "short",
                    ("{{kind}} {{result}}", "sum by (kind, result) (increase(amends_scoring_messages_total[1h]))"),
                    ("digest {{result}}", "sum by (result) (increase(amends_scoring_digests_total[1h]))"),
                ),
                graph(
                    "CRM backlog",
                    "Customers the CRM is behind on, and those it would not take.",
                    "short",
                    ("behind", "max(amends_crm_pending_pushes)"),
                    ("not taken", "max(amends_crm_parked_pushes)"),
                ),
                graph(
                    "Oldest note the CRM lacks",
                    "Its age.",
                    "s",
                    ("seconds", "max(amends_crm_oldest_pending_seconds)"),
                ),
                graph(
                    "Pushes to the CRM",
                    "A second, by result.",
                    "cps",
                    ("{{result}}", _rate("amends_crm_pushes_total", "result")),
                ),
            ),
        ),
    ),
    (),
)
