"""Chromium, and a house whose boards are open, with a day of signals in it."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.happened import stamp
from support.services import House, house

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSPHRASE = "open sesame"


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str) -> AsyncIterator[House]:
    """Ingest and scoring, and what 300 customers said through ingest's own door in the last day."""
    published = tmp_path / "published.yaml"
    published.write_text("metrics: [csat, approval_rate, nps]\nwindow: 24h\n")
    async with house(tmp_path, topics, database_url) as found:
        scoring = {"SCORING_BOARD_PASSPHRASE": PASSPHRASE, "SCORING_PUBLISHED_FILE": str(published)}
        await asyncio.gather(found.add("ingest"), found.add("scoring", **scoring))
        await _a_day(found)
        await found.caught_up("scoring")
        yield found


async def _a_day(rooms: House) -> None:
    chance, now = random.Random(4), datetime.now(UTC)
    events: list[dict[str, Any]] = []
    for number in range(300):
        offered = now - timedelta(minutes=chance.randrange(5, 1400))
        contact = {
            "interaction_id": f"c-{number}",
            "channel": chance.choice(["phone", "phone", "chat", "email", "messaging", "social"]),
            "team": chance.choice(["billing", "orders", "retention"]),
            "agent": f"a-{number % 9}",
            "offered_at": stamp(offered),
            "answered_at": stamp(offered + timedelta(seconds=chance.randrange(5, 90))),
            "ended_at": stamp(offered + timedelta(seconds=300)),
        }
        nps = number % 3 == 0
        said = {
            "response_id": f"r-{number}",
            "interaction_id": f"c-{number}",
            "instrument": "nps" if nps else "csat",
            "scale": "0-10" if nps else "1-5",
            "value": chance.choice([10, 9, 9, 8, 4]) if nps else chance.choice([5, 5, 5, 4, 4, 3, 1]),
            "submitted_at": stamp(offered + timedelta(minutes=4)),
        }
        events.append(_event("interaction.reported", f"i-{number}", contact))
        events.append(_event("survey.answered", f"s-{number}", said))
    for start in range(0, len(events), 100):
        answer = await rooms.post("/v1/events", events[start : start + 100], "application/cloudevents-batch+json")
        assert answer.status_code == 202, answer.text


def _event(type_: str, id_: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"specversion": "1.0", "id": id_, "source": "/browser", "type": type_, "data": data}
