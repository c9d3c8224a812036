"""Prometheus itself accepts, scrapes and answers from the metrics pages of the services, with traffic on them."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from amends.local.ports import free_port
from amends.local.process import Command, GuardedProcess
from support import prometheus
from support.happened import csat, interaction, stamp
from support.services import House, house
from support.until import until

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(300)


def debian(program: str) -> Path:
    found = prometheus.find(program, ROOT / ".local")
    if found is None:
        assert "CI" not in os.environ, f"{program} could not be had, and CI must not go without it"
        pytest.skip(f"{program} is not on PATH and Debian's prometheus package cannot be had here")
    return found


@pytest.fixture
async def rooms(tmp_path: Path, topics: str, database_url: str) -> AsyncIterator[House]:
    """All four services, one abandoned contact and one bad answer behind them."""
    async with house(tmp_path, topics, database_url) as found:
        await asyncio.gather(
            found.add("ingest"),
            found.add("scoring", SCORING_EXPORT_SECONDS="0.5"),
            found.add("alerting"),
            found.add("profile-sync", PROFILE_SYNC_CRM_URL="http://127.0.0.1:1/profiles/{customer_id}"),
        )
        now = stamp(datetime.now(UTC))
        await found.post("/v1/interactions", interaction(offered_at=now, abandoned=True))
        await found.post("/v1/survey-responses", csat(1, customer_id="c", submitted_at=now))
        for name in ("scoring", "alerting", "profile-sync"):
            await found.caught_up(name)
        await until(lambda: _shown(found), "the gauges show the answer")
        yield found


async def _shown(rooms: House) -> bool:
    return await rooms.counted("scoring", "amends_csat_sample_size") > 0


async def test_promtool_accepts_the_metrics_of_every_service(rooms: House) -> None:
    promtool = debian("promtool")
    for name, member in rooms.members.items():
        async with httpx.AsyncClient() as client:
            page = (await client.get(f"{member.url}/metrics")).text
        assert "# HELP amends_" in page
        assert prometheus.check_metrics(promtool, page) == "", name


def test_promtool_does_find_fault() -> None:
    page = "# TYPE wrong_total gauge\nwrong_total 1\n"
    assert "no help text" in prometheus.check_metrics(debian("promtool"), page)


async def test_prometheus_scrapes_every_service_and_answers_with_our_numbers(rooms: House, tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    for target in config["scrape_configs"][0]["static_configs"]:
        target["targets"] = [rooms[target["labels"]["service"]].url.removeprefix("http://")]
    config["global"]["scrape_interval"] = "1s"
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    arguments = (
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/prometheus",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    server = GuardedProcess(Command((str(debian("prometheus")), *arguments), tmp_path / "prometheus.log"))
    try:

        async def ask(query: str) -> list[dict[str, Any]]:
            async with httpx.AsyncClient() as client:
                try:
                    answer = await client.get(f"http://127.0.0.1:{port}/api/v1/query", params={"query": query})
                except httpx.TransportError:
                    return []
            return list(answer.json()["data"]["result"]) if answer.status_code == 200 else []

        found = await until(lambda: ask('amends_csat_ratio{window="1h",dimension="all"}'), "our number is there")
        assert [float(series["value"][1]) for series in found] == [0.0]
        assert float((await ask('amends_abandonment_ratio{window="1h",dimension="all"}'))[0]["value"][1]) == 1.0
        await until(lambda: ask("sum(up) == 4"), "all four are up")
    finally:
        await asyncio.to_thread(server.kill)
