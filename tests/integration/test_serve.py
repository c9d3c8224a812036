"""``serve`` owns the signals: real processes, real signals."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from support.until import until

PROGRAM = """
import asyncio, sys
from fastapi import FastAPI
from events.runtime.service import run, serve
from events.runtime.logs import configure_logging

configure_logging()
app = FastAPI()
drained = []

@app.get("/slow")
async def slow():
    print("asked", flush=True)
    await asyncio.sleep(1)
    return {"answered": True}

@app.get("/broken")
async def broken():
    raise ValueError("canary")

@app.get("/crash")
async def crash():
    crashing.set()

crashing = asyncio.Event()

async def consumer(stop):
    crashed = asyncio.ensure_future(crashing.wait())
    await asyncio.wait({asyncio.ensure_future(stop.wait()), crashed}, return_when=asyncio.FIRST_COMPLETED)
    if crashing.is_set():
        raise ValueError("the consumer broke")
    await asyncio.sleep(0.3)  # finishing the batch in hand
    print("drained", flush=True)

run(lambda: serve(app, [consumer], host="127.0.0.1", port=int(sys.argv[1])))
"""


@asynccontextmanager
async def service(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(port), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        await until(lambda: answers(port), "the service answers", seconds=15)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def answers(port: int) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{port}/docs")).status_code == 200
    except httpx.TransportError:
        return False


async def test_a_connection_that_was_idle_is_still_there(free_port: int) -> None:
    patient = httpx.AsyncHTTPTransport(limits=httpx.Limits(keepalive_expiry=60))
    async with service(free_port), httpx.AsyncClient(transport=patient) as client:
        ends = []
        for idle in (0, 6):  # uvicorn by itself closes after 5
            await asyncio.sleep(idle)
            answer = await client.get(f"http://127.0.0.1:{free_port}/docs")
            ends.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
        assert ends[0] == ends[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_requests_and_jobs_and_exits_0(free_port: int, number: signal.Signals) -> None:
    async with service(free_port) as process, httpx.AsyncClient() as client:
        asking = asyncio.create_task(client.get(f"http://127.0.0.1:{free_port}/slow"))
        assert process.stdout is not None
        assert await process.stdout.readline() == b"asked\n"
        process.send_signal(number)
        assert (await asking).json() == {"answered": True}
        out, _ = await asyncio.wait_for(process.communicate(), 10)
        assert out == b"drained\n"
        assert process.returncode == 0


async def test_a_job_that_breaks_takes_the_process_down_with_exit_code_1(free_port: int) -> None:
    async with service(free_port) as process, httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{free_port}/crash")
        _, err = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 1
        assert b"ValueError" in err
        assert b" consumer" in err
        assert b"the consumer broke" not in err, "a message may hold what a customer said"


async def test_an_error_nobody_expected_answers_500_and_is_logged_without_its_message(free_port: int) -> None:
    async with service(free_port) as process, httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{free_port}/broken")).status_code == 500
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(process.communicate(), 10)
        assert b"request failed" in err
        assert b"ValueError" in err
        assert b"canary" not in err


async def test_a_port_in_use_is_named_and_exits_1(free_port: int) -> None:
    async with service(free_port):
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(free_port), stderr=asyncio.subprocess.PIPE
        )
        _, err = await asyncio.wait_for(second.communicate(), 10)
        assert second.returncode == 1
        assert f"cannot listen on 127.0.0.1:{free_port}".encode() in err


async def test_a_fault_before_it_serves_is_logged_without_its_message_and_exits_1() -> None:
    program = (
        "from events.runtime.logs import configure_logging; from events.runtime.service import run\n"
        "async def main(): raise ValueError('canary')\n"
        "configure_logging(); run(main)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert "ValueError" in said.decode()
    assert "canary" not in said.decode()
