"""The HTTP API of alerting, on a real PostgreSQL."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.app import create_app
from alerting.core.rules.policy import Policy
from alerting.handler import Handler
from alerting.settings import Settings
from alerting.telemetry import CaseTelemetry
from events.envelope import Event
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from events.survey import SurveyResponse
from support.alerting_member import opening
from support.alerting_schema import migrated

READER, ACTOR = new_key(("alerts:read",)), new_key(("alerts:read", "alerts:act"))
STRANGER = new_key(("alerts:read", "alerts:act"), tenant="other")
CLOSING = {"outcome": "recovered", "cause": "workflow", "remedy": "Refunded."}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def client(engine: AsyncEngine, database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        **{"DATABASE_URL": database_url, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "API_KEYS_FILE": __file__}
    )
    keyring = Keyring((READER.kept, ACTOR.kept, STRANGER.kept))
    app = create_app(settings, engine, keyring).app
    transport = httpx.ASGITransport(app=app)
    headers = {"authorization": f"Bearer {ACTOR.secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers) as client:
        yield client


async def bad_answer(engine: AsyncEngine, number: int = 1) -> None:
    now = datetime.now(UTC)
    said = SurveyResponse(
        response_id=f"r-{number}",
        interaction_id=f"call-{number}",
        instrument="csat",
        scale="1-5",
        value=1,
        comment="Nobody called back.",
        submitted_at=now,
    )
    handler = Handler(Policy(), opening(("webhook",)), CaseTelemetry(CollectorRegistry()))
    async with transaction(engine) as tx:
        await handler(tx, [Event(f"e-{number}", "/survey", "default", now, now, said)])


async def only_case(client: httpx.AsyncClient) -> str:
    (case,) = (await client.get("/v1/cases")).json()["cases"]
    return str(case["id"])


async def test_a_case_from_open_to_closed(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await bad_answer(engine)
    path = f"/v1/cases/{await only_case(client)}"
    opened = (await client.get(path)).json()
    assert opened["evidence"][0]["comment"] == "Nobody called back."
    assert (opened["case"]["event_id"], opened["case"]["score"], opened["case"]["version"]) == ("e-1", 1, 1)
    for action, body in (("claim", {}), ("contacted", {"note": "Called."}), ("close", CLOSING)):
        version = (await client.get(path)).json()["case"]["version"]
        answer = await client.post(f"{path}/{action}", json={"by": "Dana", "version": version, **body})
        assert answer.status_code == 200, answer.text
    closed = answer.json()
    assert (closed["case"]["state"], closed["case"]["outcome"], closed["case"]["version"]) == ("closed", "recovered", 4)
    assert [entry["what"] for entry in closed["timeline"]] == ["opened", "claimed", "contacted", "closed"]
    assert closed["seconds_to_claim"] is not None
    assert closed["seconds_to_contact"] >= closed["seconds_to_claim"]
    assert (await client.get("/v1/summary")).json() == {
        "cases": {"open": 0, "claimed": 0, "contacted": 0, "closed": 1},
        "notifications": {"queued": 0, "sent": 0, "dead": 0, "cancelled": 1, "bundled": 0},
    }


async def test_a_conflict_is_a_problem_with_the_case_as_it_stands(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await bad_answer(engine)
    path = f"/v1/cases/{await only_case(client)}/claim"
    await client.post(path, json={"by": "Dana", "version": 1})
    answer = await client.post(path, json={"by": "Kim", "version": 1})
    problem = answer.json()
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["reason"], problem["case"]["claimed_by"], problem["case"]["version"]) == (
        "claimed_already",
        "Dana",
        2,
    )


async def test_pages_follow_each_other_by_cursor(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    for number in range(5):
        await bad_answer(engine, number)
    seen: list[str] = []
    params: dict[str, Any] = {"state": "open", "limit": 2}
    while True:
        page = (await client.get("/v1/cases", params=params)).json()
        seen += [case["interaction_id"] for case in page["cases"]]
        if page["next"] is None:
            break
        params["after"] = page["next"]
    assert seen == [f"call-{number}" for number in range(5)]
    assert "comment" not in json.dumps(page)


@pytest.mark.parametrize("after", ["x", "!", "MjAyNg==", "MjAyNi0wMS0wMVQwMDowMDowMCBub25l"])
async def test_a_cursor_we_did_not_give_is_refused(client: httpx.AsyncClient, after: str) -> None:
    assert (await client.get("/v1/cases", params={"after": after})).status_code == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"by": "a\\u0000b", "version": 1}', 400),
        (b'{"by": "\\ud800", "version": 1}', 400),
        (b"[" * 5000, 400),
        (b"[]", 422),
        (b'{"by": "Dana", "version": "1"}', 422),
        (b'{"by": "Dana", "version": true}', 422),
        (b'{"by": "Dana", "version": 1, "extra": "canary"}', 422),
        (b'{"by": "   ", "version": 1}', 422),
        (b'{"by": "' + b"x" * 70_000 + b'"}', 413),
    ],
)
async def test_a_bad_body_is_a_problem_that_repeats_nothing(
    client: httpx.AsyncClient, engine: AsyncEngine, body: bytes, status: int
) -> None:
    await bad_answer(engine)
    answer = await client.post(f"/v1/cases/{await only_case(client)}/claim", content=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "canary" not in answer.text


async def test_keys_open_what_their_scopes_say_in_their_own_tenant(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await bad_answer(engine)
    path = f"/v1/cases/{await only_case(client)}"
    for secret, read, act in ((READER.secret, 200, 403), (STRANGER.secret, 404, 404), ("amk_x", 401, 401)):
        client.headers["authorization"] = f"Bearer {secret}"
        assert (await client.get(path)).status_code == read
        claim = {"by": "Eve", "version": 1}
        assert (await client.post(f"{path}/claim", json=claim)).status_code == act


async def test_an_unknown_case_is_not_found(client: httpx.AsyncClient) -> None:
    path = f"/v1/cases/{uuid.uuid4()}"
    assert (await client.get(path)).status_code == 404
    assert (await client.post(f"{path}/claim", json={"by": "Dana", "version": 1})).status_code == 404


async def test_the_examples_of_the_documentation_fit_the_contract(
    client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await bad_answer(engine)
    case = await only_case(client)
    document = (await client.get("/openapi.json")).json()
    for number, action in enumerate(
        ("claim", "attempt", "note", "appointment", "hand-over", "contacted", "close", "reopen"), start=1
    ):
        operation = document["paths"][f"/v1/cases/{{case_id}}/{action}"]["post"]
        example = operation["requestBody"]["content"]["application/json"]["example"]
        version = (await client.get(f"/v1/cases/{case}")).json()["case"]["version"]
        if action == "appointment":
            example["at"] = (datetime.now(UTC) + timedelta(hours=number)).isoformat()
        answer = await client.post(f"/v1/cases/{case}/{action}", json={**example, "version": version})
        assert answer.status_code == 200, answer.text


async def test_those_who_run_it_find_its_health_and_its_numbers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    families = {f.name: f for f in text_string_to_metric_families((await client.get("/metrics")).text)}
    ours = [name for name in families if name.startswith("amends_alerting_")]
    assert len(ours) >= 8
    assert all(families[name].documentation for name in ours)
    assert {s.labels["outcome"] for s in families["amends_alerting_cases_closed"].samples} >= {"recovered", "dismissed"}


async def test_without_a_database_it_is_alive_but_not_ready(
    client: httpx.AsyncClient, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    monkeypatch.setattr(engine.sync_engine.pool, "connect", away)
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/v1/cases")).status_code == 503
