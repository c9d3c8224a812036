"""PostgreSQL's side of the services: for each a role that owns its schema and sees no other. Pure: SQL as text."""

from collections.abc import Iterable, Iterator

from amends.services import SERVICES, Service


def role_of(service: Service) -> str:
    """Also the name of its schema."""
    return service.module


def statements(database: str, services: Iterable[Service] = SERVICES) -> Iterator[str]:
    """To be run by an owner of ``database``, in it; again does no harm. The roles have no password yet.

    Nobody else may connect, and none of them may make anything outside its schema: not even another schema.
    """
    names = [role_of(service) for service in services if service.migrates]
    yield f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC'
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    for name in names:
        missing = f"SELECT FROM pg_roles WHERE rolname = '{name}'"
        yield f'DO $$ BEGIN IF NOT EXISTS ({missing}) THEN CREATE ROLE "{name}" LOGIN; END IF; END $$'
        yield f'GRANT CONNECT ON DATABASE "{database}" TO "{name}"'
        yield f'GRANT "{name}" TO CURRENT_USER'
        yield f'CREATE SCHEMA IF NOT EXISTS "{name}" AUTHORIZATION "{name}"'
