"""Prometheus and Grafana in the cluster get the very rules and dashboards that are tested."""

import json

import pytest
import yaml
from deploy.grafana.__main__ import files as dashboards

from amends.services import SERVICES
from support.kustomize import DEPLOY, Document, named, of_kind, render

ANNOTATION_BYTES = 262_144
"""What kubectl apply can remember of an object; an object itself may have 1 MiB."""


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return render("monitoring")


def test_the_rules_are_those_that_promtool_tests(documents: list[Document]) -> None:
    tested = {f"amends-{path.stem}": path for path in DEPLOY.glob("prometheus/rules/*.yml")}
    there = {each["metadata"]["name"]: each["spec"] for each in of_kind(documents, "PrometheusRule")}
    assert there == {name: yaml.safe_load(path.read_text()) for name, path in tested.items()}


def test_every_dashboard_is_there_whole_and_small_enough(documents: list[Document]) -> None:
    found: dict[str, str] = {}
    for each in of_kind(documents, "ConfigMap"):
        if each["metadata"].get("labels", {}).get("grafana_dashboard") == "1":
            assert each["metadata"]["annotations"] == {"grafana_folder": "Amends"}
            assert len(json.dumps(each)) < 0.9 * ANNOTATION_BYTES, each["metadata"]["name"]
            found |= each["data"]
    assert found == dashboards()


def test_every_service_is_scraped_as_rules_and_dashboards_know_it(documents: list[Document]) -> None:
    [monitor] = of_kind(documents, "ServiceMonitor")
    [endpoint] = monitor["spec"]["endpoints"]
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    found = {each["metadata"]["name"]: each for each in of_kind(documents, "Service")}
    scraped = {name for name, each in found.items() if wanted <= each["metadata"]["labels"].items()}
    assert scraped == {service.name for service in SERVICES}
    for name in scraped:
        assert endpoint["port"] in {port["name"] for port in found[name]["spec"]["ports"]}
    [plain] = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
    made = {each["targetLabel"]: each for each in endpoint["relabelings"]}
    assert made["job"] == {"targetLabel": "job", "replacement": plain["job_name"]}
    assert made["service"] == {"sourceLabels": ["__meta_kubernetes_service_name"], "targetLabel": "service"}
    assert made.keys() == {"job"} | {label for each in plain["static_configs"] for label in each["labels"]}


def test_it_is_scraped_as_often_as_rules_expect(documents: list[Document]) -> None:
    plain = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    [endpoint] = named(documents, "ServiceMonitor", "amends")["spec"]["endpoints"]
    assert endpoint["interval"] == plain["global"]["scrape_interval"]


def test_brokers_and_databases_are_found_by_the_names_their_components_give_them() -> None:
    documents = render("strimzi", "cnpg")
    [kafka], [cluster] = of_kind(documents, "Kafka"), of_kind(documents, "Cluster")
    labels = {each["metadata"]["name"]: each["spec"]["selector"]["matchLabels"] for each in _pod_monitors()}
    assert labels == {
        "amends-kafka": {"strimzi.io/name": f"{kafka['metadata']['name']}-kafka"},
        "amends-db": {"cnpg.io/cluster": cluster["metadata"]["name"], "cnpg.io/podRole": "instance"},
    }
    assert kafka["spec"]["kafka"]["metricsConfig"], "without it no port tcp-prometheus is open"


def _pod_monitors() -> list[Document]:
    return of_kind(render("monitoring"), "PodMonitor")
