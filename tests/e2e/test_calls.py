"""A real data set, replayed over HTTP: the numbers equal the published ones and a recomputation from the file alone."""

import asyncio
import csv
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from events.vocabulary import parse_instant
from support.services import House, house
from support.until import until

ROOT = Path(__file__).parents[2]
CALLS = ROOT.parent / "shared/data/calls.csv"
MAP = ROOT / "deploy/local/maps/calls.yaml"
YEAR = {"from": "2021-01-01T00:00:00Z", "to": "2022-01-01T00:00:00Z"}

pytestmark = [
    pytest.mark.skipif(not CALLS.exists(), reason="../shared/data/calls.csv is not here"),
    pytest.mark.timeout(400),
]


@dataclass
class Tally:
    """A plain recomputation for some of the rows."""

    calls: int = 0
    answered: int = 0
    resolved: int = 0
    scores: list[int] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    talks: list[float] = field(default_factory=list)

    def add(self, row: dict[str, str]) -> None:
        self.calls += 1
        self.resolved += row["Resolved"] == "Y"
        if row["Answered (Y/N)"] == "Y":
            hours, minutes, seconds = map(int, row["AvgTalkDuration"].split(":"))
            self.answered += 1
            self.waits.append(int(row["Speed of answer in seconds"]))
            self.talks.append(timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds())
            self.scores.append(int(row["Satisfaction rating"]))

    def figures(self) -> dict[str, tuple[float | None, int]]:
        """(value, sample size) per metric, as the API should say."""
        within = sum(wait <= 20 for wait in self.waits)
        return {
            "contact_volume": (self.calls, self.calls),
            "abandonment": (_ratio(self.calls - self.answered, self.calls), self.calls),
            "service_level": (_ratio(within, self.calls), self.calls),
            "resolved_share": (_ratio(self.resolved, self.calls), self.calls),
            "csat": (_ratio(sum(score >= 4 for score in self.scores), self.answered), self.answered),
            "csat_score": (_ratio(sum(self.scores), self.answered), self.answered),
            "asa": (_ratio(sum(self.waits), self.answered), self.answered),
            "aht": (_ratio(sum(self.talks), self.answered), self.answered),
        }


def _ratio(part: float, whole: int) -> float | None:
    return part / whole if whole else None


def tallies(by: Callable[[dict[str, str]], str]) -> dict[str, Tally]:
    found: dict[str, Tally] = defaultdict(Tally)
    with CALLS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found[by(row)].add(row)
    return dict(found)


async def figures(rooms: House, dimension: str, **window: str) -> dict[str, dict[str, tuple[float | None, int]]]:
    found: dict[str, dict[str, tuple[float | None, int]]] = defaultdict(dict)
    for metric in Tally().figures():
        answer = await rooms.get("scoring", "/v1/metrics", metric=metric, dimension=dimension, **(window or YEAR))
        for row in answer["values"]:
            found[row["key"]][metric] = (row["value"], row["n"])
            assert metric != "aht" or "csat" in row["beside"]
    return found


def same(found: dict[str, Any], expected: dict[str, Tally]) -> None:
    assert set(found) == set(expected)
    for key, tally in expected.items():
        for metric, (value, n) in tally.figures().items():
            assert found[key][metric][1] == n, (key, metric)
            assert found[key][metric][0] == (None if value is None else pytest.approx(value, rel=1e-12)), (key, metric)


async def replay(rooms: House, *options: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "amends", "replay", str(CALLS), "--map", str(MAP), "--no-resume"),
        *(
            "--url",
            rooms["ingest"].url,
            "--key",
            rooms.key,
            "--rejects",
            str(rooms.directory / "rejects.csv"),
            *options,
        ),
        cwd=rooms.directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()


async def test_the_numbers_are_the_published_ones_whatever_is_replayed_how_often(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    async with house(tmp_path, topics, database_url) as rooms:
        await rooms.add("ingest")
        await rooms.add("scoring", KAFKA_SESSION_SECONDS="6")
        await rooms.add("alerting")
        await replay(rooms)
        await rooms.caught_up("scoring")

        [total] = (await figures(rooms, "all")).values()
        assert total["contact_volume"] == (5000, 5000)
        assert total["csat"][1] == 4054
        assert round((total["abandonment"][0] or 0) * 100, 2) == 18.92
        assert round((total["abandonment"][0] or 0) * 5000) == 946
        assert round((total["resolved_share"][0] or 0) * 5000) == 3646
        assert round(total["asa"][0] or 0, 2) == 67.52
        assert round((total["csat"][0] or 0) * 100, 2) == 49.90
        assert round(total["csat_score"][0] or 0, 3) == 3.404
        assert round(total["aht"][0] or 0, 2) == 224.92

        same(await figures(rooms, "all"), tallies(lambda row: ""))
        same(await figures(rooms, "agent"), tallies(lambda row: row["Agent"]))
        same(await figures(rooms, "reason"), tallies(lambda row: row["Topic"]))
        for day, expected in tallies(lambda row: row["Date"]).items():
            start = parse_instant(f"{day}T00:00:00Z")
            window = {"from": start.isoformat(), "to": (start + timedelta(days=1)).isoformat()}
            same(await figures(rooms, "all", **window), {"": expected})
        first = {dimension: await figures(rooms, dimension) for dimension in ("all", "channel", "agent", "reason")}

        await replay(rooms)
        await rooms.caught_up("scoring")
        assert {dimension: await figures(rooms, dimension) for dimension in first} == first

        await rooms.add("scoring", as_="second", KAFKA_SESSION_SECONDS="6")
        await replay(rooms, "--shuffle", "7")
        await rooms.caught_up("scoring")
        assert {dimension: await figures(rooms, dimension) for dimension in first} == first

        await rooms.caught_up("alerting")
        assert (await rooms.get("alerting", "/v1/cases"))["cases"] == []


async def test_rebuilt_from_the_topics_by_two_consumers_the_numbers_are_the_same(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    async with house(tmp_path, topics, database_url) as rooms:
        await rooms.add("ingest")
        await replay(rooms, "--shuffle", "11")
        await replay(rooms, "--shuffle", "12")
        async with nothing_applied_yet(database_url):
            await rooms.add("scoring")
            await rooms.add("scoring", as_="second")
            await until(lambda: rooms.counted("second", "amends_consumer_partitions"), "the second has partitions")
        await rooms.caught_up("scoring")
        same(await figures(rooms, "all"), tallies(lambda row: ""))
        same(await figures(rooms, "agent"), tallies(lambda row: row["Agent"]))
        assert await rooms.counted("second", "amends_consumer_applied_total") > 0


@asynccontextmanager
async def nothing_applied_yet(database_url: str) -> AsyncIterator[None]:
    """As if records had just been read: no consumer gets further than its first offset meanwhile."""
    environ = {**os.environ, "DATABASE_URL": database_url}
    migrating = await asyncio.create_subprocess_exec(sys.executable, "-m", "scoring", "migrate", env=environ)
    assert await migrating.wait() == 0
    database = await asyncpg.connect(database_url)
    try:
        async with database.transaction():
            await database.execute("LOCK TABLE scoring.stream_offset IN SHARE MODE")
            yield
    finally:
        await database.close()
