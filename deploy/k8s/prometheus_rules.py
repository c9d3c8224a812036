"""The very files that promtool tests, each as a PrometheusRule."""

from pathlib import Path

import yaml
from deploy.k8s.manifest import Manifest, manifest

RULES = Path(__file__).parents[1] / "prometheus/rules"


def prometheus_rules() -> list[Manifest]:
    return [
        manifest("monitoring.coreos.com/v1", "PrometheusRule", f"amends-{path.stem}", yaml.safe_load(path.read_text()))
        for path in sorted(RULES.glob("*.yml"))
    ]
