"""A broker's authority and a password are renewed, as Strimzi does it: clients that are up go on without a restart."""

import asyncio
import contextlib
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from amends.local.certificates import Certificates, make
from amends.local.java import find_java
from amends.local.kafka import BRIEF, KafkaServer
from amends.local.ports import HOST, free_port
from amends.local.probes import NotAnswering, kafka_brokers
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaAccess, KafkaPublisher, KafkaSource, ensure_topics
from events.runtime.kafka.access import refusal
from events.runtime.stream import Outgoing
from events.topics import SCORECARDS
from support.until import until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(400)


NAME, MECHANISM = "scoring", "SCRAM-SHA-512"


class TlsServer(KafkaServer):
    """One that shows a certificate, and wants one whose authority is the same, and of clients a password."""

    ready_seconds = 150.0  # it starts twice, beside the brokers of all other tests
    memory = ("-Xms256m", "-Xmx256m", *BRIEF)

    def __init__(self, folder: Path, certificates: Certificates) -> None:
        super().__init__(folder, ROOT / ".local" / "kafka")
        self._certificates = certificates
        self.bootstrap, self._operators = f"{HOST}:{free_port()}", f"{HOST}:{free_port()}"

    def new_password(self, password: str) -> None:
        """The one before is void at once, for whoever connects from now on."""
        java = find_java(os.environ)
        user = ("--alter", "--entity-type", "users", "--entity-name", NAME)
        given = ("--add-config", f"{MECHANISM}=[password={password}]")
        where = ("--bootstrap-server", self._operators)
        tool = self._java(java, self._jars(java.home), *BRIEF, "kafka.admin.ConfigCommand", *where, *user, *given)
        subprocess.run(tool.argv, cwd=tool.directory, env=dict(tool.environ), check=True, timeout=60)

    def _format(self) -> tuple[str, ...]:
        return (*super()._format(), "--add-scram", f"{MECHANISM}=[name={NAME},password=first]")

    def _probe(self) -> None:
        context = ssl.create_default_context(cafile=self._certificates.authority)
        context.load_cert_chain(self._certificates.broker)
        if [broker.port for broker in kafka_brokers(HOST, self.port, 2.0, context)] != [self.port]:
            raise NotAnswering("it offers others")

    def _settings(self) -> dict[str, object]:
        settings = super()._settings()
        more = f"CLIENT://{self.bootstrap},OPERATOR://{self._operators}"
        return {
            **settings,
            "listeners": f"{settings['listeners']},{more}",
            "advertised.listeners": f"{settings['advertised.listeners']},{more}",
            "listener.security.protocol.map": "BROKER:SSL,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL,OPERATOR:PLAINTEXT",
            "sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "listener.name.client.ssl.client.auth": "required",
            "ssl.client.auth": "required",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._certificates.broker,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._certificates.authority,
        }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    found = TlsServer(tmp_path / "kafka", make(tmp_path, "broker", [HOST]))
    found.start()
    try:
        yield found
    finally:
        found.close()


def test_clients_that_are_up_follow_a_renewed_authority_certificate_and_password(
    server: TlsServer, tmp_path: Path
) -> None:
    uvloop.run(_renewed(server, tmp_path))  # what services run on


async def _renewed(server: TlsServer, tmp_path: Path) -> None:
    pem = tmp_path / "broker.pem"  # key and certificate in one
    password = tmp_path / "KAFKA_PASSWORD"
    password.write_text("first\n")
    who = {"username": NAME, "password": "first", "mechanism": MECHANISM}
    access = KafkaAccess(
        server.bootstrap, ca=tmp_path / "ca.crt", certificate=pem, key=pem, **who, password_file=password
    )
    await ensure_topics(access, [SCORECARDS])
    publisher = KafkaPublisher(access, client_id="test")
    source = KafkaSource(access, [SCORECARDS.name], "renewal")
    await source.start()
    got: set[bytes | None] = set()

    async def published(value: bytes) -> bool:
        with contextlib.suppress(Unavailable):
            await publisher.publish([Outgoing(SCORECARDS.name, b"k", value)])
            return True
        return False

    async def read(value: bytes) -> bool:
        for records in (await source.poll(0.2)).values():
            got.update(record.value for record in records)
        return value in got

    await until(lambda: published(b"before"), "the publisher is believed")
    await until(lambda: read(b"before"), "what it says is read")

    await asyncio.to_thread(server.new_password, "second")
    await asyncio.to_thread(server.stop)
    old = (tmp_path / "ca.crt").read_bytes()
    make(tmp_path, "broker", [HOST])
    await asyncio.to_thread(server.start)

    assert not await published(b"too early"), "the file has the old password yet"
    assert not await read(b"too early")
    password.write_text("second\n")
    await until(lambda: published(b"after"), "the publisher is believed again", seconds=60)
    await until(lambda: read(b"after"), "the source reads on", seconds=60)
    await source.close()
    await publisher.close()
    (tmp_path / "old.crt").write_bytes(old)
    told = await refusal(KafkaAccess(server.bootstrap, ca=tmp_path / "old.crt", certificate=pem, key=pem))
    assert told is not None
    assert "is not trusted" in told
