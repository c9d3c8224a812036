"""A private Apache Kafka: one node in KRaft mode, broker and controller, from its own jars."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from amends.local.errors import PartFailed
from amends.local.java import Java, find_java, find_maven
from amends.local.kafka_jars import Maven, fetch, find_pom, jars_directory
from amends.local.ports import HOST, free_port
from amends.local.probes import NotAnswering, kafka_brokers
from amends.local.process import Command, tail
from amends.local.server import LocalServer, silent

NODE = 1
CLUSTER = "amends-local-cluster-1"  # any 22 characters: one per data directory
FORMAT_SECONDS = 60.0
PROBE_SECONDS = 2.0
# The serial collector suits 384 MB and leaves the second core to the services; starting takes as long as with G1.
# Compilation keeps all its tiers: the first one alone saves 0.3 s at start and costs throughput for ever after.
MEMORY = ("-Xms384m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
BRIEF = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # for a tool that runs for half a second
LOGGING = ("-Dorg.apache.logging.log4j.level=INFO", "-Dlog4j2.disable.jmx=true")  # to standard output: one file


class KafkaServer(LocalServer):
    """Kafka on 127.0.0.1 only, plaintext. Topics are created by a step of ours, never by a typing mistake."""

    kind = "Kafka"
    memory: tuple[str, ...] = MEMORY

    def __init__(self, directory: Path, cache: Path, announce: Callable[[str], None] = silent) -> None:
        """Nothing happens yet; `cache` is where the jars of all runs are kept."""
        super().__init__(directory, announce)
        self.bootstrap = f"{HOST}:{self.port}"
        self._controller = free_port()
        self._cache = cache
        self._version = ""

    @property
    def label(self) -> str:
        return f"{self.kind} {self._version}".strip()

    def remove_data(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def _prepare(self) -> Command:
        java = find_java(os.environ)
        jars = self._jars(java.home)
        self._say_starting()
        properties = self.directory / "server.properties"
        properties.write_text("".join(f"{key}={value}\n" for key, value in self._settings().items()), encoding="utf-8")
        options = ("--ignore-formatted", "-t", CLUSTER, "-c", properties.name, *self._format())
        tool = self._java(java, jars, *BRIEF, "kafka.tools.StorageTool", "format", *options)
        if self._run(tool, FORMAT_SECONDS) != 0:
            raise PartFailed(f"{self.label} could not format its storage. {tail(self.log)}")
        return self._java(java, jars, *self.memory, *LOGGING, "kafka.Kafka", properties.name)

    def _java(self, java: Java, jars: Path, *arguments: str) -> Command:
        """Paths are relative to our directory: a class path can hold no colon, log.dirs no comma, properties no ü."""
        classes = ("-cp", os.path.join(os.path.relpath(jars.resolve(), self.directory.resolve()), "*"))
        environ = {**os.environ, "LC_ALL": "C.UTF-8"}  # or Java cannot even name a working directory beyond ASCII
        return Command((str(java.program), *classes, *arguments), self.log, directory=self.directory, environ=environ)

    def fetch_jars(self) -> None:
        """Now, where several would otherwise do it at once. PartMissing or PartFailed."""
        self._jars(find_java(os.environ).home)

    def _jars(self, java_home: Path) -> Path:
        pom = find_pom()
        jars = jars_directory(self._cache, pom)
        if not jars.is_dir():
            maven = find_maven(os.environ)
            self._announce("fetching Kafka's jars with Maven, once …")
            self._cache.mkdir(parents=True, exist_ok=True)
            fetch(Maven(maven, java_home, self._run), pom, jars)
        self._version = next(jars.glob("kafka_*.jar")).stem.partition("-")[2]
        return jars

    def _probe(self) -> None:
        ports = [broker.port for broker in kafka_brokers(HOST, self.port, PROBE_SECONDS)]
        if ports != [self.port]:
            raise NotAnswering(f"it offers ports {ports}")

    def _format(self) -> tuple[str, ...]:
        """What formatting the storage takes beside the settings."""
        return ("--standalone",)

    def _settings(self) -> dict[str, object]:
        broker, controller = f"BROKER://{HOST}:{self.port}", f"CONTROLLER://{HOST}:{self._controller}"
        return {
            "process.roles": "broker,controller",
            "node.id": NODE,
            "listeners": f"{broker},{controller}",
            "advertised.listeners": f"{broker},{controller}",
            "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.bootstrap.servers": f"{HOST}:{self._controller}",
            **FOR_ONE_NODE,
            **SMALL,
        }


FOR_ONE_NODE = {
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
}
SMALL = {
    "log.dirs": "data",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": 8,  # of 50: each is a log to open
    "transaction.state.log.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 0,
    "group.coordinator.rebalance.protocols": "classic,consumer",
    # A broker that was killed may register again when its session has run out: 9 s by default.
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    "log.cleaner.threads": 1,
    "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,  # of 128 MiB, a third of the heap
    "log.cleaner.io.buffer.size": 64 * 1024,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
}
