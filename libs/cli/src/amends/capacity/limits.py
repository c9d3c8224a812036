"""Which limit binds first, and what to do about it."""

from dataclasses import dataclass

from amends.capacity.assumptions import Assumptions
from amends.capacity.measured import PAGES_A_SECOND, SINGLY_A_MINUTE, SWEEP_A_SECOND, VIEWERS
from amends.capacity.needs import READERS, Needs
from events.topics import PARTITIONS

LONGEST_STALE_SECONDS = 10
"""A page of the desk that is older than that is no live page."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``used``: 1 is all of it. ``then``: what to do beyond."""

    name: str
    used: float
    then: str


def limits(need: Needs, of: Assumptions) -> list[Limit]:
    """The most used first."""
    consumers = Limit(
        "consumers",
        max(need.cores[name] for name in READERS) / (PARTITIONS * of.busy),
        "more partitions (docs/scaling.md), all topics at once",
    )
    found = [consumers, *_people(need, of), *_database(need, of), *_crm(need, of)]
    return sorted(found, key=lambda limit: -limit.used)


def _people(need: Needs, of: Assumptions) -> list[Limit]:
    watching = need.specialists / max(2, need.replicas["alerting"])
    return [
        Limit(
            "pages in a room",
            need.cases_a_minute / (SINGLY_A_MINUTE * of.rooms),
            "beyond it cases are told in bundles: more rooms by team (channels, policies), or stricter rules",
        ),
        Limit(
            "desk",
            max(watching / VIEWERS, watching / PAGES_A_SECOND / LONGEST_STALE_SECONDS),
            "more replicas of alerting: each serves its own viewers",
        ),
    ]


def _database(need: Needs, of: Assumptions) -> list[Limit]:
    return [
        Limit("database, CPU", need.cores["database"] / (of.database_cores * of.busy), "a database for each service"),
        Limit(
            "database, storage",
            sum(need.stored.values()) / (of.database_tb * 1e12),
            "a database for each service, fewer SCORING_FACTS_DAYS, then one for each tenant",
        ),
        Limit("database, WAL", need.wal / (of.wal_mb * 1e6), "faster disks for WAL; a database for each service"),
        Limit(
            "database, connections",
            need.connections / of.max_connections,
            "raise max_connections, or a database for each service; no pooler by transaction",
        ),
    ]


def _crm(need: Needs, of: Assumptions) -> list[Limit]:
    return [
        Limit(
            "CRM, notes", need.crm_calls / of.crm_calls, "ask the CRM for more; notes wait meanwhile, and none is lost"
        ),
        Limit(
            "CRM, reconcile",
            need.crm_reconcile / min(of.crm_calls, SWEEP_A_SECOND),
            "raise PROFILE_SYNC_RECONCILE_HOURS",
        ),
    ]
