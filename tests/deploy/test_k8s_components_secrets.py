"""Secrets from a store become the Secrets that pods name, with the files that services read."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from events.runtime.api_keys import read_keys
from support.kubernetes_pods import pods
from support.kustomize import Document, named, of_kind, render


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return render("external-secrets")


def test_every_secret_that_a_service_names_comes_from_the_item_of_its_name(documents: list[Document]) -> None:
    wanted = set()
    for pod in pods(documents):
        for volume in pod.spec["volumes"]:
            for source in (volume, *volume.get("projected", {}).get("sources", ())):
                secret = source.get("secret", {})
                wanted |= {secret.get("secretName", secret.get("name"))} - {None, "topics"}  # that one is optional
    made = {each["metadata"]["name"]: each["spec"] for each in of_kind(documents, "ExternalSecret")}
    assert made.keys() == wanted
    for name, spec in made.items():
        assert spec["dataFrom"] == [{"extract": {"key": f"amends/{name}"}}]
        assert spec["secretStoreRef"] == {"kind": "SecretStore", "name": "amends"}


def _filled(template: str, item: dict[str, str]) -> str:
    """What Go's templates make of it: kubectl has them, too."""
    kubectl = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or "kubectl"
    literals = [f"--from-literal={name}={value}" for name, value in item.items()]
    command = [kubectl, "create", "configmap", "item", *literals, "--dry-run=client", "-o"]
    done = subprocess.run(
        [*command, "go-template=" + "{{ with .data }}" + template + "{{ end }}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def test_the_file_of_keys_is_made_of_an_entry_for_each_property(documents: list[Document], tmp_path: Path) -> None:
    spec = named(documents, "ExternalSecret", "api-keys")["spec"]
    entry = {"id": "abcd2345", "sha256": "cd" * 32, "tenant": "default", "scopes": ["events:write"]}
    item = {
        "desk": "{id: efgh6723, sha256: " + "ab" * 32 + ", tenant: default, scopes: [metrics:read]}",
        "shop": json.dumps(entry),
    }
    file = tmp_path / "keys.yaml"
    file.write_text(_filled(spec["target"]["template"]["data"]["keys.yaml"], item))
    assert [key.id for key in read_keys(file)] == ["efgh6723", "abcd2345"]
