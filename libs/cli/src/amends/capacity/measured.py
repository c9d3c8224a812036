"""What was measured, by whom it can be measured again, and when. docs/capacity.md says how.

Costs: ``python -m bench.capacity``, 22 November 2026, two runs on a 2-core Xeon that others kept busy (load 9 to 20),
Python 3.11, Kafka 4.3.1, PostgreSQL 18.6; at 25 to 300 events a second, so that little is put together. Those of a
contact are means; those of answers, cases and preferences are rounded by hand from noisy differences. In bulk it is a
third to a quarter of it (docs/bench.md): what this says is on the safe side.
"""

from collections.abc import Mapping
from dataclasses import dataclass

DATE = "2026-11-22"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one event, or of what a case or a preference adds to its answer.

    Attributes:
        rows: of PostgreSQL, inserted, updated or deleted.
        wal, log: bytes of PostgreSQL's write-ahead log, and of Kafka's before replication.
        cpu: microseconds by part.
        facts, inbox, minutes, contacts, years: bytes of tables and indices kept for SCORING_FACTS_DAYS, 14 days,
            9 days, 180 days, and for years: by retention a year and more, two for cases and notes.
    """

    rows: float
    wal: float
    log: float
    cpu: Mapping[str, float]
    facts: float = 0
    inbox: float = 0
    minutes: float = 0
    contacts: float = 0
    years: float = 0


def _cpu(
    ingest: float, scoring: float, alerting: float, profile_sync: float, database: float, broker: float = 250
) -> Mapping[str, float]:
    return {
        "ingest": ingest,
        "scoring": scoring,
        "alerting": alerting,
        "profile-sync": profile_sync,
        "database": database,
        "broker": broker,
    }


CONTACT = Cost(32, 9_600, 700, _cpu(210, 540, 550, 420, 850), 890, 350, 830, contacts=360, years=360)
CORRECTION = Cost(35, 10_600, 680, _cpu(220, 680, 650, 500, 1_220), 350, 275, 1_100, contacts=200, years=225)
ANSWER = Cost(40, 9_400, 500, _cpu(220, 1_080, 1_070, 840, 1_600), 470, 475, 375, years=785)
CASE = Cost(12, 10_200, 740, _cpu(0, 3_600, 6_900, 2_800, 8_600), years=3_900)
PREFERENCE = Cost(13, 5_800, 720, _cpu(0, 1_700, 1_800, 6_900, 5_500), years=2_100)
"""The two last: above what the answer costs."""

AGENT_HOUR, AGENT_DAY = 8_500, 6_100
"""Bytes of sums by hour (kept 100 days) and by day (kept without end) of an agent at work."""

MEMORY_MIB = {"ingest": 91, "scoring": 112, "alerting": 125, "profile-sync": 100}
"""Of a process after 17,000 events, its share of shared pages included. A container is planned with 256 MiB."""

CONNECTIONS = {"ingest": 15, "scoring": 17, "alerting": 25, "profile-sync": 15}
"""A replica opens at most: its pool and 5 more. A test compares them with the services."""

INBOX_DAYS, MINUTE_DAYS, HOUR_DAYS, CONTACT_DAYS, KEPT_DAYS = 14, 9, 100, 180, 730
KAFKA_DAYS = 30
SINGLY_A_MINUTE, VIEWERS, PAGES_A_SECOND, SWEEP_A_SECOND = 20, 1_000, 50, 50
"""Of one destination; of one replica's desk; that its viewers together ask again for; of a walk over the CRM."""
