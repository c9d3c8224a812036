"""What the desk shows to those who look after it, over the API."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.app import create_app
from alerting.settings import Settings
from events.runtime.api_keys import Keyring, new_key
from support.alerting_member import Member, answered, event, reported
from support.alerting_schema import migrated

KEY, STRANGER = new_key(("alerts:read", "alerts:act")), new_key(("alerts:read",), tenant="other")


@pytest.fixture
async def engine(database_url: str) -> Any:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def client(engine: AsyncEngine, database_url: str, tmp_path: Path) -> Any:
    settings = Settings(
        **{"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "API_KEYS_FILE": __file__}
    )
    transport = httpx.ASGITransport(create_app(settings, engine, Keyring((KEY.kept, STRANGER.kept))).app)
    headers = {"authorization": f"Bearer {KEY.secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers) as client:
        yield client


async def two_cases(engine: AsyncEngine) -> None:
    member, now = Member(engine, 0), datetime.now(UTC)
    await member.take(
        event(reported()),
        event(answered(1)),
        event(reported(interaction_id="call-2", team="sales", customer_id="cus-2")),
        event(answered(1, response_id="r-2", interaction_id="call-2", customer_id="cus-2", submitted_at=now)),
    )


async def test_the_queue_is_filtered_and_says_what_it_is_made_of(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await two_cases(engine)
    whole = (await client.get("/v1/queue")).json()
    assert {found["case"]["team"] for found in whole["cases"]} == {"billing", "sales"}
    assert sum(share["count"] for share in whole["makeup"]) == 2
    sales = (await client.get("/v1/queue", params={"team": "sales", "state": "open"})).json()["cases"]
    assert [found["case"]["customer_id"] for found in sales] == ["cus-2"]
    for wrong in ({"state": "nowhere"}, {"state": "closed"}, {"person": "Dana"}, {"channel": "pigeon"}):
        assert (await client.get("/v1/queue", params=wrong)).status_code == 422


async def test_a_case_comes_with_what_is_known_of_its_customer(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await two_cases(engine)
    case = (await client.get("/v1/queue", params={"team": "sales"})).json()["cases"][0]["case"]["id"]
    known = (await client.get(f"/v1/cases/{case}/context")).json()
    assert (known["customer_id"], known["contact"]["agent"]) == ("cus-2", "a-17")
    assert [told["channel"] for told in (await client.get(f"/v1/cases/{case}/deliveries")).json()] == [
        "webhook",
        "apprise-x",
    ]


async def test_who_has_what_and_how_it_went(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await two_cases(engine)
    case = (await client.get("/v1/queue")).json()["cases"][0]["case"]["id"]
    await client.post(f"/v1/cases/{case}/claim", json={"by": "Dana", "version": 1})
    team = (await client.get("/v1/team", params={"days": 7})).json()
    assert [(person["name"], person["to_contact"]) for person in team["people"]] == [("Dana", 1)]
    assert (team["results"]["closed"], team["undelivered"]) == (0, [])
    theirs = (await client.get("/v1/queue", params={"person": team["people"][0]["key"]})).json()["cases"]
    assert [found["case"]["id"] for found in theirs] == [case]
    assert (await client.get("/v1/queue", params={"person": "0" * 12})).json()["cases"] == []
    assert (await client.get("/v1/team", params={"days": 91})).status_code == 422


async def test_the_delivery_log_is_read_by_destination_or_by_failure(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await two_cases(engine)
    log = (await client.get("/v1/deliveries", params={"channel": "webhook"})).json()
    assert [entry["what"] for entry in log] == ["page", "page"]
    older = (await client.get("/v1/deliveries", params={"channel": "webhook", "before": log[0]["id"]})).json()
    assert [entry["id"] for entry in older] == [log[1]["id"]]
    assert (await client.get("/v1/deliveries")).json() == []


async def test_nothing_of_it_is_another_tenant_s(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await two_cases(engine)
    case = (await client.get("/v1/queue")).json()["cases"][0]["case"]["id"]
    client.headers["authorization"] = f"Bearer {STRANGER.secret}"
    assert (await client.get("/v1/queue")).json() == {"cases": [], "makeup": []}
    assert (await client.get("/v1/team")).json()["people"] == []
    assert (await client.get(f"/v1/cases/{case}/context")).status_code == 404
    assert (await client.get(f"/v1/cases/{case}/deliveries")).json() == []
    assert (await client.get("/v1/deliveries", params={"channel": "webhook"})).json() == []
