"""What stands in deploy/k8s and what stands in the code are the same."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic_settings import BaseSettings

from amends.services import SERVICES
from events.runtime import ops
from events.runtime.configuration import load_settings, variables
from events.runtime.kafka.client import STOP_SECONDS
from events.runtime.service import DRAIN_SECONDS
from ingest.sources.load import load
from support.kubernetes_pods import SETTINGS, Container, containers, laid_out, pods, probes, settings_of
from support.kustomize import COMPONENTS, DEPLOY, OVERLAYS, Document, named, of_kind, render
from support.secret_keys import documented

MEMBERS = (*DEPLOY.parent.glob("services/*/pyproject.toml"), DEPLOY.parent / "libs/cli/pyproject.toml")
ROUTES = {route.path for route in ops.router(CollectorRegistry(), lambda: None).routes}  # type: ignore[arg-type]
SAMPLES = {
    "DATABASE_URL": "postgresql://amends@db/amends",
    "SCORING_BOARD_PASSPHRASE": "long enough",
    "ALERTING_DESK_PASSPHRASE": "long enough",
    "ALERTING_WEBHOOK_URL": "https://hooks.example/amends",
    "ALERTING_WEBHOOK_SECRET": "whsec_" + "QUFB" * 8,
    "ALERTING_APPRISE_URLS": "json://localhost",
    "keys.yaml": "keys: []",
}
"""Of what a Secret holds; of every other key any word will do."""


class _Samples(dict[str, str]):
    def __missing__(self, _: str) -> str:
        return "hush"


@pytest.fixture(scope="module")
def base() -> list[Document]:
    return render()


def test_every_service_is_there_and_listens_where_the_code_does(base: list[Document]) -> None:
    served = {each.pod.owner: each for each in containers(base) if each.verb == "serve"}
    assert served.keys() == {service.name for service in SERVICES}
    for service in SERVICES:
        container = served[service.name]
        assert container.module == service.module
        assert container.spec["ports"] == [{"name": "http", "containerPort": service.port}]
        [port] = named(base, "Service", service.name)["spec"]["ports"]
        assert port == {"name": "http", "port": service.port, "targetPort": "http"}


def test_every_service_waits_for_its_migration_and_has_one(base: list[Document]) -> None:
    ran = {(each.pod.kind, each.module, each.verb) for each in containers(base)}
    for service in SERVICES:
        assert ("Deployment", service.module, "wait") in ran
        assert (("Job", service.module, "migrate") in ran) == service.migrates


def test_probes_ask_what_every_service_answers(base: list[Document]) -> None:
    assert {path for _, path in probes(base)} <= ROUTES
    assert {path for name, path in probes(base) if "readiness" in name} == {"/readyz"}
    assert {path for name, path in probes(base) if "readiness" not in name} == {"/livez"}
    assert len(probes(base)) == 3 * len(SERVICES)


def test_a_pod_has_more_time_to_end_than_it_needs(base: list[Document]) -> None:
    for container in containers(base):
        if container.verb == "serve":
            slept = container.spec["lifecycle"]["preStop"]["sleep"]["seconds"]
            needed = slept + DRAIN_SECONDS + 2 * STOP_SECONDS  # the consumer, then the publisher
            assert container.pod.spec["terminationGracePeriodSeconds"] >= needed + 10


def test_images_and_jobs_carry_the_version_of_the_code(base: list[Document]) -> None:
    [version] = {tomllib.loads(member.read_text())["project"]["version"] for member in MEMBERS}
    for container in containers(base):
        owner = container.module.replace("_", "-").replace("amends", "cli")
        assert container.spec["image"] == f"amends/{owner}:{version}"
    dashed = version.replace(".", "-")  # pods are named after Jobs, and a name with dots surprises a cluster's DNS
    assert {each["metadata"]["name"] for each in of_kind(base, "Job")} == {
        f"amends-migration-{dashed}",
        f"amends-topics-{dashed}",
    }
    page = (DEPLOY.parent / "docs/kubernetes.md").read_text()
    assert set(re.findall(r"amends-(?:migration|topics)-([0-9-]+\d)", page)) == {dashed}


@pytest.mark.parametrize("components", [(), COMPONENTS], ids=["plain", "everything"])
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_program_can_read_its_settings_from_what_its_pod_is_given(
    overlay: str, components: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = render(*components, overlay=overlay)
    started = [each for each in containers(documents) if each.module in SETTINGS]
    assert len(started) == 3 * len(SERVICES)
    for number, container in enumerate(started):
        found = _settings(container, documents, tmp_path / str(number), monkeypatch)
        if container.verb == "serve":
            assert getattr(found, "host") == "0.0.0.0"  # noqa: B009 - each has one, and no common ancestor


def _settings(
    container: Container, documents: list[Document], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> BaseSettings:
    folder.mkdir()
    with monkeypatch.context() as patch:
        for name in {name for kind in SETTINGS.values() for name in variables(kind)} & os.environ.keys():
            patch.delenv(name)
        for name, value in laid_out(container, documents, folder, _Samples(SAMPLES)).items():
            patch.setenv(name, value)
        return load_settings(settings_of(container))


def test_a_service_that_is_given_too_little_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = render(overlay="prod")
    del named(documents, "ConfigMap", "profile-sync")["data"]["PROFILE_SYNC_CRM_URL"]
    [started] = [each for each in containers(documents) if (each.module, each.verb) == ("profile_sync", "serve")]
    with pytest.raises(Exception, match="PROFILE_SYNC_CRM_URL"):
        _settings(started, documents, tmp_path / "pod", monkeypatch)


def test_the_sources_of_production_are_read() -> None:
    assert load(DEPLOY / "k8s/overlays/prod/files/sources.yaml", lambda _: b"", database=True).all() == ()


def test_the_page_has_every_key_that_a_secret_may_hold() -> None:
    for module, kind in SETTINGS.items():
        name = module.replace("_", "-")
        known = variables(kind)
        said = {key for key in documented()[name] if key.isupper()}
        secret = {key for key, field in known.items() if "Secret" in repr(field) or key == "DATABASE_URL"}
        assert secret <= said <= known.keys(), name


def test_the_page_has_every_secret_that_a_pod_names(base: list[Document]) -> None:
    for pod in pods(base):
        for volume in pod.spec["volumes"]:
            sources = [volume, *volume.get("projected", {}).get("sources", ())]
            secrets = {
                each["secret"].get("name", each["secret"].get("secretName")) for each in sources if "secret" in each
            }
            assert secrets <= documented().keys() | {"ingest-sources"}
