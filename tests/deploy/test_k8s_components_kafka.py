"""Kafka in the cluster is as the code wants it: topics, users, who reads where, and how many."""

import re
import shutil
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from deploy.k8s.__main__ import COMPONENTS, files

from amends.services import SERVICES
from events.rights import rights_of, services
from events.runtime.configuration import KafkaAccessSettings, variables
from events.topics import all_topics
from support.kubernetes_pods import containers, environment, mounted, settings_of
from support.kustomize import DEPLOY, Document, check, named, of_kind, render

CONSUMERS = [service for service in services() if rights_of(service).group]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return render("strimzi", "keda", overlay="prod")


@pytest.mark.parametrize("path", sorted(files()))
def test_what_is_generated_is_fresh(path: str) -> None:
    assert (COMPONENTS / path).read_text() == files()[path], "run python -m deploy.k8s"


def test_topics_are_those_that_amends_topics_would_create(documents: list[Document]) -> None:
    there = {each["metadata"]["name"]: each["spec"] for each in of_kind(documents, "KafkaTopic")}
    assert there == {
        topic.name: {"partitions": topic.partitions, "replicas": 3, "config": topic.settings(3)}
        for topic in all_topics()
    }


def test_the_patches_of_the_scaling_page_give_partitions_to_what_has_keys_and_a_replica_to_each(tmp_path: Path) -> None:
    page = (DEPLOY.parent / "docs/scaling.md").read_text()
    block = re.search(r"^    patches:\n(?:    .+\n)+", page, re.MULTILINE)
    assert block
    copied = shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("demo", "local"))
    overlay = copied / "k8s/overlays/prod/kustomization.yaml"
    listed = yaml.safe_load(overlay.read_text())
    listed["patches"] += yaml.safe_load(block[0])["patches"]
    overlay.write_text(yaml.safe_dump(listed))
    found = render("strimzi", "keda", overlay="prod", deploy=copied)
    check(found)
    partitions = {each["metadata"]["name"]: each["spec"]["partitions"] for each in of_kind(found, "KafkaTopic")}
    assert partitions == {topic.name: 12 if topic.keyed else 1 for topic in all_topics()}
    assert {each["spec"]["maxReplicaCount"] for each in of_kind(found, "ScaledObject")} == {12}


def _rules(user: Document) -> set[tuple[str, str, str]]:
    """(topic or group, its name, operation)"""
    return {
        (rule["resource"]["type"], rule["resource"]["name"], operation)
        for rule in user["spec"]["authorization"]["acls"]
        for operation in rule["operations"]
    }


@pytest.mark.parametrize("service", services())
def test_a_service_may_do_what_it_does_and_no_more(service: str, documents: list[Document]) -> None:
    reads = {topic.name for topic in all_topics() if service in topic.readers}
    writes = {topic.name for topic in all_topics() if service in topic.writers}
    wanted = {("topic", name, "Read") for name in reads} | {("topic", name, "Write") for name in writes}
    wanted |= {("topic", name, "Describe") for name in reads | writes}
    wanted |= {("group", service, "Read")} if reads else set()
    assert _rules(named(documents, "KafkaUser", service)) == wanted


def test_there_is_a_user_for_each_service_and_three_that_are_none(documents: list[Document]) -> None:
    users = {each["metadata"]["name"] for each in of_kind(documents, "KafkaUser")}
    assert users == {service.name for service in SERVICES} | {"operator", "doctor", "keda"}


def test_keda_sees_positions_and_no_record(documents: list[Document]) -> None:
    rules = _rules(named(documents, "KafkaUser", "keda"))
    assert {operation for _, _, operation in rules} == {"Describe"}
    for each in of_kind(documents, "ScaledObject"):
        for trigger in each["spec"]["triggers"]:
            assert ("topic", trigger["metadata"]["topic"], "Describe") in rules
            assert ("group", trigger["metadata"]["consumerGroup"], "Describe") in rules


LOOKING = {"Describe", "DescribeConfigs", "Read"}


@pytest.mark.parametrize(("user", "may"), [("operator", LOOKING | {"Create", "Write"}), ("doctor", LOOKING)])
def test_whoever_looks_at_everything_takes_nothing_away(user: str, may: set[str], documents: list[Document]) -> None:
    wanted = {("topic", topic.name, operation) for topic in all_topics() for operation in may}
    wanted |= {("group", group, "Describe") for group in CONSUMERS}
    assert _rules(named(documents, "KafkaUser", user)) == wanted


def test_the_cluster_is_where_services_look_for_it(documents: list[Document]) -> None:
    [kafka] = of_kind(documents, "Kafka")
    [listener] = kafka["spec"]["kafka"]["listeners"]
    assert listener["tls"] is True
    assert listener["authentication"]["type"] == "scram-sha-512"
    place = f"{kafka['metadata']['name']}-kafka-bootstrap.{kafka['metadata']['namespace']}.svc:{listener['port']}"
    assert named(documents, "ConfigMap", "amends")["data"]["KAFKA_BOOTSTRAP_SERVERS"] == place
    for each in of_kind(documents, "KafkaTopic", "KafkaUser", "KafkaNodePool"):
        assert each["metadata"]["labels"]["strimzi.io/cluster"] == kafka["metadata"]["name"]


def test_strimzi_lets_nobody_in_that_our_own_policies_keep_out(documents: list[Document]) -> None:
    """Policies add up, and the one that Strimzi writes lets everybody in unless it is told whom."""
    [kafka] = of_kind(documents, "Kafka")
    [listener] = kafka["spec"]["kafka"]["listeners"]
    ours = named(render("network-policies"), "NetworkPolicy", "strimzi")["spec"]["ingress"]
    [allowed] = [rule["from"] for rule in ours if rule.get("ports") == [{"port": listener["port"]}]]
    keda = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}
    assert listener["networkPolicyPeers"] == [*allowed, keda]


def test_a_copy_may_be_away_and_two_are_not(documents: list[Document]) -> None:
    [kafka], [pool] = of_kind(documents, "Kafka"), of_kind(documents, "KafkaNodePool")
    config = kafka["spec"]["kafka"]["config"]
    assert config["min.insync.replicas"] == 2
    assert config["default.replication.factor"] == pool["spec"]["replicas"] == 3
    assert config["auto.create.topics.enable"] is False
    assert all(each["spec"]["replicas"] == 3 for each in of_kind(documents, "KafkaTopic"))


def test_brokers_may_write_to_their_disks(documents: list[Document]) -> None:
    """Strimzi leaves a context that it is given as it is, and a new volume is root's: the image is in the group 0."""
    [kafka], [pool] = of_kind(documents, "Kafka"), of_kind(documents, "KafkaNodePool")
    assert {volume["type"] for volume in pool["spec"]["storage"]["volumes"]} == {"persistent-claim"}
    assert kafka["spec"]["kafka"]["template"]["pod"]["securityContext"]["fsGroup"] == 0


def test_it_is_the_kafka_that_tests_run_on(documents: list[Document]) -> None:
    pom = ElementTree.parse(DEPLOY / "local/kafka/pom.xml").getroot()
    tested = {
        found.findtext("{*}version")
        for found in pom.iter("{http://maven.apache.org/POM/4.0.0}dependency")
        if found.findtext("{*}artifactId") == "kafka_2.13"
    }
    [kafka] = of_kind(documents, "Kafka")
    assert tested == {kafka["spec"]["kafka"]["version"]}


def test_a_service_gets_in_as_itself(documents: list[Document]) -> None:
    [kafka] = of_kind(documents, "Kafka")
    prefix = kafka["spec"]["entityOperator"]["userOperator"]["secretPrefix"]
    assert prefix, "a KafkaUser's Secret would be the service's own"
    for container in containers(documents):
        given = environment(container, documents)
        if container.verb != "serve":
            assert not {name for name in variables(settings_of(container)) if name.startswith("KAFKA_")}
            continue
        assert given["KAFKA_USERNAME"] == container.pod.owner
        files_there = mounted(container, documents)[given["SECRETS_DIR"]]
        assert "KAFKA_PASSWORD" in files_there
        assert given["KAFKA_CA_FILE"].removeprefix(f"{given['SECRETS_DIR']}/") in files_there
        secrets = {source["secret"]["name"] for source in container.pod.spec["volumes"][0]["projected"]["sources"]}
        assert secrets == {container.pod.owner, f"{prefix}{container.pod.owner}", "amends-cluster-ca-cert"}


def test_the_job_that_makes_topics_is_gone(documents: list[Document]) -> None:
    assert [each["metadata"]["labels"]["app.kubernetes.io/component"] for each in of_kind(documents, "Job")] == [
        "migration"
    ]
    assert "topics" not in {each["metadata"]["name"] for each in of_kind(documents, "ServiceAccount")}


@pytest.mark.parametrize("service", CONSUMERS)
def test_a_consumer_is_scaled_by_every_topic_it_reads(service: str, documents: list[Document]) -> None:
    spec = named(documents, "ScaledObject", service)["spec"]
    assert spec["scaleTargetRef"] == {"name": service}
    asked = {(trigger["metadata"]["topic"], trigger["metadata"]["consumerGroup"]) for trigger in spec["triggers"]}
    assert asked == {(topic.name, rights_of(service).group) for topic in rights_of(service).reads}
    assert {spec["maxReplicaCount"]} == {topic.partitions for topic in rights_of(service).reads}
    assert spec["minReplicaCount"] == 2
    assert "replicas" not in named(documents, "Deployment", service)["spec"]
    [service_container] = named(documents, "Deployment", service)["spec"]["template"]["spec"]["containers"]
    configured = {source["configMapRef"]["name"] for source in service_container["envFrom"]}
    assert named(documents, "ConfigMap", "amends")["metadata"]["name"] in configured  # KAFKA_BOOTSTRAP_SERVERS


def test_nobody_else_is(documents: list[Document]) -> None:
    assert {each["metadata"]["name"] for each in of_kind(documents, "ScaledObject")} == set(CONSUMERS)
    [own] = of_kind(documents, "HorizontalPodAutoscaler")
    assert own["metadata"]["name"] not in CONSUMERS


def test_keda_gets_in_with_what_strimzi_makes(documents: list[Document]) -> None:
    access = named(documents, "TriggerAuthentication", "amends-kafka")["spec"]
    said = named(documents, "ConfigMap", "amends-keda")["data"]
    assert {each["parameter"]: said[each["key"]] for each in access["configMapTargetRef"]} == {
        "sasl": "scram_sha512",
        "tls": "enable",
        "username": named(documents, "KafkaUser", "keda")["metadata"]["name"],
    }
    assert {each["parameter"]: (each["name"], each["key"]) for each in access["secretTargetRef"]} == {
        "password": ("kafka-keda", "password"),
        "ca": ("amends-cluster-ca-cert", "ca.crt"),
    }
    for each in of_kind(documents, "ScaledObject"):
        assert {t["authenticationRef"]["name"] for t in each["spec"]["triggers"]} == {"amends-kafka"}


def test_the_pod_for_people_in_the_page_is_one_that_gets_in(documents: list[Document]) -> None:
    page = (DEPLOY.parent / "docs/kubernetes-components.md").read_text()
    [written] = re.findall(r"<<'END'\n(.*?)    END\n", page, re.DOTALL)
    pod = yaml.safe_load(textwrap.dedent(written))
    check([pod])
    [container], [volume] = pod["spec"]["containers"], pod["spec"]["volumes"]
    given = {each["name"]: each["value"] for each in container["env"]}
    assert given.keys() - {"SECRETS_DIR"} <= variables(KafkaAccessSettings).keys()
    assert named(documents, "KafkaUser", given["KAFKA_USERNAME"])
    configured = named(documents, "ConfigMap", "amends")["data"]
    assert given["KAFKA_BOOTSTRAP_SERVERS"] == configured["KAFKA_BOOTSTRAP_SERVERS"]
    password, authority = (source["secret"] for source in volume["projected"]["sources"])
    assert password == {"name": "kafka-operator", "items": [{"key": "password", "path": "KAFKA_PASSWORD"}]}
    assert given["KAFKA_CA_FILE"] == f"{given['SECRETS_DIR']}/{authority['items'][0]['path']}"
    [job] = of_kind(render(overlay="prod"), "Job")[1:]
    assert container["image"] == job["spec"]["template"]["spec"]["containers"][0]["image"]
