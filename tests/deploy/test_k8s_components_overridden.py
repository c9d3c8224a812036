"""What a component says an overlay changes by a patch: kustomize runs components after the overlay's generators."""

import re
import shutil
import textwrap
from pathlib import Path

import pytest
import yaml

from support.kustomize import DEPLOY, named, render

PAGE = (DEPLOY.parent / "docs/kubernetes-components.md").read_text()


@pytest.mark.parametrize("component", ["strimzi", "tracing"])
def test_the_patch_of_the_page_changes_what_the_component_says(component: str, tmp_path: Path) -> None:
    [section] = re.findall(rf"^## {component}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    [block] = re.findall(r"^ +patches:\n(?: {5,}.+\n)+", section, re.MULTILINE)
    patches = yaml.safe_load(textwrap.dedent(block))["patches"]
    wanted = {
        change["path"].removeprefix("/data/"): change["value"]
        for patch in patches
        for change in yaml.safe_load(patch["patch"])
    }
    assert wanted
    assert wanted.items().isdisjoint(named(render(component, overlay="prod"), "ConfigMap", "amends")["data"].items())
    copied = shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("demo", "local"))
    overlay = copied / "k8s/overlays/prod/kustomization.yaml"
    listed = yaml.safe_load(overlay.read_text())
    listed["patches"] += patches
    overlay.write_text(yaml.safe_dump(listed))
    changed = named(render(component, overlay="prod", deploy=copied), "ConfigMap", "amends")["data"]
    assert wanted.items() <= changed.items()
