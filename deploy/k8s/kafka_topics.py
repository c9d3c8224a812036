"""Every topic of the code as a KafkaTopic, with the settings that ``amends topics --replication 3`` would give it."""

from deploy.k8s.manifest import Manifest, manifest

from events.topics import Topic, all_topics

STRIMZI = "kafka.strimzi.io/v1"
OF_OUR_CLUSTER = {"strimzi.io/cluster": "amends"}
REPLICAS = 3


def kafka_topics() -> list[Manifest]:
    return [manifest(STRIMZI, "KafkaTopic", topic.name, _spec(topic), OF_OUR_CLUSTER) for topic in all_topics()]


def _spec(topic: Topic) -> Manifest:
    return {"partitions": topic.partitions, "replicas": REPLICAS, "config": topic.settings(REPLICAS)}
