"""Who may do what in Kafka, as KafkaUsers: the services by ``events.rights``, and three that are none.

``operator`` is for people: ``amends topics``, ``amends dlq``. ``doctor`` looks at everything and changes nothing.
``keda`` sees how far behind the others are, and no record.
"""

from collections.abc import Iterable

from deploy.k8s.kafka_topics import OF_OUR_CLUSTER, STRIMZI
from deploy.k8s.manifest import Manifest, manifest
from deploy.k8s.scaled_objects import scaled

from events.rights import Rights, rights_of, services
from events.topics import all_topics

OPERATOR = ("Create", "Describe", "DescribeConfigs", "Read", "Write")
"""On topics. Never Delete or Alter: those are the Topic Operator's."""
DOCTOR = ("Describe", "DescribeConfigs", "Read")
"""On topics: of records it reads how old they are, and why dead letters are dead."""


def kafka_users() -> list[Manifest]:
    users = {service: _service(rights_of(service)) for service in services()}
    users |= {"operator": _everywhere(OPERATOR), "doctor": _everywhere(DOCTOR), "keda": _keda()}
    return [manifest(STRIMZI, "KafkaUser", name, _spec(rules), OF_OUR_CLUSTER) for name, rules in users.items()]


def _service(rights: Rights) -> list[Manifest]:
    rules = [_rule("topic", topic.name, "Read", "Describe") for topic in rights.reads]
    rules += [_rule("topic", topic.name, "Write", "Describe") for topic in rights.writes]
    return rules + ([_rule("group", rights.group, "Read")] if rights.group else [])


def _everywhere(operations: Iterable[str]) -> list[Manifest]:
    return [_rule("topic", topic.name, *operations) for topic in all_topics()] + _groups()


def _keda() -> list[Manifest]:
    read = {topic.name for service in scaled() for topic in rights_of(service).reads}
    return [_rule("topic", name, "Describe") for name in sorted(read)] + _groups()


def _groups() -> list[Manifest]:
    return [_rule("group", group, "Describe") for service in services() if (group := rights_of(service).group)]


def _rule(kind: str, name: str, *operations: str) -> Manifest:
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": list(operations)}


def _spec(rules: list[Manifest]) -> Manifest:
    return {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": rules}}
