"""The generic adapter, set up by a CRM file, against the reference CRM on a real port and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo_crm.app import create_app
from profile_sync import crm_file
from profile_sync.core.converge import Plan, Profile, change, plan
from profile_sync.core.preferences import FIELDS, Customer, is_flag
from profile_sync.core.replies import Reply
from profile_sync.crms.port import Crm
from support.serving import serving

CUSTOMER = Customer("default", "cus-42")
TOKEN = "hush-reference"


def field(value: Any) -> dict[str, Any]:
    return {"value": value, "stated_at": "2026-03-02T09:40:00Z", "source": "survey resp-9001"}


@pytest.fixture
async def at(database_url: str, free_port: int) -> AsyncIterator[str]:
    app = create_app(database_url, TOKEN)
    async with app.router.lifespan_context(app), serving(app, free_port):
        yield f"http://127.0.0.1:{free_port}"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as found:
        yield found


@pytest.fixture
def crm(at: str, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Crm:
    monkeypatch.setenv("REFERENCE_TOKEN", TOKEN)
    path = tmp_path / "crm.yaml"
    path.write_text(
        f"crm: rest\nurl: {at}/profiles/{{customer_id}}\nauth: {{kind: bearer, token: {{env: REFERENCE_TOKEN}}}}\n"
    )
    found = crm_file.read(path)
    return found.crm(found.exchange(client, 5))


async def read(crm: Crm) -> Profile:
    found = await crm.read(CUSTOMER)
    assert isinstance(found, Profile), found
    return found


async def write(crm: Crm, profile: Profile, version: int = 1, **fields: Any) -> Reply:
    wanted = {name: None if value is None else field(value) for name, value in fields.items()}
    return await crm.write(CUSTOMER, change(CUSTOMER, version, Plan(wanted, {}, frozenset()), profile))


async def by_hand(client: httpx.AsyncClient, at: str, name: str, value: str) -> None:
    answer = await client.post(f"{at}/customers/{CUSTOMER.customer_id}", data={"field": name, "value": value})
    assert answer.status_code == 303


async def test_every_field_goes_there_and_back_with_where_it_comes_from(crm: Crm) -> None:
    nobody = await read(crm)
    assert nobody.exists is False
    wanted = {name: field(True if is_flag(name) else "ভাষা <b>\"'🙂" * 40) for name in FIELDS}
    assert (await crm.write(CUSTOMER, change(CUSTOMER, 1, plan(wanted, {}, nobody), nobody))).status == 200
    found = await read(crm)
    assert dict(found.fields) == wanted
    assert dict(plan(wanted, {}, found).writes) == {}
    assert (await write(crm, found, note=None, language="de")).status == 200
    assert dict((await read(crm)).fields) == {**{n: wanted[n] for n in FIELDS if n != "note"}, "language": field("de")}


async def test_a_persons_edit_between_reading_and_writing_stays(crm: Crm, client: httpx.AsyncClient, at: str) -> None:
    assert (await write(crm, await read(crm), language="bn")).status == 200
    seen = await read(crm)
    await by_hand(client, at, "language", "fr")
    assert await write(crm, seen, 2, language="de") == Reply(412)
    held = (await read(crm)).fields["language"]
    assert (held["value"] if isinstance(held, dict) else held) == "fr"


async def test_of_many_who_write_to_one_state_one_does(crm: Crm) -> None:
    for start in (await read(crm), None):
        profile = start or await read(crm)
        replies = await asyncio.gather(*(write(crm, profile, number, note=f"of {number}") for number in range(12)))
        assert sorted(reply.status or 0 for reply in replies) == [200] + [412] * 11
        winner = next(number for number, reply in enumerate(replies) if reply.status == 200)
        assert (await read(crm)).fields["note"]["value"] == f"of {winner}"


async def test_a_repeat_is_answered_as_it_was_and_done_once(crm: Crm) -> None:
    nobody = await read(crm)
    assert await write(crm, nobody, language="bn") == Reply(200)
    etag = (await read(crm)).etag
    assert await write(crm, nobody, language="bn") == Reply(200)
    assert (await read(crm)).etag == etag
