"""The whole of `amends doctor`: on a system that is well, beside services that are not, and with everything away."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from amends.local.ports import free_port as find_free_port
from amends.main import run
from amends.services import INGEST, SCORING, SERVICES, Service
from events.runtime import ops
from events.runtime.build_info import tell_version
from events.runtime.database import create_engine
from events.runtime.kafka import KafkaSource
from events.runtime.migrate import upgrade
from events.topics import read_by
from support.serving import serving
from support.until import until

Doctor = Callable[..., Awaitable[tuple[int, dict[str, list[dict[str, str]]]]]]
OURS = ("KAFKA_", "DATABASE_URL", "API_KEYS_FILE", "SECRETS_DIR", *(f"{service.prefix}_" for service in SERVICES))


@pytest.fixture(autouse=True)
def _only_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    for service in SERVICES:
        monkeypatch.setenv(f"{service.prefix}_PORT", str(find_free_port()))


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """The command as typed, with --json: its exit code, and what each check found."""

    async def ask(*arguments: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
        capsys.readouterr()
        code = await asyncio.to_thread(run, ["doctor", "--json", *arguments])
        told = json.loads(capsys.readouterr().out)
        assert told["healthy"] == (code == 0)
        found: dict[str, list[dict[str, str]]] = {}
        for each in told["findings"]:
            found.setdefault(each.pop("check"), []).append(each)
        return code, found

    return ask


@asynccontextmanager
async def answering(
    service: Service, reasons: Sequence[str] = (), *, tells: bool = True, foreign: bool = False
) -> AsyncIterator[str]:
    """A server that answers the operator as a service does, or one that has nothing to do with us."""
    registry, app = CollectorRegistry(), FastAPI()

    async def readiness() -> Sequence[str]:
        return reasons

    if tells:
        tell_version(registry, service.name)
    if not foreign:
        app.include_router(ops.router(registry, readiness))
    port = find_free_port()
    async with serving(app, port):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def reading(bootstrap: str) -> AsyncIterator[None]:
    """One member in the group of every consumer."""
    names = [service.name for service in SERVICES if read_by(service.name)]
    sources = [KafkaSource(bootstrap, [topic.name for topic in read_by(name)], name) for name in names]
    async with AsyncExitStack() as stack:
        for source in sources:
            await source.start()
            stack.push_async_callback(source.close)
        for source in sources:
            await until(source.assignment, "joined")
        yield


async def migrate(url: str) -> None:
    for service in SERVICES:
        engine = create_engine(url, service.module)
        await upgrade(engine, service.module, Path(str(import_module(service.module).__file__)).parent / "migrations")
        await engine.dispose()


async def test_a_system_that_is_well_is_told_so_but_for_its_only_broker(
    topics: str, database_url: str, doctor: Doctor
) -> None:
    await migrate(database_url)
    async with AsyncExitStack() as stack:
        urls = {service: await stack.enter_async_context(answering(service)) for service in SERVICES}
        await stack.enter_async_context(reading(topics))
        options = [f"--service={service.name}={url}" for service, url in urls.items()]
        code, found = await doctor("--kafka", topics, "--database", database_url, *options)
    found.pop("disk")  # how full this machine is
    complaints = [each["says"] for findings in found.values() for each in findings if each["level"] != "fine"]
    (alone,) = [each for each in complaints if each.startswith("Kafka answers, with 1 broker")]
    not_asked = {"API_KEYS_FILE is not set", "Kafka is reached without TLS", "no record is in Kafka yet"}
    rest = [each for each in complaints if each != alone and not each.startswith(tuple(not_asked))]
    assert [each for each in rest if not each.startswith("no file with secrets")] == []
    assert code == 0
    assert {len(found[name]) for name in ("ports", "readiness", "migrations")} == {4}
    assert [each["says"] for each in found["readiness"]] == [f"{service.name} is ready" for service in SERVICES]
    assert len(found["versions"]) == 5


async def test_everything_away_is_told_in_seconds_and_hides_nothing(doctor: Doctor) -> None:
    began = time.monotonic()
    nowhere = find_free_port()
    code, found = await doctor(
        "--kafka", f"127.0.0.1:{nowhere}", "--database", f"postgresql://amends:hush@127.0.0.1:{nowhere}/amends"
    )
    assert time.monotonic() - began < 25
    assert code == 1
    levels = {name: {each["level"] for each in findings} for name, findings in found.items()}
    assert (levels["broker"], levels["database"]) == ({"broken"}, {"broken"})
    assert {level for name in ("topics", "migrations", "lag", "members") for level in levels[name]} == {"skipped"}
    assert levels["ports"] == {"fine"}
    assert "hush" not in json.dumps(found)


async def test_a_silent_machine_is_not_waited_for_without_end(doctor: Doctor) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    code, found = await doctor(
        "--kafka", f"127.0.0.1:{port}", "--database", f"postgresql://amends@127.0.0.1:{port}/amends"
    )
    assert time.monotonic() - began < 30
    server.close()
    assert code == 1
    assert {found[name][0]["level"] for name in ("broker", "database")} == {"broken"}
    assert {each["level"] for name in ("topics", "migrations", "cases") for each in found[name]} == {"skipped"}


async def told(doctor: Doctor, check: str, service: Service, url: str) -> dict[str, str]:
    _, found = await doctor("--only", check, f"--service={service.name}={url}")
    (one,) = [each for each in found[check] if service.name in each["says"] or "packages" in each["says"]]
    return one


async def test_a_service_that_is_not_ready_says_why(doctor: Doctor) -> None:
    async with answering(SCORING, ["the database does not answer"]) as url:
        found = await told(doctor, "readiness", SCORING, url)
    assert (found["level"], found["says"]) == ("broken", "scoring is not ready: the database does not answer")


async def test_a_service_that_was_named_must_answer_and_one_that_was_not_need_not(doctor: Doctor) -> None:
    code, found = await doctor("--only", "readiness", "--service", f"scoring=http://127.0.0.1:{find_free_port()}")
    assert code == 1
    assert sorted(each["level"] for each in found["readiness"]) == ["broken", "skipped", "skipped", "skipped"]


async def test_a_port_that_is_taken_by_somebody_else_names_them(doctor: Doctor) -> None:
    async with answering(INGEST, foreign=True) as url:
        found = await told(doctor, "ports", INGEST, url)
    assert found["level"] == "broken"
    assert "of ingest is taken by" in found["says"]
    assert "(pid " in found["says"]
    async with answering(INGEST) as url:
        assert (await told(doctor, "ports", INGEST, url))["level"] == "fine"


async def test_a_service_that_does_not_tell_its_version_is_no_complaint(doctor: Doctor) -> None:
    async with answering(SCORING, tells=False) as url:
        assert (await told(doctor, "versions", SCORING, url))["level"] == "skipped"
    async with answering(SCORING) as url:
        assert (await told(doctor, "versions", SCORING, url))["level"] == "fine"
