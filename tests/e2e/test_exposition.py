"""Prometheus' own linter accepts the metrics page of each service, with traffic on it."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from support import promtool
from support.happened import csat, interaction, stamp
from support.services import house

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def linter() -> Path:
    found = promtool.find(ROOT / ".local")
    if found is None:
        assert "CI" not in os.environ, "promtool could not be had, and CI must not go without it"
        pytest.skip("promtool is not on PATH and Debian's prometheus package cannot be had here")
    return found


@pytest.mark.timeout(300)
async def test_promtool_accepts_the_metrics_of_every_service(
    linter: Path, tmp_path: Path, topics: str, database_url: str
) -> None:
    async with house(tmp_path, topics, database_url) as rooms:
        await asyncio.gather(
            rooms.add("ingest"),
            rooms.add("scoring", SCORING_EXPORT_SECONDS="0.5"),
            rooms.add("alerting"),
            rooms.add("profile-sync", PROFILE_SYNC_CRM_URL="http://127.0.0.1:1/profiles/{customer_id}"),
        )
        now = stamp(datetime.now(UTC))
        await rooms.post("/v1/interactions", interaction(offered_at=now, abandoned=True))
        await rooms.post("/v1/survey-responses", csat(1, customer_id="c", submitted_at=now))
        for name in ("scoring", "alerting", "profile-sync"):
            await rooms.caught_up(name)
        await asyncio.sleep(1.2)
        for name, member in rooms.members.items():
            async with httpx.AsyncClient() as client:
                page = (await client.get(f"{member.url}/metrics")).text
            assert "# HELP amends_" in page
            assert promtool.check_metrics(linter, page) == "", name


def test_the_linter_does_find_fault(linter: Path) -> None:
    assert "no help text" in promtool.check_metrics(linter, "# TYPE wrong_total gauge\nwrong_total 1\n")
