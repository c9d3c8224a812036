"""The doctor in the cluster: it reaches and may read what it looks at, by whichever components there are."""

import os
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from amends.doctor.checks import secret_files
from amends.doctor.given import Given, gather
from amends.services import SERVICES
from support.kubernetes_pods import Container, containers, environment, laid_out, mounted, pods
from support.kustomize import DEPLOY, Document, named, of_kind, render
from support.network_policies import End, end, reaches
from support.secret_keys import documented

PAGE = (DEPLOY.parent / "docs/doctor.md").read_text()
KAFKA, POSTGRESQL = End("amends", {"strimzi.io/cluster": "amends"}), End("amends", {"cnpg.io/cluster": "amends-db"})
SAMPLES = {"DATABASE_URL": "postgresql://doctor:hush@db/amends", "KAFKA_USERNAME": "doctor", "keys.yaml": "keys: []"}


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return render("doctor", "strimzi", "cnpg", overlay="prod")


def _container(documents: list[Document]) -> Container:
    [found] = [each for each in containers(documents) if each.verb == "doctor"]
    return found


def _given(documents: list[Document], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """What the command finds in the pod."""
    container = _container(documents)
    for name in [name for name in os.environ if name.startswith(("KAFKA_", "DATABASE_", "SECRETS_", "API_KEYS_"))]:
        monkeypatch.delenv(name)
    secrets = {name: SAMPLES.get(name, "hush") for files in mounted(container, documents).values() for name in files}
    for name, value in laid_out(container, documents, folder, secrets).items():
        monkeypatch.setenv(name, value)
    options = container.spec["command"][4:]
    assert {each.partition("=")[0] for each in options} == {"--service"}
    return gather([], [each.partition("=")[2] for each in options], None)


@pytest.mark.parametrize("before", [("strimzi", "cnpg"), ("cnpg",), ("strimzi",)], ids="+".join)
def test_components_may_be_listed_in_any_order(before: tuple[str, ...]) -> None:
    after = [name for name in ("strimzi", "cnpg") if name not in before]
    found, wanted = (render(*names) for names in ((*before, "doctor", *after), ("doctor", *before, *after)))
    assert _container(found) == _container(wanted)
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))


def test_it_runs_each_day_once_and_a_job_that_failed_is_not_repeated(documents: list[Document]) -> None:
    spec = named(documents, "CronJob", "doctor")["spec"]
    assert re.fullmatch(r"\d+ \d+ \* \* \*", spec["schedule"])
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_its_image_is_the_command_line_of_this_version(documents: list[Document]) -> None:
    version = tomllib.loads((DEPLOY.parent / "libs/cli/pyproject.toml").read_text())["project"]["version"]
    assert _container(render("doctor")).spec["image"] == f"amends/cli:{version}"
    assert _container(documents).spec["image"] == f"registry.example/amends/cli:{version}"


def test_it_gets_in_by_what_the_operators_make(
    documents: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _given(documents, tmp_path, monkeypatch)
    assert given.access.username == named(documents, "KafkaUser", "doctor")["metadata"]["name"]
    assert given.access.servers == named(documents, "ConfigMap", "amends")["data"]["KAFKA_BOOTSTRAP_SERVERS"]
    [(url, services)] = given.databases.different.items()
    role = named(documents, "DatabaseRole", "amends-db-doctor")["spec"]
    assert (urlsplit(url).username, services) == (role["name"], list(SERVICES))
    assert (role["inRoles"], role["clientCertificate"]) == (["pg_read_all_data"], {"enabled": True})
    of_a_service = named(documents, "ConfigMap", "amends-db")["data"]["ingest"]
    assert url == of_a_service.replace("ingest@", "doctor@")
    for name in ("PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "KAFKA_CA_FILE"):
        assert Path(os.environ[name]).is_file()
    prefix = of_kind(documents, "Kafka")[0]["spec"]["entityOperator"]["userOperator"]["secretPrefix"]
    secrets = {each["secret"]["name"] for each in _container(documents).pod.spec["volumes"][0]["projected"]["sources"]}
    made = {f"{prefix}doctor", "amends-cluster-ca-cert", "amends-db-doctor-client-cert", "amends-db-ca"}
    assert secrets == {"doctor"} | made


def test_without_them_it_gets_in_by_its_own_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert documented()["doctor"]
    given = _given(render("doctor"), tmp_path, monkeypatch)
    assert (given.access.servers, given.access.username) == ("kafka:9092", "doctor")
    assert given.databases.different == {SAMPLES["DATABASE_URL"]: list(SERVICES)}


def test_it_asks_every_service_by_its_name_and_reads_the_keys_and_no_file_is_strange(
    documents: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = _given(documents, tmp_path, monkeypatch)
    assert given.told == set(SERVICES)
    assert given.urls == {service: f"http://{service.name}:{service.port}" for service in SERVICES}
    assert given.api_keys is not None
    assert given.api_keys.is_file()
    assert secret_files.unread(given.store) == []


def test_it_starts_with_whatever_is_there(documents: list[Document]) -> None:
    """What is missing it says; a Secret that it waits for would hide all the rest."""
    spec = _container(documents)
    assert all(each["secret"]["optional"] for each in spec.pod.spec["volumes"][0]["projected"]["sources"])
    alone = environment(_container(render("doctor")), render("doctor"))
    assert alone.keys() == {"KAFKA_BOOTSTRAP_SERVERS", "SECRETS_DIR", "API_KEYS_FILE"}


def test_policies_let_it_reach_what_it_looks_at_and_nothing_else() -> None:
    shut = render("doctor", "network-policies", overlay="prod")
    ends = {pod.labels["app.kubernetes.io/name"]: end(pod) for pod in pods(shut)}
    own = ends.pop("doctor")
    for target, port in ((KAFKA, 9093), (POSTGRESQL, 5432), (End(address="10.1.2.3"), 9092)):
        assert reaches(shut, own, target, port)
    assert reaches(shut, own, End("kube-system", {"k8s-app": "kube-dns"}), 53, "UDP")
    for service in SERVICES:
        assert reaches(shut, own, ends[service.name], service.port)
        assert not reaches(shut, own, ends[service.name], service.port + 1)
        assert not reaches(shut, ends[service.name], own, service.port)
    for address in ("93.184.216.34", "169.254.169.254"):
        assert not any(reaches(shut, own, End(address=address), port) for port in (80, 443, 587))
    assert not reaches(shut, own, End("elsewhere", {}), 4318)


def test_its_secret_may_come_from_a_store() -> None:
    documents = render("doctor", "external-secrets", "external-secrets/doctor")
    made = {each["metadata"]["name"]: each["spec"] for each in of_kind(documents, "ExternalSecret")}
    assert made["doctor"] == {**made["scoring"], "dataFrom": [{"extract": {"key": "amends/doctor"}}]}
    assert "doctor" not in {each["metadata"]["name"] for each in of_kind(render("external-secrets"), "ExternalSecret")}


def test_the_page_names_what_is_there(documents: list[Document]) -> None:
    assert named(documents, "CronJob", "doctor")
    assert "create job --from=cronjob/doctor doctor-now" in PAGE
    assert 'kube_cronjob_status_last_successful_time{namespace="amends",cronjob="doctor"}' in PAGE
