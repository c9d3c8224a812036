"""Who reaches whom by the NetworkPolicies of a rendering, as Kubernetes defines it: allowed out and allowed in."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from support.kubernetes_pods import Pod
from support.kustomize import Document, of_kind

OURS = "amends"
NAMESPACE = "kubernetes.io/metadata.name"
PEERS = {"ingress": "from", "egress": "to"}
MAKERS = {"strimzi.io/cluster": "Kafka", "cnpg.io/cluster": "Cluster"}
"""Label of a pod that an operator makes → the kind whose name is its value."""


class End(NamedTuple):
    """One end of a connection: a pod, or with ``address`` something outside of the cluster."""

    namespace: str = ""
    labels: Mapping[str, str] = {}
    ports: Mapping[str, int] = {}
    address: str = ""


def end(pod: Pod) -> End:
    ports = {each["name"]: each["containerPort"] for one in pod.spec["containers"] for each in one.get("ports", ())}
    return End(OURS, pod.labels, ports)


def reaches(documents: Iterable[Document], source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    policies = [each["spec"] for each in of_kind(documents, "NetworkPolicy")]
    out = _allowed(policies, "Egress", source, target, (target, port, protocol))
    return out and _allowed(policies, "Ingress", target, source, (target, port, protocol))


def _allowed(policies: list[Document], way: str, own: End, other: End, asked: tuple[End, int, str]) -> bool:
    if own.namespace != OURS:
        return True  # not ours to say
    about = [each for each in policies if way in each["policyTypes"] and selects(each["podSelector"], own.labels)]
    rules = [rule for each in about for rule in each.get(way.lower(), ())]
    return not about or any(_ports(rule, *asked) and _peers(rule.get(PEERS[way.lower()]), other) for rule in rules)


def _ports(rule: Document, target: End, port: int, protocol: str) -> bool:
    said = rule.get("ports")
    return not said or any(
        each.get("protocol", "TCP") == protocol and target.ports.get(each["port"], each["port"]) == port
        for each in said
    )


def _peers(peers: list[Document] | None, other: End) -> bool:
    return not peers or any(_peer(each, other) for each in peers)


def _peer(peer: Document, other: End) -> bool:
    if block := peer.get("ipBlock"):
        return bool(other.address) and _within(block, other.address)
    if other.address:
        return False
    spaces = peer.get("namespaceSelector")
    there = other.namespace == OURS if spaces is None else selects(spaces, {NAMESPACE: other.namespace})
    return there and selects(peer.get("podSelector", {}), other.labels)


def _within(block: Document, said: str) -> bool:
    address = ip_address(said)
    return address in ip_network(block["cidr"]) and not any(
        address in ip_network(each) for each in block.get("except", ())
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels", "matchExpressions"}, selector
    for each in selector.get("matchExpressions", ()):
        assert each["operator"] == "In", each
        if labels.get(each["key"]) not in each["values"]:
            return False
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def meant(policy: Document) -> Iterator[Document]:
    """The selectors of a policy that mean pods of our namespace."""
    yield policy["spec"]["podSelector"]
    rules = [(rule, peers) for way, peers in PEERS.items() for rule in policy["spec"].get(way, ())]
    for peer in (peer for rule, peers in rules for peer in rule.get(peers, ())):
        if "podSelector" in peer and "namespaceSelector" not in peer:
            yield peer["podSelector"]


def of_an_operator(documents: list[Document], selector: Document) -> bool:
    """Whether it means pods that an operator makes: those of the cluster that is rendered, where one is."""
    for label, kind in MAKERS.items():
        if name := selector.get("matchLabels", {}).get(label):
            return [each["metadata"]["name"] for each in of_kind(documents, kind)] in ([], [name])
    return False
