"""deploy/compose.yaml compared with the code. With ``AMENDS_IMAGES=all`` what it wires together runs, as processes."""

import asyncio
import copy
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from deploy.compose.make_secrets import made, write

from amends.local.ports import free_port
from amends.local.process import Command, GuardedProcess, tail
from amends.services import ALERTING, DEMO_CRM, INGEST, SCORING, SERVICES, Service
from deploy.compose_document import DEPLOY, SECRETS, complaints, parsed, read
from events.runtime.api_keys import SCOPES, Keyring
from events.runtime.configuration import load_settings, variables
from ingest.sources.live import LiveSources
from support import prometheus
from support.services import Running
from support.until import until

HOST = "127.0.0.1"


def test_the_document_fits_the_code() -> None:
    assert complaints(parsed()) == []


def _renamed(within: dict[str, Any], old: str, new: str) -> None:
    within[new] = within.pop(old)


MISTAKES: Mapping[str, Callable[[dict[str, Any]], object]] = {
    "a misspelt key": lambda it: _renamed(it["scoring"], "read_only", "readonly"),
    "a misspelt key of a health check": lambda it: it["kafka"]["healthcheck"].update(intervall="5s"),
    "a misspelt variable": lambda it: _renamed(it["ingest"]["environment"], "INGEST_SOURCES_FILE", "INGEST_SOURCE"),
    "another service's variable": lambda it: it["ingest"]["environment"].update(SCORING_TIME_ZONE="UTC"),
    "a misspelt variable of Kafka": lambda it: it["kafka"]["environment"].update(KAFKA_LISTENER="x"),
    "a misspelt variable of Grafana": lambda it: it["grafana"]["environment"].update(GF_AUTH_ANONYMUS="x"),
    "a variable that amends topics does not read": lambda it: it["topics"]["environment"].update(KAFKA_SERVERS="x"),
    "a misspelt option": lambda it: it["traffic"]["command"].append("--rat"),
    "a misspelt command": lambda it: it["topics"].update(command=["topic"]),
    "a file that is not there": lambda it: it["ingest"]["volumes"].append("./compose/source.yaml:/etc/x:ro"),
    "a file that could be written": lambda it: it["ingest"]["volumes"].append("./compose/sources.yaml:/etc/x"),
    "a file that is mounted elsewhere": lambda it: it["ingest"]["environment"].update(INGEST_SOURCES_FILE="/etc/s"),
    "a secret that is not made": lambda it: it["ingest"]["environment"].update(API_KEYS_FILE=f"{SECRETS}/key.yaml"),
    "a volume that is not there": lambda it: it["kafka"].update(volumes=["kafk:/var/lib/kafka/data"]),
    "an image of no version": lambda it: it["postgres"].update(image="postgres:latest"),
    "an image of another service": lambda it: it["scoring"].update(image="amends/ingest:0.7.0"),
    "a package that is none": lambda it: it["scoring"]["build"]["args"].update(PACKAGE="score"),
    "another port": lambda it: it["scoring"].update(ports=["127.0.0.1:8081:8080"]),
    "a port for everybody": lambda it: it["scoring"].update(ports=["8081:8081"]),
    "a root that can be written": lambda it: it["scoring"].pop("read_only"),
    "capabilities": lambda it: it["postgres"].pop("cap_drop"),
    "new privileges": lambda it: it["scoring"].update(security_opt=[]),
    "memory without a limit": lambda it: it["scoring"].pop("mem_limit"),
    "no waiting for tables": lambda it: it["scoring"]["depends_on"].pop("scoring-migrate"),
    "waiting for what is not there": lambda it: it["topics"].update(
        depends_on={"kafak": {"condition": "service_started"}}
    ),
    "waiting for an end that never comes": lambda it: it["topics"]["depends_on"]["kafka"].update(
        condition="service_completed_successfully"
    ),
    "waiting for health that nobody asks": lambda it: it["traffic"]["depends_on"].update(
        prometheus={"condition": "service_healthy"}, secrets={"condition": "service_healthy"}
    ),
    "a network nobody waits for": lambda it: it["traffic"].update(network_mode="service:alert"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_complained_about(mistake: str) -> None:
    document = copy.deepcopy(parsed())
    MISTAKES[mistake](document["services"])
    assert complaints(document)


def test_own_images_are_of_the_version_that_the_images_say() -> None:
    recipe = (DEPLOY / "images/Dockerfile").read_text()
    ours = {part.image.rpartition(":")[2] for part in read(parsed()).services.values() if part.build}
    assert len(ours) == 1
    assert f"ARG VERSION={ours.pop()}\n" in recipe


def test_health_checks_ask_what_is_there() -> None:
    services = read(parsed()).services
    words = {name: part.healthcheck.test for name, part in services.items() if part.healthcheck}
    kafka, postgres = services["kafka"].environment, services["postgres"].environment
    assert words["kafka"][-1] == kafka["KAFKA_ADVERTISED_LISTENERS"].rpartition(":")[2]
    assert words["postgres"][-4:] == ["-U", postgres["POSTGRES_USER"], "-d", postgres["POSTGRES_DB"]]
    for name in ("prometheus", "grafana"):
        port = services[name].ports[0].rpartition(":")[2]
        assert any(f"http://127.0.0.1:{port}" in word for word in words[name])


def test_prometheus_scrapes_every_service_as_elsewhere_under_its_name_here() -> None:
    here = yaml.safe_load((DEPLOY / "compose/prometheus.yml").read_text())
    usual = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    for each in (job for config in usual["scrape_configs"] for job in config["static_configs"]):
        name = each["labels"]["service"]
        each["targets"] = [target.replace(HOST, name) for target in each["targets"]]
    assert here == usual
    targets = {job["targets"][0] for config in here["scrape_configs"] for job in config["static_configs"]}
    assert targets == {f"{service.name}:{service.port}" for service in SERVICES}


def test_promtool_finds_the_configuration_and_its_rules_in_order(tmp_path: Path) -> None:
    mounts = {target: source for source, target, _ in read(parsed()).services["prometheus"].mounts}
    for target in ("/etc/prometheus/prometheus.yml", "/etc/prometheus/rules"):
        (tmp_path / Path(target).name).symlink_to(DEPLOY / mounts[target])
    assert prometheus.promtool("check", "config", tmp_path / "prometheus.yml") == ""


def test_grafana_is_told_all_that_its_provisioning_asks_for() -> None:
    asked = {
        word.split("}")[0]
        for path in (DEPLOY / "grafana/provisioning").rglob("*.yml")
        for word in path.read_text().split("${")[1:]
    }
    told = read(parsed()).services["grafana"].environment
    assert asked
    assert asked <= told.keys()
    assert told["PROMETHEUS_URL"] == "http://prometheus:9090"


def test_secrets_are_made_once_for_the_few_who_need_them(tmp_path: Path) -> None:
    command = [sys.executable, str(DEPLOY / "compose/make_secrets.py"), str(tmp_path)]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second
    files = {path.name: path for path in tmp_path.iterdir()}
    assert files.keys() == made().keys()
    readable = {name for name, path in files.items() if path.stat().st_mode & stat.S_IROTH}
    assert readable == {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
    assert not any(path.stat().st_mode & 0o222 for path in files.values())
    key = Keyring.load(files["keys.yaml"]).find(f"Bearer {files['AMENDS_API_KEY'].read_text()}")
    assert key is not None
    assert key.scopes == SCOPES
    assert files["AMENDS_API_KEY"].read_text() in first


def test_every_secret_is_named_like_a_variable_that_is_read_or_named_in_a_file() -> None:
    read_somewhere = {name for service in (*SERVICES, DEMO_CRM) for name in variables(_settings(service))}
    named = "".join(path.read_text() for path in (DEPLOY / "compose").glob("*.yaml"))
    named += (DEPLOY / "compose.yaml").read_text()
    for name in made().keys() - read_somewhere - {"AMENDS_API_KEY"}:
        assert f"{SECRETS}/{name}" in named or f"secrets: [{name}]" in named, name


def _settings(service: Service) -> Any:
    return __import__(f"{service.module}.settings", fromlist=["Settings"]).Settings


class Wired:
    """What compose.yaml says, on this machine: its files in a folder, its names and ports by ours."""

    def __init__(self, folder: Path, bootstrap: str, database_url: str) -> None:
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        write(self.secrets, {**made(), "DATABASE_URL": database_url})
        self.ports = {service: free_port() for service in (*SERVICES, DEMO_CRM)}
        self.sink = free_port()
        self._folder = folder
        self._services = read(parsed()).services
        self._words = {SECRETS: str(self.secrets), "kafka:9092": bootstrap, ":8099": f":{self.sink}"}
        for service, port in self.ports.items():
            for host in (service.name, HOST):
                self._words[f"{host}:{service.port}"] = f"{HOST}:{port}"

    def url(self, service: Service) -> str:
        return f"http://{HOST}:{self.ports[service]}"

    def environ(self, name: str) -> dict[str, str]:
        part = self._services[name]
        for source, target, _ in part.mounts:
            if source.startswith("./compose/"):
                file = self._folder / Path(target).name
                file.write_text(self._here((DEPLOY / source).read_text()))
                self._words[target] = str(file)
        usual = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        return usual | {variable: self._here(value) for variable, value in part.environment.items()}

    def command(self, name: str) -> list[str]:
        return [self._here(word) for word in self._services[name].command or []]

    def _here(self, text: str) -> str:
        for old, new in self._words.items():
            text = text.replace(old, new)
        return text


@pytest.fixture
def wired(tmp_path: Path, topics: str, database_url: str) -> Wired:
    return Wired(tmp_path, topics, database_url)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_settings_of_a_service_are_whole(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        Wired(tmp_path, "kafka:9092", "postgresql://amends@postgres/amends").environ(service.name).items()
    ):
        monkeypatch.setenv(name, value)
    assert load_settings(_settings(service)).port == service.port


def test_ingest_knows_the_survey_tool_and_its_secret(tmp_path: Path) -> None:
    wired = Wired(tmp_path, "kafka:9092", "postgresql://amends@postgres/amends")
    file = Path(wired.environ("ingest")["INGEST_SOURCES_FILE"])
    known = LiveSources(file, wired.secrets, database=True).find("survey-tool")
    assert known is not None
    assert known.source.voices == ("/demo/surveys",)  # as amends traffic says it


@pytest.mark.skipif(os.environ.get("AMENDS_IMAGES") != "all", reason="takes long: AMENDS_IMAGES=all")
async def test_what_is_wired_together_works_together(wired: Wired, tmp_path: Path) -> None:
    """Traffic comes in, a bad answer becomes a case, somebody is told and claims it, the CRM learns preferences."""
    parts = await asyncio.gather(*(_started(service, wired, tmp_path) for service in (*SERVICES, DEMO_CRM)))
    log = tmp_path / "traffic.log"
    words = ["--sink-port", str(wired.sink), *wired.command("traffic")[1:], "--history", "0"]
    command = (sys.executable, "-c", RUN_TRAFFIC, *words)
    traffic = GuardedProcess(Command(command, log, environ=wired.environ("traffic")))
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            for service, path, secret, wanted in SEEN:
                headers = {"Authorization": f"Bearer {(wired.secrets / secret).read_text()}"}

                async def there(url: str = wired.url(service) + path, said: str = wanted) -> bool:
                    assert traffic.running, tail(log)
                    return re.search(said, await _text(client, url, headers)) is not None  # noqa: B023

                await until(there, f"{service.name}{path}: {wanted}", seconds=90)
    finally:
        os.kill(traffic.pid, signal.SIGTERM)
        code = traffic.wait(20)
        await asyncio.gather(*(part.stop() for part in parts))
    assert code == 0, tail(log)


SEEN = (
    (SCORING, "/v1/metrics?metric=csat&window=1h&dimension=all", "AMENDS_API_KEY", r'"n": ?[1-9]'),
    (INGEST, "/metrics", "AMENDS_API_KEY", r'source_events_total\{source="/demo/surveys"\} [1-9]'),
    (DEMO_CRM, "/profiles", "DEMO_CRM_TOKEN", r'"contact_channel"|"contact_time"|"language"|"do_not_contact'),
    (ALERTING, "/v1/summary", "AMENDS_API_KEY", r'"(claimed|contacted|closed)": ?[1-9]'),
)
"""What is to be seen once it works: service, path, the secret that opens it, a pattern of the answer."""
RUN_TRAFFIC = """
import sys, typer
from amends.commands import traffic
app = typer.Typer()
traffic.register(app)
app(sys.argv[1:])
"""


async def _started(service: Service, wired: Wired, folder: Path) -> Running:
    environ = wired.environ(service.name)
    if service.migrates:
        log = folder / f"{service.name}-migrate.log"
        migration = GuardedProcess(Command((sys.executable, "-m", service.module, "migrate"), log, environ=environ))
        assert await asyncio.to_thread(migration.wait, 90) == 0, tail(log)
    running = Running(service, environ, folder / f"{service.name}.log", wired.ports[service])
    await running.start(ready=False)
    return running


async def _text(client: httpx.AsyncClient, url: str, headers: Mapping[str, str]) -> str:
    try:
        return (await client.get(url, headers=headers)).text
    except httpx.TransportError:
        return ""
