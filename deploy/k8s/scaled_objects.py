"""How many of each consumer there are, by how far it is behind: a ScaledObject with a trigger per topic it reads."""

from collections.abc import Mapping

from deploy.k8s.manifest import Manifest, manifest

from events.rights import Rights, rights_of, services

REPLICAS = 2
LAG: Mapping[str, int] = {"scoring": 5000}
LAG_OF_OTHERS = 500
"""Records behind per replica, from which one more is wanted: a third comes at 1,000, where AmendsConsumerFallingBehind
begins to count its ten minutes. Scoring takes up to 4,000 at once (SCORING_BATCH_RECORDS): less is no delay."""
BEHAVIOR: Manifest = {
    "scaleUp": {  # a minute of it, then all at once: each step stops the whole group for a moment
        "stabilizationWindowSeconds": 60,
        "policies": [{"type": "Percent", "value": 200, "periodSeconds": 60}],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": 900,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
    },
}


def scaled() -> list[str]:
    """The services whose number follows their lag."""
    return [service for service in services() if rights_of(service).group]


def scaled_objects() -> list[Manifest]:
    return [manifest("keda.sh/v1alpha1", "ScaledObject", name, _spec(rights_of(name))) for name in scaled()]


def _spec(rights: Rights) -> Manifest:
    return {
        "scaleTargetRef": {"name": rights.service},
        "minReplicaCount": REPLICAS,
        "maxReplicaCount": max(topic.partitions for topic in rights.reads),  # one more would have nothing to read
        "fallback": {"failureThreshold": 4, "replicas": REPLICAS, "behavior": "currentReplicasIfHigher"},
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": BEHAVIOR}},
        "triggers": [_trigger(rights, topic.name) for topic in rights.reads],
    }


def _trigger(rights: Rights, topic: str) -> Manifest:
    return {
        "type": "kafka",
        "name": topic,
        "metadata": {
            "bootstrapServersFromEnv": "KAFKA_BOOTSTRAP_SERVERS",
            "consumerGroup": rights.group,
            "topic": topic,
            "lagThreshold": str(LAG.get(rights.service, LAG_OF_OTHERS)),
            "offsetResetPolicy": "earliest",
        },
        "authenticationRef": {"name": "amends-kafka"},
    }
