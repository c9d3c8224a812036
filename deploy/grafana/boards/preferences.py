"""What customers prefer: found, doubted, decided on; and whether the CRM has it."""

from deploy.grafana.dashboard import Dashboard, Row
from deploy.grafana.health_panels import figure, graph

PREFERENCES = Dashboard(
    "amends-preferences",
    "Amends: preferences and the CRM",
    "What customers say they prefer, what waits for a person, and whether the CRM agrees. All tenants.",
    (
        Row(
            "Now",
            (
                figure(
                    "Wait for a person",
                    "Doubtful notes, and weak hints from what customers do.",
                    "short",
                    ("proposed", "max(amends_preferences_proposed)"),
                    ("hints", "max(amends_preferences_hints)"),
                ),
                figure(
                    "Longest wait",
                    "How long the oldest doubtful note has waited; 0 without one.",
                    "s",
                    ("proposed", "max(amends_preferences_oldest_proposed_age_seconds)"),
                ),
                figure(
                    "CRM backlog",
                    "Customers the CRM is behind on, and those it would not take.",
                    "short",
                    ("behind", "max(amends_crm_pending_pushes)"),
                    ("not taken", "max(amends_crm_parked_pushes)"),
                ),
                figure(
                    "Oldest note the CRM lacks",
                    "How long ago Amends heard of it.",
                    "s",
                    ("age", "max(amends_crm_oldest_pending_seconds)"),
                ),
                figure(
                    "Erasures the CRM owes",
                    "Erased customers whose fields it still holds.",
                    "short",
                    ("customers", "max(amends_crm_pending_erasures)"),
                ),
                figure(
                    "Left alone",
                    "Tenants whose CRM is not called now, by why.",
                    "short",
                    ("{{reason}}", "max by (reason) (amends_crm_paused_tenants)"),
                ),
            ),
        ),
        Row(
            "Preferences",
            (
                graph(
                    "Found",
                    "Preferences found over the last hour, by kind.",
                    "short",
                    ("{{kind}}", "sum by (kind) (increase(amends_preferences_noted_total[1h]))"),
                ),
                graph(
                    "Not kept",
                    "Preferences over the last hour that were found and not kept, by why.",
                    "short",
                    ("{{reason}}", "sum by (reason) (increase(amends_preferences_skipped_total[1h]))"),
                ),
                graph(
                    "Active, by who found them",
                    "stated and structured: in so many words; text: read from a remark; habit: never active by itself.",
                    "short",
                    ("{{extractor}}", 'max by (extractor) (amends_preferences_notes{status="active"})'),
                ),
                graph(
                    "What became of notes",
                    "All notes by their status.",
                    "short",
                    ("{{status}}", "sum by (status) (max by (extractor, status) (amends_preferences_notes))"),
                ),
                graph(
                    "Decisions",
                    "Notes a person has accepted, rejected or retracted. Many rejected: the extractor wants a look.",
                    "short",
                    ("{{decision}}", "max by (decision) (amends_preferences_decided_notes)"),
                ),
                graph(
                    "The topic customer-notes",
                    "Changes that Kafka has not been told of.",
                    "short",
                    ("waiting", "max(amends_preferences_announcements_waiting)"),
                ),
            ),
        ),
        Row(
            "The CRM",
            (
                graph(
                    "Pushes",
                    "Pushes over the last hour, by how they ended.",
                    "short",
                    ("{{result}}", "sum by (result) (increase(amends_crm_pushes_total[1h]))"),
                ),
                graph(
                    "Until the CRM has it",
                    "From a note's arrival at Amends until the CRM holds it.",
                    "s",
                    *(
                        (
                            f"p{share}",
                            f"histogram_quantile({share / 100},"
                            " sum by (le) (rate(amends_crm_write_delay_seconds_bucket[$__rate_interval])))",
                        )
                        for share in (50, 99)
                    ),
                ),
                graph(
                    "Breakers",
                    "CRMs in doubt, by process: open is not called, half open is tried with one customer.",
                    "short",
                    (
                        "{{instance}} {{state}}",
                        'sum by (instance, state) (amends_crm_breakers{state!="closed"})',
                    ),
                ),
                graph(
                    "Walks over all customers",
                    "Of the back-fills and reconciles under way: customers in all, and checked so far.",
                    "short",
                    ("{{purpose}} {{customers}}", "max by (purpose, customers) (amends_crm_sweep_customers)"),
                ),
                graph(
                    "Drift",
                    "Customers over the last hour of whom the CRM had lost what was agreed; it was written again.",
                    "short",
                    ("customers", "sum(increase(amends_crm_drifted_total[1h]))"),
                ),
            ),
        ),
    ),
    (),
)
