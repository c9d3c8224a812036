"""The HTTP API of causes, incidents and lost customers, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.api import causes, incidents, lost
from alerting.core.duty import Duty
from alerting.core.incidents import IncidentRule
from alerting.incident_watch import IncidentWatch
from events.runtime import api_page
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from support.case_rows import MIGRATIONS, SCHEMA, add_case

READER, ACTOR = new_key(("alerts:read",)), new_key(("alerts:read", "alerts:act"))
STRANGER = new_key(("alerts:read", "alerts:act"), tenant="other")
RULE = IncidentRule("queue", "team", 3, timedelta(minutes=30), "maria")
CLOSING = {"by": "Maria", "finding": "A bad release, taken back."}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, SCHEMA)
    await upgrade(engine, SCHEMA, MIGRATIONS)
    yield engine
    await engine.dispose()


@pytest.fixture
async def client(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    keyring = Keyring((READER.kept, ACTOR.kept, STRANGER.kept))
    app = api_page.create(FastAPI, title="alerting", version="1", description="")
    for router in (
        causes.router(engine, keyring, ZoneInfo("UTC")),
        incidents.router(engine, keyring),
        lost.router(engine, keyring),
    ):
        app.include_router(router)
    headers = {"authorization": f"Bearer {ACTOR.secret}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers) as client:
        yield client


def as_key(key: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {key.secret}"}


async def incident(client: httpx.AsyncClient, engine: AsyncEngine) -> str:
    for _ in range(3):
        await add_case(engine)
    await IncidentWatch(engine, (RULE,), Duty()).look()
    return str((await client.get("/v1/incidents")).json()["incidents"][0]["id"])


async def test_an_incident_from_open_to_closed(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    path = f"/v1/incidents/{await incident(client, engine)}"
    opened = (await client.get(path)).json()
    assert (opened["incident"]["state"], opened["incident"]["key"], len(opened["cases"])) == ("open", "billing", 3)
    assert sum(minute["cases"] for minute in opened["minutes"]) == 3
    assert opened["causes"] == []
    closed = await client.post(f"{path}/close", json=CLOSING)
    assert closed.status_code == 200, closed.text
    assert (closed.json()["incident"]["closed_by"], closed.json()["incident"]["finding"]) == tuple(CLOSING.values())
    again = await client.post(f"{path}/close", json=CLOSING)
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    assert (await client.get("/v1/incidents", params={"state": "open"})).json()["incidents"] == []


async def test_incidents_belong_to_one_tenant(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    path = f"/v1/incidents/{await incident(client, engine)}"
    stranger = as_key(STRANGER)
    assert (await client.get("/v1/incidents", headers=stranger)).json() == {"incidents": [], "next": None}
    assert (await client.get(path, headers=stranger)).status_code == 404
    assert (await client.post(f"{path}/close", json=CLOSING, headers=stranger)).status_code == 404
    assert (await client.get(path)).json()["incident"]["state"] == "open"


async def test_reading_and_acting_need_their_scopes(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    path = f"/v1/incidents/{await incident(client, engine)}"
    assert (await client.get(path, headers={"authorization": ""})).status_code == 401
    assert (await client.get(path, headers=as_key(READER))).status_code == 200
    assert (await client.post(f"{path}/close", json=CLOSING, headers=as_key(READER))).status_code == 403
    follow_up = f"/v1/lost/{uuid4()}/follow-up"
    assert (await client.post(follow_up, json={"by": "Dana"}, headers=as_key(READER))).status_code == 403


async def test_what_closing_lacks_is_said_without_repeating_it(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"/v1/incidents/{uuid4()}/close", json={"by": "Maria", "secret": "s3cret"})
    assert answer.status_code == 422
    assert {problem["pointer"] for problem in answer.json()["errors"]} == {"/finding", "/secret"}
    assert "s3cret" not in answer.text


async def test_pages_of_incidents_follow_each_other(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        for number in range(5):
            add = "INSERT INTO incident (tenant, dimension, key, title) VALUES ('default', 'team', :key, 'x')"
            await tx.execute(text(add), {"key": f"team-{number}"})
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get("/v1/incidents", params=params)).json()
        seen += [found["key"] for found in page["incidents"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert sorted(seen) == [f"team-{number}" for number in range(5)]
    broken = await client.get("/v1/incidents", params={"after": "bm9uc2Vuc2U="})
    assert (broken.status_code, broken.json()["errors"][0]["pointer"]) == (422, "/query/after")


async def test_the_board_with_its_words(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    for outcome in ("recovered",) * 4 + ("unreachable",):
        await add_case(engine, outcome=outcome, cause="staffing", comment="Waited two hours.")
    answer = (await client.get("/v1/causes", params={"by": "team"})).json()
    (bar,) = answer["board"]["bars"]
    assert (bar["cause"], bar["group"], bar["n"], bar["share"], bar["cumulative"]) == ("staffing", "billing", 5, 1, 1)
    assert bar["outcomes"] == {"recovered": 4, "unreachable": 1}
    assert (bar["recovery"]["value"], answer["fewest"]) == (0.8, 5)
    assert bar["recovery"]["low"] < 0.8 < bar["recovery"]["high"]
    words = (await client.get("/v1/causes/words", params={"cause": "staffing"})).json()["words"]
    assert [said["comment"] for said in words] == ["Waited two hours."] * 5
    for path in ("/v1/causes", "/v1/causes/words"):
        assert "Waited" not in (await client.get(path, headers=as_key(STRANGER))).text


async def test_filters_and_period_of_the_board(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await add_case(engine, outcome="recovered", cause="staffing")

    async def count(**params: str) -> int:
        return int((await client.get("/v1/causes", params=params)).json()["board"]["n"])

    assert await count() == await count(team="billing") == await count(channel="phone", reason="invoice") == 1
    assert await count(team="sales") == await count(until="2026-01-01T00:00:00Z") == 0
    for wrong in (
        {"channel": "pigeon"},
        {"since": "yesterday"},
        {"by": "agent"},
        {"since": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
    ):
        assert (await client.get("/v1/causes", params=wrong)).status_code == 422


async def test_a_suggestion_with_its_reasons(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    case: UUID = await add_case(engine, transfers=4)
    answer = (await client.get(f"/v1/cases/{case}/suggestion")).json()["suggestion"]
    assert (answer["cause"], answer["strength"]) == ("routing", "fair")
    assert answer["because"][0]["words"] == "passed on 4 times"
    silent = await add_case(engine)
    assert (await client.get(f"/v1/cases/{silent}/suggestion")).json() == {"suggestion": None}
    for path, key in ((f"/v1/cases/{uuid4()}/suggestion", ACTOR), (f"/v1/cases/{case}/suggestion", STRANGER)):
        assert (await client.get(path, headers=as_key(key))).status_code == 404


async def test_how_good_suggestions_are_is_shown_with_its_n(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    answer = (await client.get("/v1/causes/suggestions")).json()
    assert answer["agreement"]["agreed"] == {"part": 0, "n": 0, "value": None, "low": None, "high": None}
    assert set(answer["agreement"]["by_strength"]) == {"weak", "fair", "strong"}


async def test_the_taxonomy_has_the_agent_last(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/causes/taxonomy")).json()
    assert [described["cause"] for described in answer][-1] == "agent"


async def test_lost_customers_are_listed_and_followed_up(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    cases = [await add_case(engine, outcome="unreachable", cause="ivr") for _ in range(3)]
    seen: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get("/v1/lost", params=params)).json()
        seen += [found["case_id"] for found in page["lost"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert sorted(seen) == sorted(map(str, cases))
    done = await client.post(f"/v1/lost/{cases[0]}/follow-up", json={"by": "Dana", "note": "Sent a letter."})
    assert (done.status_code, done.content) == (204, b"")
    (found,) = (await client.get("/v1/lost", params={"followed_up": "true"})).json()["lost"]
    assert (found["case_id"], found["followed_up_by"]) == (str(cases[0]), "Dana")
    assert (await client.get("/v1/lost", headers=as_key(STRANGER))).json()["lost"] == []
    unknown = await client.post(f"/v1/lost/{uuid4()}/follow-up", json={"by": "Dana"})
    assert unknown.status_code == 404
