"""Every overlay with every choice of components is something a cluster takes, without a warning."""

import shutil
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from support.kubernetes_pods import pods, unknown
from support.kustomize import COMPONENTS, DEPLOY, OVERLAYS, build, check, named, of_kind, render
from support.network_policies import meant, of_an_operator, selects

PLACES = ("base", *OVERLAYS)
CHOICES = [
    *((place, ()) for place in PLACES),
    *((place, (name,)) for place in PLACES for name in COMPONENTS),
    *(("prod", pair) for pair in combinations(COMPONENTS, 2)),
    *((place, COMPONENTS) for place in PLACES),
]
DOCTOR = {"app.kubernetes.io/part-of": "amends", "app.kubernetes.io/component": "doctor"}
"""Of the pods of the component doctor: policies speak of them also where it is not listed."""
every_choice = pytest.mark.parametrize(
    ("overlay", "components"), CHOICES, ids=[f"{place}+{'+'.join(names)}" for place, names in CHOICES]
)


@every_choice
def test_a_cluster_would_take_it(overlay: str, components: tuple[str, ...]) -> None:
    check(render(*components, overlay=overlay))


@every_choice
def test_every_variable_is_one_that_its_program_reads(overlay: str, components: tuple[str, ...]) -> None:
    assert unknown(render(*components, overlay=overlay)) == []


@every_choice
def test_whatever_selects_pods_finds_some(overlay: str, components: tuple[str, ...]) -> None:
    documents = render(*components, overlay=overlay)
    labels = [pod.labels for pod in pods(documents)]
    for each in of_kind(documents, "Service", "PodDisruptionBudget", "Deployment"):
        selector = each["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert any(wanted.items() <= found.items() for found in labels), each["metadata"]["name"]
    for each in of_kind(documents, "HorizontalPodAutoscaler"):
        assert named(documents, "Deployment", each["spec"]["scaleTargetRef"]["name"])


@every_choice
def test_everything_is_in_a_namespace(overlay: str, components: tuple[str, ...]) -> None:
    for each in render(*components, overlay=overlay):
        assert each["kind"] == "Namespace" or each["metadata"].get("namespace"), each["metadata"]["name"]


@every_choice
def test_every_network_policy_means_pods_that_exist(overlay: str, components: tuple[str, ...]) -> None:
    documents = render(*components, overlay=overlay)
    labels = [*(pod.labels for pod in pods(documents)), DOCTOR]
    for policy in of_kind(documents, "NetworkPolicy"):
        for selector in meant(policy):
            found = any(selects(selector, each) for each in labels)
            assert found or of_an_operator(documents, selector), (policy["metadata"]["name"], selector)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_as_it_stands_is_one_of_those(overlay: str) -> None:
    folder = DEPLOY / "k8s/overlays" / overlay
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["components"]
    assert build(folder) == render(*(path.rpartition("/")[2] for path in listed), overlay=overlay)


def test_what_the_overlay_of_production_says_counts_whatever_components_say(tmp_path: Path) -> None:
    """Kustomize lets a component's generators win over those of the overlay that lists it."""
    copied = shutil.copytree(DEPLOY, tmp_path / "deploy")
    prod = copied / "k8s/overlays/prod"
    said = {path.stem: [line.partition("=")[0] for line in _variables(path)] for path in prod.glob("*.env")}
    for name, keys in said.items():
        (prod / f"{name}.env").write_text("".join(f"{key}=mine\n" for key in keys))
    documents = build(prod)
    for name, keys in said.items():
        found = named(documents, "ConfigMap", name)["data"]
        assert {key: found[key] for key in keys} == dict.fromkeys(keys, "mine")
    assert len(said) == 4


def _variables(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def test_a_misspelt_field_is_refused() -> None:
    documents = render()
    spec = named(documents, "Deployment", "scoring")["spec"]["template"]["spec"]
    spec["containers"][0]["readinesProbe"] = spec["containers"][0].pop("readinessProbe")
    with pytest.raises(AssertionError, match=r"Deployment scoring: .*readinesProbe"):
        check(documents)


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(AssertionError, match=r"nobody knows example\.com/v1"):
        check([{"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}}])


def test_a_variable_that_no_setting_reads_is_found() -> None:
    documents = render()
    named(documents, "ConfigMap", "scoring")["data"]["SCORING_HOSTS"] = "0.0.0.0"
    assert unknown(documents) == ["scoring/service: SCORING_HOSTS"]
