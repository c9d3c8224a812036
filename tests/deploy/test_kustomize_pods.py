"""Every pod of ours is shut in, and goes and comes gently."""

from itertools import accumulate

import pytest

from support.kubernetes_pods import containers, pods
from support.kustomize import Document, named, of_kind, render


@pytest.fixture(scope="module")
def base() -> list[Document]:
    """With the doctor, which is the one component that brings a pod of ours."""
    return render("doctor")


def test_every_pod_is_restricted_and_asks_the_cluster_nothing(base: list[Document]) -> None:
    for pod in pods(base):
        assert pod.spec["automountServiceAccountToken"] is False
        assert pod.spec["enableServiceLinks"] is False
        assert pod.spec["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert named(base, "ServiceAccount", pod.spec["serviceAccountName"])["automountServiceAccountToken"] is False
    [namespace] = of_kind(base, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_every_container_is_locked_and_bounded(base: list[Document]) -> None:
    for container in containers(base):
        assert container.spec["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, container.name
        assert container.spec["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container.spec["resources"]["limits"].keys() == {"memory"}


def test_what_is_written_goes_into_a_bounded_place_and_secrets_are_read_only(base: list[Document]) -> None:
    for container in containers(base):
        volumes = {volume["name"]: volume for volume in container.pod.spec["volumes"]}
        for mount in container.spec["volumeMounts"]:
            empty = volumes[mount["name"]].get("emptyDir")
            assert empty["sizeLimit"] if empty else mount["readOnly"], mount


def test_the_first_volume_is_where_components_add_secrets(base: list[Document]) -> None:
    for pod in pods(base):
        assert "sources" in pod.spec["volumes"][0]["projected"], pod.owner


def test_a_migration_sees_no_secret_of_another_service(base: list[Document]) -> None:
    [job] = [pod for pod in pods(base) if pod.labels["app.kubernetes.io/component"] == "migration"]
    for container in job.spec["containers"]:
        assert [mount["name"] for mount in container["volumeMounts"]] == [container["name"], "tmp"]


def test_a_rollout_takes_nobody_away_before_the_next_is_ready(base: list[Document]) -> None:
    for each in of_kind(base, "Deployment"):
        assert each["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert named(base, "PodDisruptionBudget", each["metadata"]["name"])["spec"]["maxUnavailable"] == 1


def test_pods_of_one_service_and_version_are_spread(base: list[Document]) -> None:
    deployed = [pod for pod in pods(base) if pod.labels.get("app.kubernetes.io/component") == "service"]
    assert len(deployed) == 4
    for pod in deployed:
        # One alone: a scheduler passes over every constraint where nodes lack the label of any, as zones often are.
        (nodes,) = pod.spec["topologySpreadConstraints"]
        (zones,) = pod.spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        assert nodes["topologyKey"] == "kubernetes.io/hostname"
        assert zones["podAffinityTerm"]["topologyKey"] == "topology.kubernetes.io/zone"
        for spread in (nodes, zones["podAffinityTerm"]):
            assert spread["labelSelector"]["matchLabels"].items() <= pod.labels.items()
            assert spread["matchLabelKeys"] == ["app.kubernetes.io/name", "pod-template-hash"]
            assert "app.kubernetes.io/name" in pod.labels


def test_what_is_scaled_by_the_cluster_says_no_number_of_its_own(base: list[Document]) -> None:
    for each in of_kind(base, "HorizontalPodAutoscaler"):
        assert "replicas" not in named(base, "Deployment", each["spec"]["scaleTargetRef"]["name"])["spec"]


def test_a_job_goes_on_until_its_deadline(base: list[Document]) -> None:
    """Its limit counts the restarts of all containers, which come after 10 s, 20 s, 40 s … and at most 300 s."""
    for job in of_kind(base, "Job"):
        pauses = accumulate(min(10 * 2**count, 300) for count in range(1000))
        each = sum(1 for passed in pauses if passed < job["spec"]["activeDeadlineSeconds"])
        containers_of_it = len(job["spec"]["template"]["spec"]["containers"])
        assert job["spec"]["backoffLimit"] > containers_of_it * (each + 1), job["metadata"]["name"]


def test_development_has_one_of_each_and_production_two() -> None:
    dev, prod = render(overlay="dev"), render(overlay="prod")
    assert {each["spec"].get("replicas", 1) for each in of_kind(dev, "Deployment")} == {1}
    assert of_kind(dev, "HorizontalPodAutoscaler") == []
    asked = {each["metadata"]["name"]: each["spec"].get("replicas") for each in of_kind(prod, "Deployment")}
    for each in of_kind(prod, "HorizontalPodAutoscaler"):
        asked[each["spec"]["scaleTargetRef"]["name"]] = each["spec"]["minReplicas"]
    assert set(asked.values()) == {2}
