"""Looking for cases through the API as one does at the desk."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.app import create_app
from alerting.core.case import Attempt, Claim
from alerting.settings import Settings
from events.runtime.api_keys import Keyring, new_key
from support.alerting_schema import migrated
from support.desk_cases import a_case, change
from support.desk_server import cases_of, people

KEY = new_key(("alerts:read",))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def client(engine: AsyncEngine, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    needed = {"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "API_KEYS_FILE": __file__}
    app = create_app(Settings(**needed), engine, Keyring((KEY.kept,))).app
    headers = {"authorization": f"Bearer {KEY.secret}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://desk.test", headers=headers
    ) as client:
        yield client


async def test_cases_are_found_by_what_they_are_about(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    first = await a_case(engine, 1, contact={"team": "billing", "channel": "phone"})
    second = await a_case(engine, 2, contact={"team": "a&b", "channel": "chat"})
    await change(engine, second, "play = 'call_back', reason = 'call_back_missed', customer_tier = 'gold'")
    for parameters, found in (
        ({}, [first, second]),
        ({"team": "billing"}, [first]),
        ({"team": "a&b"}, [second]),
        ({"channel": "chat"}, [second]),
        ({"reason": "low_score"}, [first]),
        ({"play": "call_back"}, [second]),
        ({"tier": "gold", "state": "open"}, [second]),
        ({"tier": "gold", "state": "closed"}, []),
    ):
        page = (await client.get("/v1/cases", params=parameters)).json()
        assert [case["id"] for case in page["cases"]] == [str(case_id) for case_id in found], parameters
    for wrong in ({"channel": "smoke"}, {"play": "chess"}, {"reason": "bored"}):
        assert (await client.get("/v1/cases", params=wrong)).status_code == 422


async def test_a_case_tells_of_the_attempts_to_reach_the_customer(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    case_id = await a_case(engine)
    act = cases_of(engine, people()).act
    await act("default", case_id, Claim(by="Dana", version=1))
    await act("default", case_id, Attempt(by="Dana", version=2, result="busy", note="Again at two."))
    (tried,) = (await client.get(f"/v1/cases/{case_id}")).json()["attempts"]
    assert {**tried, "at": None} == {
        "at": None, "who": "Dana", "channel": "phone", "result": "busy", "note": "Again at two.",
    }  # fmt: skip
