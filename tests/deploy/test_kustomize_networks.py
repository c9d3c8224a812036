"""Who reaches whom, and what the world reaches."""

from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
import yaml

from alerting.desk.pages import HOME as DESK
from amends.services import SERVICES
from scoring.pages.public import PATH as PUBLISHED
from support.kubernetes_pods import pods
from support.kustomize import Document, named, of_kind, render
from support.network_policies import End, end, reaches

INGEST, SCORING, ALERTING, PROFILE_SYNC = SERVICES
WEB, WEB_6 = End(address="93.184.216.34"), End(address="2606:2800:220:1::1")
NEAR = End(address="10.1.2.3")
METADATA = (End(address="169.254.169.254"), End(address="fd00:ec2::254"), End(address="100.100.100.200"))
DNS = End("kube-system", {"k8s-app": "kube-dns"})
POD = End("elsewhere", {"app.kubernetes.io/name": "kafka"})
PROMETHEUS = End("monitoring", {"app.kubernetes.io/name": "prometheus"})
GRAFANA = End("monitoring", {"app.kubernetes.io/name": "grafana"})
CONTROLLER = End("traefik", {"app.kubernetes.io/name": "traefik"})
KAFKA, POSTGRESQL = End("amends", {"strimzi.io/cluster": "amends"}), End("amends", {"cnpg.io/cluster": "amends-db"})


@pytest.fixture(scope="module")
def shut() -> list[Document]:
    return render("network-policies", "ingress", overlay="prod")


@pytest.fixture(scope="module")
def ends(shut: list[Document]) -> dict[str, End]:
    return {pod.labels["app.kubernetes.io/name"]: end(pod) for pod in pods(shut)}


def _reached(shut: list[Document], ends: dict[str, End], target: End, port: int) -> set[str]:
    return {name for name, source in ends.items() if reaches(shut, source, target, port)}


ALL = {service.name for service in SERVICES}


def test_kafka_is_for_services_and_whoever_makes_topics(shut: list[Document], ends: dict[str, End]) -> None:
    for kafka, port in ((KAFKA, 9093), (POD, 9092), (NEAR, 9092), (NEAR, 9093)):
        assert _reached(shut, ends, kafka, port) - {"topics"} == ALL
    assert "topics" in _reached(shut, ends, NEAR, 9092)
    assert _reached(shut, ends, WEB, 9092) == set()


def test_postgresql_is_for_services_and_migrations(shut: list[Document], ends: dict[str, End]) -> None:
    for database in (POSTGRESQL, POD, NEAR):
        assert _reached(shut, ends, database, 5432) == ALL | {"migration"}
    assert _reached(shut, ends, WEB, 5432) == set()


def test_the_internet_is_for_services_by_https_alone(shut: list[Document], ends: dict[str, End]) -> None:
    for web in (WEB, WEB_6):
        assert _reached(shut, ends, web, 443) == ALL
        assert _reached(shut, ends, web, 80) == set()
        assert _reached(shut, ends, web, 587) == {"scoring", "alerting"}
    for place in (*METADATA, NEAR, POD):
        assert _reached(shut, ends, place, 443) == set()
        assert _reached(shut, ends, place, 80) == set()


def test_everybody_asks_for_names(shut: list[Document], ends: dict[str, End]) -> None:
    for source in (*ends.values(), KAFKA, POSTGRESQL):
        assert reaches(shut, source, DNS, 53, "UDP")
    assert _reached(shut, ends, NEAR, 53) == set()


def test_services_are_asked_by_those_who_should(shut: list[Document], ends: dict[str, End]) -> None:
    for service in SERVICES:
        target = ends[service.name]
        asking = {"controller": CONTROLLER, "prometheus": PROMETHEUS, "grafana": GRAFANA, "else": POD, **ends}
        expected = {"prometheus", *(["alerting"] if service is PROFILE_SYNC else ["controller"])}
        found = {name for name, source in asking.items() if reaches(shut, source, target, service.port)}
        assert found == expected, service.name
        assert not any(reaches(shut, source, target, service.port + 1) for source in asking.values())


def test_traces_go_to_a_collector_in_the_cluster(shut: list[Document], ends: dict[str, End]) -> None:
    assert _reached(shut, ends, POD, 4318) == ALL
    assert _reached(shut, ends, WEB, 4318) == set()


def test_what_no_policy_speaks_of_is_shut_both_ways(shut: list[Document], ends: dict[str, End]) -> None:
    nothing = named(shut, "NetworkPolicy", "nothing")["spec"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for job in (ends["migration"], ends["topics"]):
        assert not any(reaches(shut, source, job, 8080) for source in (POD, PROMETHEUS, CONTROLLER, *ends.values()))
    assert not reaches(shut, End("amends", {"app": "stray"}), WEB, 443)


def test_without_policies_everybody_would_reach_everybody(shut: list[Document], ends: dict[str, End]) -> None:
    opened = [each for each in shut if each["kind"] != "NetworkPolicy"]
    assert _reached(opened, ends, WEB, 80) == ends.keys()
    assert reaches(opened, POD, ends["ingest"], INGEST.port)


def test_the_world_reaches_what_it_should(shut: list[Document]) -> None:
    exposed: dict[str, set[str]] = {}
    for ingress in of_kind(shut, "Ingress"):
        [rule] = ingress["spec"]["rules"]
        assert [rule["host"]] == ingress["spec"]["tls"][0]["hosts"]
        for path in rule["http"]["paths"]:
            service = named(shut, "Service", path["backend"]["service"]["name"])
            assert path["backend"]["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
            assert path["pathType"] == "Prefix"
            exposed.setdefault(service["metadata"]["name"], set()).add(path["path"])
    assert exposed == {"ingest": {"/v1"}, "scoring": {"/public", "/assets"}, "alerting": {"/desk"}}
    assert PUBLISHED.startswith("/public/")
    assert DESK == "/desk/"


def test_links_point_where_the_world_gets_in(shut: list[Document]) -> None:
    hosts = {each["metadata"]["name"]: each["spec"]["rules"][0]["host"] for each in of_kind(shut, "Ingress")}
    for service in (SCORING, ALERTING):
        url = named(shut, "ConfigMap", service.name)["data"][f"{service.prefix}_PUBLIC_URL"]
        assert urlsplit(url)[:3] == ("https", hosts[service.name], "")
    sources = yaml.safe_load(named(shut, "ConfigMap", "ingest-files")["data"]["sources.yaml"])
    assert sources["public_url"] == f"https://{hosts['ingest']}"


def test_whoever_stands_behind_the_controller_believes_it(shut: list[Document]) -> None:
    for ingress in of_kind(shut, "Ingress"):
        name = ingress["metadata"]["name"]
        assert named(shut, "ConfigMap", name)["data"][f"{name.upper()}_TRUSTED_PROXIES"]


def test_the_desk_asks_where_profile_sync_listens(shut: list[Document]) -> None:
    assert named(shut, "ConfigMap", "alerting")["data"]["ALERTING_PREFERENCES_URL"] == (
        f"http://{PROFILE_SYNC.name}:{PROFILE_SYNC.port}"
    )


def test_a_cluster_takes_every_block_that_is_excepted(shut: list[Document]) -> None:
    """A real API server refuses ::ffff:0:0/96, which Go reads as IPv4; kubernetes-validate does not look that far."""
    blocks = [
        peer["ipBlock"]
        for policy in of_kind(shut, "NetworkPolicy")
        for rule in policy["spec"].get("egress", ())
        for peer in rule.get("to", ())
        if "ipBlock" in peer
    ]
    assert blocks
    for block in blocks:
        for excepted in map(ip_network, block.get("except", ())):
            assert excepted != ip_network(block["cidr"])
            assert excepted.version == ip_network(block["cidr"]).version
            assert excepted.version == 4 or not excepted.subnet_of(ip_network("::ffff:0:0/96"))  # type: ignore[arg-type]
