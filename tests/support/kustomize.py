"""What kustomize makes of deploy/k8s, and whether a cluster would take it: no cluster is asked."""

import copy
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def _folders(place: str) -> tuple[str, ...]:
    return tuple(
        sorted(str(path.parent.relative_to(DEPLOY / place)) for path in DEPLOY.glob(f"{place}/**/kustomization.yaml"))
    )


COMPONENTS = _folders("k8s/components")
OVERLAYS = _folders("k8s/overlays")

Document = dict[str, Any]


def render(*components: str, overlay: str = "base", deploy: Path = DEPLOY) -> list[Document]:
    """The overlay (or ``base``) as if these were the components that its kustomization lists, and no others.

    AssertionError with what kustomize says where it refuses, and where it only warns.
    """
    return copy.deepcopy(_rendered(components, overlay, deploy))


@cache
def _rendered(components: tuple[str, ...], overlay: str, deploy: Path) -> list[Document]:
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copytree(deploy, Path(folder, "deploy"), ignore=shutil.ignore_patterns("demo", "local"))
        place = copied / "k8s/overlays" / overlay
        listed: Document = {"kind": "Kustomization", "namespace": "amends", "resources": ["../../base"]}
        listed["apiVersion"] = "kustomize.config.k8s.io/v1beta1"
        if overlay == "base":
            place.mkdir(parents=True)
        else:
            listed = yaml.safe_load((place / "kustomization.yaml").read_text())
        listed["components"] = [f"../../components/{name}" for name in components]
        (place / "kustomization.yaml").write_text(yaml.safe_dump(listed, sort_keys=False))
        return build(place)


def build(folder: Path) -> list[Document]:
    """What ``kubectl kustomize`` makes of a folder. AssertionError with whatever it says beside that."""
    kubectl = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or "kubectl"
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [document for document in yaml.load_all(done.stdout, yaml.CSafeLoader) if document]


def check(documents: Iterable[Document]) -> None:
    """AssertionError naming every field that a cluster would refuse, or drop without a word."""
    found = [complaint for document in documents for complaint in _complaints(json.dumps(document, sort_keys=True))]
    assert not found, "\n".join(found)


@cache
def _complaints(document: str) -> tuple[str, ...]:
    said = json.loads(document)
    name = f"{said['kind']} {said['metadata']['name']}"
    group = said["apiVersion"].rpartition("/")[0]
    own = DEPLOY / "k8s/schemas" / f"{group}_{said['kind']}.json"
    try:
        if own.exists():
            schema = json.loads(own.read_text())
            found = sorted(jsonschema.Draft202012Validator(schema).iter_errors(said), key=lambda each: each.json_path)
            return tuple(f"{name}: {each.json_path}: {each.message}" for each in found)
        kubernetes_validate.validate(said, kubernetes_validate.latest_version(), strict=True)
    except kubernetes_validate.ValidationError as error:
        return (f"{name}: {error.json_path}: {error.message}",)
    except kubernetes_validate.SchemaNotFoundError:
        return (f"{name}: nobody knows {said['apiVersion']}: put a schema at {own.relative_to(DEPLOY.parent)}",)
    return ()


def of_kind(documents: Iterable[Document], *kinds: str) -> list[Document]:
    return [document for document in documents if document["kind"] in kinds]


def named(documents: Iterable[Document], kind: str, name: str) -> Document:
    """The one of this name; a ConfigMap without what kustomize adds to make its name unique."""
    found = [each for each in of_kind(documents, kind) if plain_name(each["metadata"]["name"]) == name]
    assert len(found) == 1, f"{kind} {name}: {[each['metadata']['name'] for each in of_kind(documents, kind)]}"
    return found[0]


def plain_name(name: str) -> str:
    return re.sub(r"-[0-9a-z]{10}$", "", name)
