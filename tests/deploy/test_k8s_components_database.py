"""PostgreSQL in the cluster: each service gets into its own schema, by its own certificate, and into no other."""

import re
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from deploy.k8s.database import DATABASE, DOCTOR, WATCHES, schemas_sql

from alerting.main import CONNECTIONS as ALERTING
from amends.services import SERVICES
from ingest.main import CONNECTIONS as INGEST
from profile_sync.main import CONNECTIONS as PROFILE_SYNC
from scoring.app import CONNECTIONS as SCORING
from support.kubernetes_pods import containers, environment, mounted, settings_of
from support.kustomize import Document, named, of_kind, render

OVERFLOW = 5  # of events.runtime.database.create_engine
REBUILD = 5
OF_THE_OPERATOR = 30
HANDSHAKE = {"PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY"}
"""Which asyncpg reads by itself, as libpq does."""


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return render("cnpg", "cnpg/backup", "keda")


def _sources(volume: Document) -> list[Document]:
    found: list[Document] = volume["projected"]["sources"]
    return found


def test_every_program_that_asks_the_database_finds_it_and_proves_who_it_is(documents: list[Document]) -> None:
    seen = set()
    for container in containers(documents):
        if container.module == "amends":  # makes topics
            continue
        given = environment(container, documents)
        files = mounted(container, documents)[given["SECRETS_DIR"]]
        assert given.keys() >= HANDSHAKE
        assert {given[name].removeprefix(f"{given['SECRETS_DIR']}/") for name in HANDSHAKE} <= files.keys()
        assert "database_url" in settings_of(container).model_fields
        seen.add((container.module, container.verb))
    assert seen == {(service.module, verb) for service in SERVICES for verb in ("serve", "wait", "migrate")}


def test_a_volume_of_a_service_holds_its_own_certificate_and_address_and_nobody_elses(
    documents: list[Document],
) -> None:
    addresses = named(documents, "ConfigMap", "amends-db")["data"]
    roles = {each["metadata"]["name"]: each["spec"]["name"] for each in of_kind(documents, "DatabaseRole")}
    for container in containers(documents):
        if container.module == "amends":
            continue
        service = container.module.replace("_", "-")
        mount = next(m["name"] for m in container.spec["volumeMounts"] if m["mountPath"] == "/run/secrets/amends")
        [volume] = [each for each in container.pod.spec["volumes"] if each["name"] == mount]
        own, address, certificate, authority = _sources(volume)
        assert own["secret"] == {"name": service, "optional": True}
        assert address["configMap"]["items"] == [{"key": service, "path": "DATABASE_URL"}]
        assert certificate["secret"]["name"] == f"amends-db-{service}-client-cert"
        assert roles[f"amends-db-{service}"] == urlsplit(addresses[service]).username == container.module
        assert authority["secret"]["name"] == "amends-db-ca"
        assert [item["key"] for item in authority["secret"]["items"]] == ["ca.crt"]  # beside it lies the key


def test_the_address_is_the_clusters_and_is_checked(documents: list[Document]) -> None:
    [cluster] = of_kind(documents, "Cluster")
    for address in named(documents, "ConfigMap", "amends-db")["data"].values():
        parts = urlsplit(address)
        assert (parts.hostname, parts.path) == (f"{cluster['metadata']['name']}-rw", f"/{DATABASE}")
        assert parse_qs(parts.query) == {"sslmode": ["verify-full"]}
        assert parts.password is None
    assert cluster["spec"]["bootstrap"]["initdb"]["database"] == DATABASE


def test_nobody_gets_in_without_a_certificate(documents: list[Document]) -> None:
    [cluster] = of_kind(documents, "Cluster")
    roles = ",".join([*(service.module for service in SERVICES), DOCTOR])
    assert cluster["spec"]["postgresql"]["pg_hba"] == [
        f"hostssl {DATABASE} {roles} all cert",
        "host all all all reject",  # the operator's last line would take a password in the database `postgres`
    ]


def test_there_are_connections_for_all_that_may_run_at_once(documents: list[Document]) -> None:
    each = {"ingest": INGEST, "scoring": SCORING + REBUILD, "alerting": ALERTING, "profile-sync": PROFILE_SYNC}
    most = {item["spec"]["scaleTargetRef"]["name"]: item["spec"] for item in of_kind(documents, "ScaledObject")}
    most |= {item["metadata"]["name"]: item["spec"] for item in of_kind(documents, "HorizontalPodAutoscaler")}
    replicas = {name: spec.get("maxReplicaCount", spec.get("maxReplicas")) + 1 for name, spec in most.items()}
    needed = sum(replicas[name] * (connections + OVERFLOW) for name, connections in each.items()) + OF_THE_OPERATOR
    needed += 1 + OVERFLOW  # the doctor's
    [cluster] = of_kind(documents, "Cluster")
    assert needed <= int(cluster["spec"]["postgresql"]["parameters"]["max_connections"]), needed


def test_a_standby_that_is_away_leaves_room_for_writing(documents: list[Document]) -> None:
    [cluster] = of_kind(documents, "Cluster")
    kept = cluster["spec"]["postgresql"]["parameters"]["max_slot_wal_keep_size"]
    assert 0 < int(kept.removesuffix("GB")) <= int(cluster["spec"]["walStorage"]["size"].removesuffix("Gi")) / 2


def test_a_primary_that_has_to_go_does_not_wait_for_pools_that_never_leave(documents: list[Document]) -> None:
    [cluster] = of_kind(documents, "Cluster")
    assert cluster["spec"]["smartShutdownTimeout"] == 0


def test_the_cluster_begins_with_the_schemas_and_keeps_the_roles(documents: list[Document]) -> None:
    [cluster] = of_kind(documents, "Cluster")
    [begun] = cluster["spec"]["bootstrap"]["initdb"]["postInitApplicationSQLRefs"]["configMapRefs"]
    assert named(documents, "ConfigMap", begun["name"])["data"][begun["key"]] == schemas_sql()
    for role in of_kind(documents, "DatabaseRole"):
        assert role["spec"]["cluster"]["name"] == cluster["metadata"]["name"]
        assert role["spec"]["clientCertificate"] == {"enabled": True}


def test_backups_go_where_the_archive_goes(documents: list[Document]) -> None:
    [cluster], [backup] = of_kind(documents, "Cluster"), of_kind(documents, "ScheduledBackup")
    [plugin], [store] = cluster["spec"]["plugins"], of_kind(documents, "ObjectStore")
    assert plugin["parameters"] == {"barmanObjectName": store["metadata"]["name"]}
    assert plugin["name"] == backup["spec"]["pluginConfiguration"]["name"]
    assert backup["spec"]["cluster"]["name"] == cluster["metadata"]["name"]


@pytest.fixture
async def begun(database_url: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A database that began with schemas.sql, and what the roles' names end with: roles are those of a whole server."""
    name = urlsplit(database_url).path.strip("/")
    suffix = "_" + name[-6:]
    roles = [*(service.module for service in SERVICES), DOCTOR]
    admin = await asyncpg.connect(database_url)
    try:
        await admin.execute(re.sub(rf"\b({'|'.join(roles)})\b", rf"\1{suffix}", schemas_sql(name)))
        yield admin, suffix
    finally:
        await admin.execute("RESET SESSION AUTHORIZATION")
        for role in roles:
            await admin.execute(f"DROP OWNED BY {role}{suffix} CASCADE; DROP ROLE {role}{suffix}")
        await admin.close()


async def test_a_role_works_in_its_schema_and_sees_into_no_other(begun: tuple[asyncpg.Connection, str]) -> None:
    admin, suffix = begun
    for service in SERVICES:
        await admin.execute(f"CREATE TABLE {service.module}{suffix}.kept (name text)")
    for service in SERVICES:
        own = service.module + suffix
        await admin.execute(f"SET SESSION AUTHORIZATION {own}")
        await admin.execute(f"CREATE TABLE {own}.works_with (revision text); INSERT INTO {own}.works_with VALUES ('1')")
        refused = [f"SELECT * FROM {other.module}{suffix}.kept" for other in SERVICES if other != service]
        refused += [f"CREATE TABLE {other.module}{suffix}.mine ()" for other in SERVICES if other != service]
        refused += ["CREATE SCHEMA mine", "CREATE TABLE public.mine ()", "CREATE TEMPORARY TABLE mine ()"]
        for statement in refused:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await admin.execute(statement)
        await admin.execute("RESET SESSION AUTHORIZATION")


async def test_the_doctor_reads_all_of_them_and_writes_nothing(begun: tuple[asyncpg.Connection, str]) -> None:
    admin, suffix = begun
    for service in SERVICES:
        await admin.execute(f"SET SESSION AUTHORIZATION {service.module}{suffix}")
        await admin.execute(f"CREATE TABLE {service.module}{suffix}.kept AS SELECT 'x' AS name")
        await admin.execute("RESET SESSION AUTHORIZATION")
    await admin.execute(f"SET SESSION AUTHORIZATION {DOCTOR}{suffix}")
    assert await admin.fetchval("SELECT has_database_privilege(current_database(), 'CONNECT')")
    for service in SERVICES:
        own = service.module + suffix
        assert await admin.fetchval(f"SELECT name FROM {own}.kept") == "x"
        for refused in (f"DELETE FROM {own}.kept", f"CREATE TABLE {own}.mine ()", "CREATE TEMPORARY TABLE mine ()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await admin.execute(refused)


async def test_nobody_else_may_so_much_as_connect(begun: tuple[asyncpg.Connection, str]) -> None:
    admin, suffix = begun
    public = await admin.fetchval("SELECT datacl::text FROM pg_database WHERE datname = current_database()")
    assert not re.search(r"[{,]=", public)  # a grantee without a name is PUBLIC
    for service in SERVICES:
        role = service.module + suffix
        assert await admin.fetchval("SELECT has_database_privilege($1, current_database(), 'CONNECT')", role)
        assert not await admin.fetchval("SELECT has_database_privilege($1, current_database(), 'TEMPORARY')", role)


async def test_the_operators_metrics_may_connect_and_see_no_row(begun: tuple[asyncpg.Connection, str]) -> None:
    admin, suffix = begun
    await admin.execute(f"CREATE TABLE ingest{suffix}.kept (name text)")
    await admin.execute(f"SET ROLE {WATCHES}")  # cnpg_metrics_exporter, of CloudNativePG 1.30 and newer, is in it
    assert await admin.fetchval("SELECT has_database_privilege(current_database(), 'CONNECT')")
    for refused in (f"SELECT * FROM ingest{suffix}.kept", "CREATE TEMPORARY TABLE mine ()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await admin.execute(refused)
