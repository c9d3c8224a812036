"""A pusher as a process of its own, to be killed: ``pusher_process.py DATABASE CRM CLIENT LEASE``, until SIGTERM."""

import asyncio
import signal
import sys

import httpx
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from events.runtime.database import create_engine
from profile_sync.app import SCHEMA
from profile_sync.crms import CRMS
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.oauth import Grant, OAuth
from profile_sync.crms.port import Layout
from profile_sync.pusher import Pusher
from profile_sync.store.pushes import Pushes
from profile_sync.telemetry import Telemetry

TIMEOUT_SECONDS = 0.8


async def push(database: str, crm: str, client_id: str, lease: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    engine = create_engine(database, SCHEMA)
    async with httpx.AsyncClient(trust_env=False) as client:
        grant = Grant(f"{crm}/token", client_id, SecretStr("hush"))
        exchange = Exchange(client, OAuth(client, grant, timeout_seconds=TIMEOUT_SECONDS), TIMEOUT_SECONDS)
        adapter = CRMS["rest"](exchange, Layout(crm + "/{tenant}/profiles/{customer_id}"))
        pushes = Pushes(engine, lease_seconds=float(lease), recheck_seconds=1.0)
        await Pusher(pushes, adapter, Telemetry(CollectorRegistry()), parallel=6, poll_seconds=0.1).run(stop)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(push(*sys.argv[1:]))
