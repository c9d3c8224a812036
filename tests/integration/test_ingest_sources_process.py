"""Sources and their keys against a running ingest: what an operator does at a terminal counts without a restart."""

import asyncio
import json
import re
import sys
from pathlib import Path

import httpx

from support.services import Running, house
from support.until import until


async def _source(environ: dict[str, str], *arguments: str) -> str:
    command = (sys.executable, "-m", "amends", "source", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=environ, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    return out.decode()


def _key(said: str) -> str:
    (found,) = re.findall(r"Authorization: Bearer (amk_\S+)", said)
    return str(found)


REPORT = {"interaction_id": "c-1", "channel": "chat", "offered_at": "2026-03-02T09:00:00Z"}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "/crm/own", "type": "interaction.reported", "data": REPORT}


async def _posted(ingest: Running, path: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json"}
    async with httpx.AsyncClient(timeout=30) as client:
        return (await client.post(ingest.url + path, content=json.dumps(EVENT), headers=headers)).status_code


async def test_a_source_is_added_rotated_and_revoked_while_ingest_runs(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    (tmp_path / "sources.yaml").write_text("sources: []\n")
    (tmp_path / "secrets").mkdir()
    own = {
        "INGEST_SOURCES_FILE": str(tmp_path / "sources.yaml"),
        "INGEST_SECRETS_DIR": str(tmp_path / "secrets"),
    }
    async with house(tmp_path, topics, database_url) as found:
        ingest = await found.add("ingest", **own)
        environ = {**found.environ, **own}
        assert await _posted(ingest, "/v1/webhooks/own", "amk_x") == 404

        first = _key(await _source(environ, "add", "own", "--vendor", "generic", "--speaks-for", "/crm/own"))

        async def answers(key: str, status: int) -> bool:
            return await _posted(ingest, "/v1/events", key) == status

        await until(lambda: answers(first, 202), "the new key opens", seconds=30)
        assert await _posted(ingest, "/v1/webhooks/own", first) == 202
        second = _key(await _source(environ, "rotate", "own"))
        await until(lambda: answers(second, 202), "the second key opens", seconds=30)
        assert await answers(first, 202)
        await _source(environ, "revoke", "own", first[4:12])
        await until(lambda: answers(first, 401), "the revoked key is refused", seconds=30)
        assert await answers(second, 202)

        async def used() -> bool:
            (listed,) = json.loads(await _source(environ, "list", "--json"))["sources"]
            return bool(listed["keys"][0]["last_used_at"])

        await until(used, "when it was used is written down", seconds=30)
        log = (tmp_path / "ingest.log").read_text()
        assert first not in log
        assert second not in log
