"""Alerting as it is run: processes, a real broker, a real database, a real receiver; started, told, killed, stopped."""

import asyncio
import base64
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook

from amends.local.ports import free_port as find_free_port
from events import codec
from events.case import CaseReported
from events.envelope import Event
from events.runtime.api_keys import dump, new_key
from events.runtime.kafka import KafkaPublisher
from events.runtime.stream import Outgoing
from events.survey import SurveyResponse
from support.broker import read_all
from support.until import until

SECRET = "whsec_" + base64.b64encode(os.urandom(24)).decode()
KEY = new_key(("alerts:read", "alerts:act"))


class Receiver:
    """Takes HTTP posts and keeps them verified, with the moment they came."""

    def __init__(self) -> None:
        self.got: list[tuple[float, str, str]] = []  # when, webhook-id, event id

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        document = Webhook(SECRET).verify(body, headers)
        self.got.append((time.monotonic(), headers["webhook-id"], document["data"]["event_id"]))
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def event_ids(self) -> set[str]:
        return {event_id for _, _, event_id in self.got}


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, int]]:
    found = Receiver()
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0) as server:
        yield found, server.sockets[0].getsockname()[1]


@pytest.fixture
def environment(database_url: str, topics: str, receiver: tuple[Receiver, int], tmp_path: Path) -> dict[str, str]:
    keys = tmp_path / "keys.yaml"
    keys.write_text(dump((KEY.kept,)))
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": topics,
        "API_KEYS_FILE": str(keys),
        "ALERTING_WEBHOOK_URL": f"http://127.0.0.1:{receiver[1]}/",
        "ALERTING_WEBHOOK_SECRET": SECRET,
    }


@asynccontextmanager
async def alerting(environment: dict[str, str], log: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = find_free_port()
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "alerting", "serve", env={**environment, "ALERTING_PORT": str(port)}, stderr=out
        )
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            await until(lambda: _ready(client, port), "the service to be ready")
        await until(lambda: "partition assigned" in log.read_text(), "the service to have its partitions", seconds=60)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ready(client: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


async def migrate(environment: dict[str, str]) -> None:
    for _ in range(2):  # the second time there is nothing to do
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "alerting", "migrate", env=environment)
        assert await process.wait() == 0


def bad_answer(*, days_ago: int = 0) -> Event[SurveyResponse]:
    then = datetime.now(UTC) - timedelta(days=days_ago)
    said = SurveyResponse(
        response_id=f"r-{uuid.uuid4().hex}",
        customer_id=f"canary-{uuid.uuid4().hex}",
        instrument="csat",
        scale="1-5",
        value=1,
        comment="canary words",
        submitted_at=then,
    )
    return Event(f"e-{uuid.uuid4().hex}", "/survey", "default", then, then, said)


async def publish(bootstrap: str, *events: Event[SurveyResponse]) -> None:
    publisher = KafkaPublisher(bootstrap, client_id="test")
    records = [Outgoing("survey-responses", codec.key(e), value, h) for e in events for h, value in [codec.encode(e)]]
    await publisher.publish(records)
    await publisher.close()


async def test_from_an_answer_on_the_topic_to_somebody_who_was_told(
    environment: dict[str, str], receiver: tuple[Receiver, int], tmp_path: Path
) -> None:
    got, log = receiver[0], tmp_path / "log"
    await migrate(environment)
    async with alerting(environment, log) as (process, url):
        first, old = bad_answer(), bad_answer(days_ago=1900)
        await publish(environment["KAFKA_BOOTSTRAP_SERVERS"], old, first)
        await until(lambda: got.got, "the first delivery", seconds=60)
        second = bad_answer()
        await publish(environment["KAFKA_BOOTSTRAP_SERVERS"], second)
        began = time.monotonic()
        await until(lambda: len(got.got) == 2, "the second delivery")
        assert got.got[1][0] - began < 1.5
        assert got.event_ids() == {first.id, second.id}
        async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {KEY.secret}"}) as client:
            summary = (await client.get(f"{url}/v1/summary")).json()
        assert summary["cases"]["open"] == 2
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    assert "canary" not in log.read_text()


async def reported(bootstrap: str) -> list[str | None]:
    """Which answers the cases on the topic ``alerts`` were opened by, each event counted once."""
    found = [codec.decode(tuple(record.headers), record.value) for record in await read_all(bootstrap, "alerts")]
    cases = {event.id: event.data for event in found}
    return [case.response_id for case in cases.values() if isinstance(case, CaseReported)]


async def test_a_killed_service_tells_of_every_answer_once_it_is_back(
    environment: dict[str, str], receiver: tuple[Receiver, int], tmp_path: Path
) -> None:
    got = receiver[0]
    await migrate(environment)
    told = [bad_answer() for _ in range(40)]
    async with alerting(environment, tmp_path / "first") as (process, _):
        await publish(environment["KAFKA_BOOTSTRAP_SERVERS"], *told)
        await until(lambda: got.got, "a first delivery", seconds=60)
        process.kill()
        await process.wait()
    async with alerting(environment, tmp_path / "second"):
        await until(lambda: got.event_ids() == {e.id for e in told}, "every answer to be told of", seconds=90)
        answers = sorted(e.data.response_id for e in told)

        async def complete() -> bool:
            return sorted(map(str, await reported(environment["KAFKA_BOOTSTRAP_SERVERS"]))) == answers

        await until(complete, "every case to be reported", seconds=60)
    assert len({key for _, key, _ in got.got}) == len(told)


async def test_a_configuration_that_is_wrong_is_said_in_one_readable_line() -> None:
    environment = {"PATH": os.environ["PATH"], "ALERTING_PORT": "0", "ALERTING_DESK_PASSPHRASE": "canary"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "alerting", "serve", env=environment, stdout=-1, stderr=-2
    )
    out, _ = await process.communicate()
    assert process.returncode == 1
    said = out.decode()
    assert "Traceback" not in said
    assert "canary" not in said
    for name in (
        "DATABASE_URL",
        "KAFKA_BOOTSTRAP_SERVERS",
        "API_KEYS_FILE",
        "ALERTING_PORT",
        "ALERTING_DESK_PASSPHRASE",
    ):
        assert name in said
