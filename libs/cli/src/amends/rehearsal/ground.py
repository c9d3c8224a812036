"""What the services stand on: three brokers and one PostgreSQL, both with a user for each service."""

import queue
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from amends.local.cluster import OPERATOR, ClusterNode, Plan, planned
from amends.local.parts import Announce, serving
from amends.local.postgres import PostgresServer
from amends.rehearsal import identities
from amends.rehearsal.steps import Steps

BROKERS = "three Kafka brokers: TLS, passwords, access lists"
DATABASE = "PostgreSQL, with passwords"
FORMAT = (
    "kafka-storage.sh format --cluster-id … --initial-controllers … --add-scram 'SCRAM-SHA-512=[name=operator,…]'"
    " -c server.properties"
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Both, serving. ``folder``: of this run."""

    folder: Path
    plan: Plan
    brokers: tuple[ClusterNode, ...]
    postgres: PostgresServer

    def kafka(self, user: str) -> dict[str, str]:
        """The variables by which this user gets into Kafka."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.plan.bootstrap,
            "KAFKA_CA_FILE": str(self.plan.certificates.authority),
            "KAFKA_USERNAME": user,
            "KAFKA_PASSWORD": self.plan.users[user],
        }

    @property
    def operator(self) -> Mapping[str, str]:
        return self.kafka(OPERATOR)


@contextmanager
def ground(local: Path, folder: Path, steps: Steps, announce: Announce) -> Iterator[Ground]:
    """PartMissing or PartFailed when one cannot be had. Both go at the end, data too.

    Args:
        local: where programs are kept that were fetched.
    """
    plan = planned(folder, identities.users())
    said: queue.SimpleQueue[str] = queue.SimpleQueue()
    brokers = tuple(
        ClusterNode(plan, member, folder / f"kafka-{member.node}", local / "kafka", said.put) for member in plan.members
    )
    postgres = PostgresServer(folder / "postgres", said.put, password=secrets.token_hex(16))
    with ExitStack() as stack:
        with steps.step(BROKERS, FORMAT, "kafka-server-start.sh server.properties"):
            brokers[0].fetch_jars()
            stack.enter_context(serving(brokers, said, announce))
        with steps.step(DATABASE):
            stack.enter_context(serving([postgres], said, announce))
        try:
            yield Ground(folder, plan, brokers, postgres)
        finally:
            for server in (*brokers, postgres):  # with data nobody needs any more
                server.kill()
