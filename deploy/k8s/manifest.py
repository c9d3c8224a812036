"""Kubernetes objects as YAML text."""

from collections.abc import Iterable
from typing import Any

import yaml

Manifest = dict[str, Any]


def manifest(api_version: str, kind: str, name: str, spec: Manifest, labels: Manifest | None = None) -> Manifest:
    metadata: Manifest = {"name": name} | ({"labels": labels} if labels else {})
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def text(manifests: Iterable[Manifest], source: str) -> str:
    """``source``: what they are made from."""
    documents = yaml.safe_dump_all(manifests, sort_keys=False, width=120, allow_unicode=True)
    return f"# Written by python -m deploy.k8s from {source}: do not edit.\n{documents}"
