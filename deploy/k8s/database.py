"""A role and a schema for each service, and one that reads them all: a new database's SQL, and the roles for cnpg."""

from collections.abc import Iterator
from typing import Any

from deploy.k8s.manifest import Manifest, manifest

from amends.database_roles import role_of, statements
from amends.services import SERVICES

DATABASE = "amends"
DOCTOR = "doctor"
READS_ALL = "pg_read_all_data"
WATCHES = "pg_monitor"
_BEGIN = """\
-- Written by python -m deploy.k8s from amends.services: do not edit.
-- What a new database begins with, run in it by a superuser; again does no harm. A role and a schema for each service:
-- a role owns its schema, sees into no other, makes none, and may use neither `public` nor temporary tables.
-- `doctor` reads all of them and writes nothing. `pg_monitor`, CloudNativePG's eyes, may connect and sees no row.
-- Roles have no password here: whoever runs the database says how they prove who they are.
"""


def schemas_sql(database: str = DATABASE) -> str:
    return _BEGIN + "".join(f"{statement};\n" for statement in (*statements(database), *_doctor(database)))


def _doctor(database: str) -> Iterator[str]:
    missing = f"SELECT FROM pg_roles WHERE rolname = '{DOCTOR}'"
    yield f'DO $$ BEGIN IF NOT EXISTS ({missing}) THEN CREATE ROLE "{DOCTOR}" LOGIN; END IF; END $$'
    yield f'GRANT CONNECT ON DATABASE "{database}" TO "{DOCTOR}", {WATCHES}'
    yield f'GRANT {READS_ALL} TO "{DOCTOR}"'


def roles() -> list[Manifest]:
    """cnpg makes each a certificate, in the Secret ``amends-db-<service>-client-cert``."""
    services = [_role(service.name, role_of(service)) for service in SERVICES]
    return [*services, _role(DOCTOR, DOCTOR, inRoles=[READS_ALL])]


def _role(whose: str, name: str, **also: Any) -> Manifest:
    spec = {
        "cluster": {"name": "amends-db"},
        "name": name,
        "login": True,
        **also,
        "clientCertificate": {"enabled": True},
        "databaseRoleReclaimPolicy": "retain",
    }
    return manifest("postgresql.cnpg.io/v1", "DatabaseRole", f"amends-db-{whose}", spec)
