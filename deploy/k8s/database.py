"""A role and a schema for each service: the SQL that a new database begins with, and the roles as cnpg keeps them."""

from deploy.k8s.manifest import Manifest, manifest

from amends.services import SERVICES

DATABASE = "amends"
_BEGIN = """\
-- Written by python -m deploy.k8s from amends.services: do not edit.
-- What a new database begins with, run once in it by a superuser: one role and one schema for each service. A role owns
-- its schema and sees into no other, makes none, and may use neither `public` nor temporary tables. Roles have no
-- password here: whoever runs the database says how they prove who they are.
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
"""
_EACH = """
CREATE ROLE {name} LOGIN;
GRANT CONNECT ON DATABASE {database} TO {name};
CREATE SCHEMA {name} AUTHORIZATION {name};
"""


def schemas_sql(database: str = DATABASE) -> str:
    return _BEGIN.format(database=database) + "".join(
        _EACH.format(name=service.module, database=database) for service in SERVICES
    )


def roles() -> list[Manifest]:
    """cnpg makes each a certificate, in the Secret ``amends-db-<service>-client-cert``."""
    return [
        manifest(
            "postgresql.cnpg.io/v1",
            "DatabaseRole",
            f"amends-db-{service.name}",
            {
                "cluster": {"name": "amends-db"},
                "name": service.module,
                "login": True,
                "clientCertificate": {"enabled": True},
                "databaseRoleReclaimPolicy": "retain",
            },
        )
        for service in SERVICES
    ]
