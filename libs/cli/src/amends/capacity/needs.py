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
    day = _day(agents * of.contacts, of)
    factor = of.busy_hour * of.peak / 3600
    cores = {part: day.cpu(part) * factor / 1e6 for part in CONTACT.cpu}
    replicas = {part: max(2, math.ceil(used / of.busy)) for part, used in cores.items() if part in CONNECTIONS}
    counted = {part: min(count, PARTITIONS) if part in READERS else count for part, count in replicas.items()}
    return Needs(
        agents=agents,
        events=day.events * factor,
        events_a_day=day.events,
        cases_a_day=day.counts["case"],
        cases_a_minute=day.counts["case"] * factor * 60,
        specialists=day.counts["case"] * of.case_minutes / 60 / 6,
        rows=day.sum_of("rows") * factor,
        wal=day.sum_of("wal") * factor,
        wal_a_day=day.sum_of("wal"),
        log=day.sum_of("log") * factor,
        kafka_disk=day.sum_of("log") * KAFKA_DAYS * of.replication,
        stored=_stored(agents, day, of),
        cores=cores,
        replicas=replicas,
        connections=sum(CONNECTIONS[part] * count for part, count in counted.items()),
        crm_calls=2 * day.counts["preference"] * factor,
        crm_reconcile=agents * of.crm_customers / (of.reconcile_hours * 3600 / 2),
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """How often each thing that costs something happens in a day."""

    counts: Mapping[str, float]

    @property
    def events(self) -> float:
        return sum(self.counts[name] for name in _EVENTS)

    def sum_of(self, what: str) -> float:
        """``what``: a field of Cost."""
        return float(sum(getattr(_COSTS[name], what) * count for name, count in self.counts.items()))

    def cpu(self, part: str) -> float:
        """Microseconds."""
        return sum(_COSTS[name].cpu[part] * count for name, count in self.counts.items())


def _day(contacts: float, of: Assumptions) -> _Day:
    shares = {
        "contact": 1.0,
        "correction": of.reports - 1,
        "survey sent": of.surveyed,
        "answer": of.answered,
        "case": of.answered * of.terrible,
        "preference": of.answered * of.preferring,
    }
    return _Day({name: contacts * share for name, share in shares.items()})


def _stored(agents: int, day: _Day, of: Assumptions) -> dict[str, float]:
    return {
        "facts of scoring": day.sum_of("facts") * of.facts_days,
        "inboxes": day.sum_of("inbox") * INBOX_DAYS,
        "sums by minute": day.sum_of("minutes") * MINUTE_DAYS,
        "sums by hour": agents * of.hours * AGENT_HOUR * HOUR_DAYS,
        "sums by day": agents * AGENT_DAY * of.years * 365,
        "contacts of profile-sync": day.sum_of("contacts") * CONTACT_DAYS,
        "alerting and preferences": day.sum_of("years") * min(of.years * 365, KEPT_DAYS),
    }


_COSTS = {
    "contact": CONTACT,
    "correction": CORRECTION,
    "survey sent": SURVEY_SENT,
    "answer": ANSWER,
    "case": CASE,
    "preference": PREFERENCE,
}
_EVENTS = ("contact", "correction", "survey sent", "answer")
