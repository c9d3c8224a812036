"""``python -m ingest serve`` as operators run it: a process of its own, a port, signals."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from events.runtime.api_keys import dump, new_key
from support.broker import read_all
from support.until import until

MENTION = {"mention_id": "m-1", "network": "x", "text": "zx7canary", "published_at": "2026-03-02T09:30:00Z"}

JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def ingest(*arguments: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "ingest", *(arguments or ("serve",))),
        env={**{k: v for k, v in os.environ.items() if not k.startswith("INGEST_")}, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_starts_accepts_and_leaves_on_sigterm_with_exit_code_0(
    topics: str, free_port: int, tmp_path: Path
) -> None:
    key = new_key(("events:write",))
    keys = tmp_path / "keys.yaml"
    keys.write_text(dump((key.kept,)))
    environment = {"KAFKA_BOOTSTRAP_SERVERS": topics, "API_KEYS_FILE": str(keys), "INGEST_PORT": str(free_port)}
    async with ingest(**environment) as process, httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}") as http:

        async def ready() -> bool:
            assert process.returncode is None, "the process ended"
            try:
                return (await http.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready, "the process is ready")
        headers = {"Authorization": f"Bearer {key.secret}"}
        answer = await http.post("/v1/mentions", json=MENTION, headers=headers)
        assert answer.status_code == 202
        refused = await http.post("/v1/mentions", json={**MENTION, "zx7canary": "zx7canary"}, headers=headers)
        assert refused.status_code == 422

        # The sender is told, though it was still sending, and may go on using the connection.
        big = await http.post("/v1/mentions", content=b" " * 10_000_000, headers=headers | JSON)
        assert big.status_code == 413
        assert (await http.post("/v1/mentions", json=MENTION, headers=headers)).status_code == 202

        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert b"zx7canary" not in log
        assert b"Traceback" not in log
    assert [b"zx7canary" in record.value for record in await read_all(topics, "mentions")] == [True, True]


async def test_a_wrong_configuration_is_one_readable_message(tmp_path: Path) -> None:
    async with ingest(API_KEYS_FILE=str(tmp_path / "none"), KAFKA_BOOTSTRAP_SERVERS="", INGEST_PORT="x") as process:
        _, log = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"Traceback" not in log
    (line,) = log.splitlines()
    assert all(name in line for name in (b"API_KEYS_FILE", b"KAFKA_BOOTSTRAP_SERVERS", b"INGEST_PORT"))


async def test_a_port_that_is_taken_is_said_in_one_line(topics: str, free_port: int, tmp_path: Path) -> None:
    keys = tmp_path / "keys.yaml"
    keys.write_text(dump(()))
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", free_port)
    async with server:
        environment = {"KAFKA_BOOTSTRAP_SERVERS": topics, "API_KEYS_FILE": str(keys), "INGEST_PORT": str(free_port)}
        async with ingest(**environment) as process:
            _, log = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert b"Traceback" not in log
    assert str(free_port).encode() in log
