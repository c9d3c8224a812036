"""``python -m deploy.k8s`` writes what the components say because the code says it; a test compares."""

from pathlib import Path

from deploy.k8s.database import roles, schemas_sql
from deploy.k8s.kafka_topics import kafka_topics
from deploy.k8s.kafka_users import kafka_users
from deploy.k8s.manifest import Manifest, text
from deploy.k8s.prometheus_rules import prometheus_rules
from deploy.k8s.scaled_objects import scaled_objects

COMPONENTS = Path(__file__).parent / "components"


def files() -> dict[str, str]:
    """Path below components/ to content."""
    manifests: dict[str, tuple[list[Manifest], str]] = {
        "strimzi/topics.yaml": (kafka_topics(), "events.topics"),
        "strimzi/users.yaml": (kafka_users(), "events.rights"),
        "keda/scaled-objects.yaml": (scaled_objects(), "events.rights"),
        "cnpg/roles.yaml": (roles(), "amends.services"),
        "monitoring/rules.yaml": (prometheus_rules(), "deploy/prometheus/rules"),
    }
    written = {path: text(found, source) for path, (found, source) in manifests.items()}
    return written | {"cnpg/schemas.sql": schemas_sql()}


if __name__ == "__main__":
    for path, content in files().items():
        (COMPONENTS / path).write_text(content, encoding="utf-8")
