"""profile-sync as a process, between a real broker and the real reference CRM."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.runtime.kafka import KafkaPublisher
from support.happened import csat, event, record
from support.services import House, house
from support.until import until

TOKEN = "a-token-for-tests"
START = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)

pytestmark = pytest.mark.timeout(180)


async def profiles(rooms: House) -> dict[str, Any]:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        found = (await client.get(f"{rooms['demo-crm'].url}/profiles", params={"limit": 500})).json()
    return {p["id"]: {name: held["value"] for name, held in p["fields"].items()} for p in found["profiles"]}


async def test_killed_again_and_again_it_still_ends_with_what_every_customer_wants(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    async with house(tmp_path, topics, database_url) as rooms:
        crm = await rooms.add("demo-crm", DEMO_CRM_TOKEN=TOKEN)
        answers = tmp_path / "answers.yaml"
        answers.write_text("answers:\n  spoken: {kind: language}\n")
        syncing = await rooms.add(
            "profile-sync",
            PROFILE_SYNC_CRM_URL=f"{crm.url}/profiles/{{customer_id}}",
            PROFILE_SYNC_CRM_TOKEN=TOKEN,
            PROFILE_SYNC_CRM_TIMEOUT_SECONDS="1",
            PROFILE_SYNC_ANSWERS_FILE=str(answers),
            KAFKA_SESSION_SECONDS="6",
        )
        publisher = KafkaPublisher(topics, client_id="test")
        wanted: dict[str, Any] = {}
        for round_ in range(3):
            said = []
            for number in range(100):
                customer, channel = f"cus-{number % 25}", ("email", "sms", "chat")[(number + round_) % 3]
                at = START + timedelta(minutes=round_ * 100 + number)
                said.append(
                    csat(
                        5,
                        None,
                        f"r-{round_}-{number}",
                        customer_id=customer,
                        submitted_at=at.isoformat(),
                        preferences=[{"kind": "contact_channel", "value": channel}],
                        answers={"spoken": "bn"},
                    )
                )
                wanted[customer] = {"contact_channel": channel, "language": "bn"}
            await publisher.publish([record(event("survey.answered", data)) for data in said])
            await until(lambda: _behind(rooms), "it has begun to push", seconds=60)
            await syncing.kill()
            await syncing.start(ready=False)
        await publisher.close()

        async def converged() -> bool:
            return await profiles(rooms) == wanted

        await until(converged, "the CRM holds what every customer wants", seconds=100)
        summary = await rooms.get("profile-sync", "/v1/summary")
        assert summary["active_notes"] == {"contact_channel": 25, "language": 25}


async def _behind(rooms: House) -> bool:
    try:
        return await rooms.counted("profile-sync", "amends_crm_pushes_total") > 0
    except httpx.TransportError:
        return False


async def test_without_its_settings_it_says_what_is_missing_and_leaves(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "API_KEYS_FILE")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "profile_sync", "serve"),
        env={**environ, "PROFILE_SYNC_CRM_URL": "http://crm.example/{customer_id}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    error, _ = await process.communicate()
    assert process.returncode == 1
    for name in ("DATABASE_URL", "API_KEYS_FILE", "PROFILE_SYNC_CRM_URL"):
        assert name in error.decode()
    assert "Traceback" not in error.decode()
