"""Ingest is killed while it takes announcements and fetches what they are about: none that it accepted is forgotten."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest
import yaml

from events.runtime import plain_yaml
from support import broker, golden, signing, vendor_api
from support.golden import FOLDER, Case
from support.services import House, house
from support.until import until

KILLS = 5
NAME = "surveymonkey/completed"
THING = "118000777"
PUBLIC_URL = "https://amends.example.com"


class Announcer:
    """Posts one announcement after the other, as SurveyMonkey signs them; what is not accepted it does not repeat."""

    def __init__(self, url: str, case: Case) -> None:
        self.accepted: list[str] = []
        self.stop = asyncio.Event()
        self._url = url
        self._case = case
        self._scheme = next(iter(case.vendor.signatures.values()))

    async def run(self, first: int) -> None:
        [delivered] = self._case.deliveries
        async with httpx.AsyncClient(base_url=self._url, timeout=15) as http:
            for number in range(first, first + 10_000):
                if self.stop.is_set():
                    return
                raw = delivered.raw.replace(THING.encode(), str(number).encode())
                raw = raw.replace(b"10009001", f"e{number}".encode())
                kind, now = delivered.content_type, datetime.now(UTC)
                posted = signing.signed(self._scheme, PUBLIC_URL, "/v1/webhooks/monkey", raw, kind, now)
                try:
                    answer = await http.post(posted.path, content=posted.body, headers=dict(posted.headers))
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                assert answer.status_code == 202, answer.text
                self.accepted.append(str(number))


@asynccontextmanager
async def vendor(case: Case) -> AsyncIterator[vendor_api.VendorApi]:
    """It has every response there could be."""
    assert case.vendor.enrichment
    [delivered] = case.deliveries
    assert delivered.fetched
    template = case.vendor.enrichment.path(delivered.says[0]["fetch"])
    body = json.dumps(delivered.fetched["body"])

    async def know(api: vendor_api.VendorApi, path: str, _: asyncio.StreamWriter) -> None:
        before, after = template.split(THING)
        number = path.removeprefix(before).removesuffix(after)
        api.documents[path] = json.loads(body.replace(THING, number))

    async with vendor_api.vendor_api() as api:
        api.before = know
        yield api


def configure(directory: Path, api: vendor_api.VendorApi) -> dict[str, str]:
    secrets = directory / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "monkey").write_text(signing.SECRET)
    (secrets / "monkey-token").write_text("a-token")
    source = {**plain_yaml.load(FOLDER / f"{NAME}.yaml")["source"], "secrets": ["monkey"]}
    source["api"] = {"base_url": api.url, "token": "monkey-token", "per_second": 1000}
    (directory / "sources.yaml").write_text(yaml.safe_dump({"public_url": PUBLIC_URL, "sources": [source]}))
    return {"INGEST_SOURCES_FILE": f"{directory}/sources.yaml", "INGEST_SECRETS_DIR": str(secrets)}


async def kill_and_start(rooms: House, database: asyncpg.Connection) -> None:
    """A minute passes in between: what the dead one had leased is free again."""
    await rooms["ingest"].kill()
    await database.execute("UPDATE ingest.enrichment SET leased_until = now() WHERE leased_until > now()")
    await rooms["ingest"].start()


@pytest.mark.timeout(180)
async def test_killed_while_fetching_it_still_fetches_all_that_it_accepted(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    chance = random.Random(seed)
    case = golden.load(FOLDER / f"{NAME}.yaml")
    database = await asyncpg.connect(database_url)
    async with vendor(case) as api, house(tmp_path, topics, database_url) as rooms:
        ingest = await rooms.add("ingest", **configure(tmp_path, api))
        announcer = Announcer(ingest.url, case)
        running = [asyncio.create_task(announcer.run(first)) for first in (100_000, 200_000, 300_000)]
        for _ in range(KILLS):
            taken, asked = len(announcer.accepted), len(api.asked)
            await until(
                lambda taken=taken, asked=asked: len(announcer.accepted) > taken + 20 and len(api.asked) > asked + 20,  # type: ignore[misc]
                "announcements are accepted, and followed",
            )
            await asyncio.sleep(chance.uniform(0, 0.5))
            await kill_and_start(rooms, database)
        announcer.stop.set()
        await asyncio.gather(*running)

        async def over() -> bool:
            return not await database.fetchval("SELECT count(*) FROM ingest.enrichment WHERE state <> 'done'")

        await until(over, "everything is fetched", seconds=60)
    await database.close()
    stored: dict[str, set[str]] = {}
    for record in await broker.read_all(topics, "survey-responses"):
        response = json.loads(record.value)["response_id"]
        stored.setdefault(response, set()).add(dict(record.headers)["ce_id"].decode())
    wanted = {f"monkey:{number}:{question}" for number in announcer.accepted for question in ("7001", "7002")}
    print(f"{len(announcer.accepted)} accepted, {len(api.asked)} fetches, {len(stored)} answers")
    assert wanted <= stored.keys()
    assert all(len(ids) == 1 for ids in stored.values()), "one answer fetched twice is one event"
