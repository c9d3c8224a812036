"""A role and a schema for each service: the SQL that a new database begins with, and the roles as cnpg keeps them."""

from deploy.k8s.manifest import Manifest, manifest

from amends.local.roles import role_of, statements
from amends.services import SERVICES

DATABASE = "amends"
_BEGIN = """\
-- Written by python -m deploy.k8s from amends.services: do not edit.
-- What a new database begins with, run in it by a superuser; again does no harm. A role and a schema for each service:
-- a role owns its schema, sees into no other, makes none, and may use neither `public` nor temporary tables.
-- Roles have no password here: whoever runs the database says how they prove who they are.
"""


def schemas_sql(database: str = DATABASE) -> str:
    return _BEGIN + "".join(f"{statement};\n" for statement in statements(database))


def roles() -> list[Manifest]:
    """cnpg makes each a certificate, in the Secret ``amends-db-<service>-client-cert``."""
    return [
        manifest(
            "postgresql.cnpg.io/v1",
            "DatabaseRole",
            f"amends-db-{service.name}",
            {
                "cluster": {"name": "amends-db"},
                "name": role_of(service),
                "login": True,
                "clientCertificate": {"enabled": True},
                "databaseRoleReclaimPolicy": "retain",
            },
        )
        for service in SERVICES
    ]
