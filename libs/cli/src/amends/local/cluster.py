"""Three Kafka brokers as in production: TLS, users with passwords, access lists, every record on at least two."""

import base64
import os
import secrets
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from amends.local.certificates import Certificates, make
from amends.local.kafka import BRIEF, SMALL, KafkaServer
from amends.local.ports import HOST, free_port
from amends.local.probes import NotAnswering, kafka_brokers
from amends.local.server import silent

NODES = 3
BROKER = "amends-broker"
OPERATOR = "operator"
MECHANISM = "SCRAM-SHA-512"
PROBE_SECONDS = 2.0
LISTENERS = {"CLIENT": "SASL_SSL", "INTERNAL": "SSL", "CONTROLLER": "SSL"}
COPIES = {
    "default.replication.factor": 3,
    "min.insync.replicas": 2,
    "unclean.leader.election.enable": "false",
    "offsets.topic.replication.factor": 3,
    "transaction.state.log.replication.factor": 3,
    "transaction.state.log.min.isr": 2,
    "share.coordinator.state.topic.replication.factor": 3,
    "share.coordinator.state.topic.min.isr": 2,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One broker of the plan: its number, the identity of its data, and the port of each listener."""

    node: int
    directory: str
    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the brokers of one cluster have in common. ``users``: name → password."""

    certificates: Certificates
    users: Mapping[str, str]
    members: tuple[Member, ...]

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{HOST}:{member.ports['CLIENT']}" for member in self.members)

    def addresses(self, listener: str) -> str:
        return ",".join(f"{HOST}:{member.ports[listener]}" for member in self.members)


def planned(folder: Path, users: Mapping[str, str]) -> Plan:
    """A cluster for these users; OPERATOR among them may do everything. Its certificates are made in ``folder``."""
    members = tuple(
        Member(
            number + 1,
            base64.urlsafe_b64encode(b"\0" + secrets.token_bytes(15)).decode().rstrip("="),  # a dash cannot begin it
            {listener: free_port() for listener in LISTENERS},
        )
        for number in range(NODES)
    )
    return Plan(make(folder, BROKER, [HOST]), users, members)


class ClusterNode(KafkaServer):
    """One of the brokers, controller too. Clients come by TLS and password, brokers to each other by certificate."""

    ready_seconds = 150.0  # three at once, each of which waits for another
    # One tier of compilation: three of them start on a few cores, and none lives long.
    memory = ("-Xms256m", "-Xmx256m", *BRIEF, "-XX:+ExitOnOutOfMemoryError")

    def __init__(
        self, plan: Plan, member: Member, directory: Path, cache: Path, announce: Callable[[str], None] = silent
    ) -> None:
        super().__init__(directory, cache, announce)
        self.port = member.ports["CLIENT"]
        self._plan = plan
        self._member = member

    @property
    def label(self) -> str:
        return f"{super().label}, broker {self._member.node}"

    def _probe(self) -> None:
        """It answers us as it does another broker."""
        context = ssl.create_default_context(cafile=self._plan.certificates.authority)
        context.load_cert_chain(self._plan.certificates.broker)
        own = self._member.ports["INTERNAL"]
        ports = [broker.port for broker in kafka_brokers(HOST, own, PROBE_SECONDS, context)]
        if own not in ports:
            raise NotAnswering(f"it offers ports {ports}")

    def _format(self) -> tuple[str, ...]:
        founders = ",".join(
            f"{member.node}@{HOST}:{member.ports['CONTROLLER']}:{member.directory}" for member in self._plan.members
        )
        users = [
            part
            for name, password in self._plan.users.items()
            for part in ("--add-scram", f"{MECHANISM}=[name={name},password={password}]")
        ]
        return ("--initial-controllers", founders, *users)

    def _seen_from_here(self, file: Path) -> str:
        return os.path.relpath(file.resolve(), self.directory.resolve())  # properties hold no ü

    def _settings(self) -> dict[str, object]:
        listeners = ",".join(f"{name}://{HOST}:{port}" for name, port in self._member.ports.items())
        certificates = self._plan.certificates
        login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        return {
            "process.roles": "broker,controller",
            "node.id": self._member.node,
            "listeners": listeners,
            "advertised.listeners": listeners,
            "listener.security.protocol.map": ",".join(f"{name}:{how}" for name, how in LISTENERS.items()),
            "inter.broker.listener.name": "INTERNAL",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": self._plan.addresses("CONTROLLER"),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._seen_from_here(certificates.broker),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._seen_from_here(certificates.authority),
            "listener.name.internal.ssl.client.auth": "required",
            "listener.name.controller.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": login,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:CN={BROKER};User:{OPERATOR}",
            **COPIES,
            **SMALL,
        }
