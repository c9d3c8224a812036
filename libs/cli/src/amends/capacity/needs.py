"""What so many agents need, by arithmetic alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from amends.capacity.assumptions import Assumptions
from amends.capacity.measured import (
    AGENT_DAY,
    AGENT_HOUR,
    ANSWER,
    CASE,
    CONNECTIONS,
    CONTACT,
    CONTACT_DAYS,
    CORRECTION,
    HOUR_DAYS,
    INBOX_DAYS,
    KAFKA_DAYS,
    KEPT_DAYS,
    MINUTE_DAYS,
    PREFERENCE,
    Cost,
)
from events.topics import PARTITIONS

READERS = ("scoring", "alerting", "profile-sync")
SURVEY_SENT = Cost(8, 3_000, 450, {name: cpu / 2 for name, cpu in ANSWER.cpu.items()}, 200, 350, 100)
"""Estimated, not measured: a survey that was sent is kept as half an answer."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Of ``agents``. Rates are a second in the busiest minute, unless they say a day; sizes are bytes.

    Attributes:
        cores: by part, when all of a core is used.
        replicas: of each service, at least two; of a consumer at most one a partition is of use.
        stored: in PostgreSQL, by what it is.
        specialists: people who work on cases for 6 hours a day each.
    """

    agents: int
    events: float
    events_a_day: float
    cases_a_day: float
    cases_a_minute: float
    specialists: float
    rows: float
    wal: float
    wal_a_day: float
    log: float
    kafka_disk: float
    stored: Mapping[str, float]
    cores: Mapping[str, float]
    replicas: Mapping[str, int]
    connections: int
    crm_calls: float
    crm_reconcile: float


def needs(agents: int, of: Assumptions) -> Needs:
    contacts_a_day = agents * of.contacts
    shares = _shares(of)
    a_day = {cost: contacts_a_day * share for cost, share in shares.items()}
    factor = of.busy_hour * of.peak / 3600
    events = sum(share for name, share in shares.items() if name in _EVENTS) * contacts_a_day

    def sum_of(what: str) -> float:
        return float(sum(getattr(_COSTS[name], what) * count for name, count in a_day.items()))

    cores = {
        part: sum(_COSTS[name].cpu[part] * count for name, count in a_day.items()) * factor / 1e6
        for part in CONTACT.cpu
    }
    replicas = {part: max(2, math.ceil(used / of.busy)) for part, used in cores.items() if part in CONNECTIONS}
    counted = {part: min(count, PARTITIONS) if part in READERS else count for part, count in replicas.items()}
    stored = {
        "facts of scoring": sum_of("facts") * of.facts_days,
        "inboxes": sum_of("inbox") * INBOX_DAYS,
        "sums by minute": sum_of("minutes") * MINUTE_DAYS,
        "sums by hour": agents * of.hours * AGENT_HOUR * HOUR_DAYS,
        "sums by day": agents * AGENT_DAY * of.years * 365,
        "contacts of profile-sync": sum_of("contacts") * CONTACT_DAYS,
        "alerting and preferences": sum_of("years") * min(of.years * 365, KEPT_DAYS),
    }
    customers = agents * of.crm_customers
    return Needs(
        agents,
        events * factor,
        events,
        a_day["case"],
        a_day["case"] * factor * 60,
        a_day["case"] * of.case_minutes / 60 / 6,
        sum_of("rows") * factor,
        sum_of("wal") * factor,
        sum_of("wal"),
        sum_of("log") * factor,
        sum_of("log") * KAFKA_DAYS * of.replication,
        stored,
        cores,
        replicas,
        sum(CONNECTIONS[part] * count for part, count in counted.items()),
        2 * a_day["preference"] * factor,
        customers / (of.reconcile_hours * 3600 / 2),
    )


_COSTS = {
    "contact": CONTACT,
    "correction": CORRECTION,
    "survey sent": SURVEY_SENT,
    "answer": ANSWER,
    "case": CASE,
    "preference": PREFERENCE,
}
_EVENTS = ("contact", "correction", "survey sent", "answer")


def _shares(of: Assumptions) -> dict[str, float]:
    """For each contact."""
    return {
        "contact": 1.0,
        "correction": of.reports - 1,
        "survey sent": of.surveyed,
        "answer": of.answered,
        "case": of.answered * of.terrible,
        "preference": of.answered * of.preferring,
    }
