"""The copy beside the database that docs/backup.md has CloudNativePG make: one that its definitions take."""

import copy
import json
import textwrap
from typing import Any

import jsonschema
import pytest
import yaml

from support.kustomize import DEPLOY, Document, check, of_kind, render

PAGE = (DEPLOY.parent / "docs/backup.md").read_text().partition("\n### The same with CloudNativePG\n")[2]
TEXT = {"type": "string", "minLength": 1}


def closed(**properties: Any) -> Document:
    """All of them there, and nothing else."""
    return {"type": "object", "additionalProperties": False, "required": [*properties], "properties": properties}


TARGET = closed(targetTime={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"})
RECOVERY = closed(source=TEXT, database=TEXT, owner=TEXT, recoveryTarget=TARGET)
ARCHIVE = closed(name=TEXT, plugin=closed(name=TEXT, parameters=closed(barmanObjectName=TEXT, serverName=TEXT)))
"""As in postgresql.cnpg.io_clusters.yaml of 1.30.0; deploy/k8s/schemas has what is rendered alone."""


@pytest.fixture
def written() -> list[Document]:
    block = PAGE.partition("\n    apiVersion: ")[2].partition("\n\n")[0]
    return list(yaml.safe_load_all(textwrap.dedent(f"    apiVersion: {block}")))


def test_the_copy_is_one_that_the_operator_takes(written: list[Document]) -> None:
    [store], [cluster] = of_kind(written, "ObjectStore"), of_kind(written, "Cluster")
    check([store])
    schema = json.loads((DEPLOY / "k8s/schemas/postgresql.cnpg.io_Cluster.json").read_text())
    spec = schema["properties"]["spec"]["properties"]
    spec |= {"bootstrap": closed(recovery=RECOVERY), "externalClusters": {"type": "array", "items": ARCHIVE}}
    jsonschema.Draft202012Validator(schema).validate(cluster)


def test_it_reads_the_archive_of_the_database_as_it_is_deployed_and_writes_nowhere(written: list[Document]) -> None:
    deployed = render("cnpg", "cnpg/backup")
    [store], [cluster] = of_kind(written, "ObjectStore"), of_kind(written, "Cluster")
    [archive], [database] = of_kind(deployed, "ObjectStore"), of_kind(deployed, "Cluster")
    for key in ("destinationPath", "s3Credentials"):
        assert store["spec"]["configuration"][key] == archive["spec"]["configuration"][key]
    assert "retentionPolicy" not in store["spec"], "it would prune"
    spec, real = copy.deepcopy(cluster["spec"]), database["spec"]
    assert "plugins" not in spec, "it would archive"
    for key in ("imageName", "storage", "walStorage"):
        assert spec[key] == real[key]
    recovery = spec["bootstrap"]["recovery"]
    assert (recovery["database"], recovery["owner"]) == tuple(
        real["bootstrap"]["initdb"][k] for k in ("database", "owner")
    )
    assert spec["postgresql"]["parameters"].items() <= real["postgresql"]["parameters"].items()
    [source] = spec["externalClusters"]
    [archiver] = real["plugins"]
    assert (source["name"], source["plugin"]["name"]) == (recovery["source"], archiver["name"])
    assert source["plugin"]["parameters"] == {"barmanObjectName": store["metadata"]["name"], "serverName": "amends-db"}
    assert cluster["metadata"]["name"] != database["metadata"]["name"]
    assert {each["metadata"]["namespace"] for each in written} == {"amends-then"}
