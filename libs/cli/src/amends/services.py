"""THE list of services, as the command line knows them: by module name, environment variables and port."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Service:
    """One service that ``python -m <module> serve`` runs.

    Attributes:
        prefix: of its environment variables: ``<prefix>_HOST``, ``<prefix>_PORT``.
        port: what it listens on unless told otherwise.
        migrates: it owns tables: ``python -m <module> migrate``.
        ready: answers 200 once the service does its job.
    """

    name: str
    module: str
    prefix: str
    port: int
    migrates: bool = True
    ready: str = "/readyz"


INGEST = Service("ingest", "ingest", "INGEST", 8080)
SCORING = Service("scoring", "scoring", "SCORING", 8081)
ALERTING = Service("alerting", "alerting", "ALERTING", 8082)
PROFILE_SYNC = Service("profile-sync", "profile_sync", "PROFILE_SYNC", 8083)
DEMO_CRM = Service("demo-crm", "demo_crm", "DEMO_CRM", 8090, migrates=False, ready="/")

SERVICES: tuple[Service, ...] = (INGEST, SCORING, ALERTING, PROFILE_SYNC)
