"""``GET /v1/metrics``: what it answers, and what it refuses."""

from collections.abc import AsyncIterator

import httpx
import pytest

from scoring.core.metrics import METRICS
from support.happened import NOON, answered, csat, event
from support.scoring_api import BLIND, OTHER, scoring_api


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API at noon and two minutes, after a contact that got a 5 and one that got a 1."""
    said = [
        event("interaction.reported", answered("i-1", team="a", agent="x", talk=60)),
        event("interaction.reported", answered("i-2", team="b", talk=120)),
        event("survey.answered", csat(5, "i-1", "r-1")),
        event("survey.answered", csat(1, "i-2", "r-2")),
    ]
    async with scoring_api(database_url, said, NOON.replace(minute=2)) as found:
        yield found


async def test_a_number_comes_with_what_it_rests_on(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/metrics", params={"metric": "csat", "window": "1h"})).json()
    [row] = answer["values"]
    assert (row["value"], row["n"], row["reliability"]) == (0.5, 2, "too_few")
    assert [round(bound, 3) for bound in row["interval"]] == [0.095, 0.905]
    assert answer["definition_version"] == METRICS["csat"].version
    window = {"name": "1h", "from": "2026-03-02T11:03:00Z", "to": "2026-03-02T12:03:00Z", "zone": "UTC"}
    assert answer["window"] == window


async def test_handle_time_is_never_answered_alone(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/metrics", params={"metric": "aht", "dimension": "team", "window": "1h"})).json()
    assert {row["key"]: (row["value"], row["beside"]["csat"]["value"]) for row in answer["values"]} == {
        "a": (60, 1),
        "b": (120, 0),
    }


async def test_who_cannot_be_named_is_shown(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/metrics", params={"metric": "csat", "dimension": "agent", "window": "1h"})).json()
    assert {row["key"]: row["n"] for row in answer["values"]} == {"x": 1, "unattributed": 1}


async def test_no_data_is_null_and_not_0(client: httpx.AsyncClient) -> None:
    window = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    [row] = (await client.get("/v1/metrics", params={"metric": "csat", **window})).json()["values"]
    assert (row["value"], row["n"], row["interval"]) == (None, 0, None)


async def test_another_tenant_sees_nothing(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {OTHER.secret}"}
    answer = await client.get("/v1/metrics", params={"metric": "csat", "window": "1h"}, headers=headers)
    assert answer.json()["values"][0]["n"] == 0


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "/query/metric is required"),
        ({"metric": "happiness"}, "/query/metric/0 must be 'approval_rate'"),
        ({"metric": "csat", "windw": "1h"}, "/query has a parameter that is none of window, from, to, zone, dimension"),
        ({"metric": "csat", "window": "2h"}, "/query/window must be 5m, 1h, 24h, 7d, 30d, today"),
        ({"metric": "csat", "window": "2026-02-30"}, "/query/window must be a day or week that exists"),
        ({"metric": "csat", "window": "1h", "zone": "Mars"}, "/query/zone is no time zone"),
        ({"metric": "csat", "compare": "yesterday"}, "/query/compare must be 'before' or 'last_week'"),
        ({"metric": "csat", "dimension": "team", "key": "a\0"}, "/query/key has characters that are not allowed"),
        ({"metric": "csat", "key": "a"}, "/query/key names one of a dimension"),
        ({"metric": "csat", "dimension": "shoe"}, "/query/dimension must be 'all'"),
        ({"metric": "csat", "from": "2026-03-02T00:00:00Z"}, "/query/to must be an RFC 3339"),
        ({"metric": "csat", "window": "1h", "from": "2026-03-02T00:00:00Z"}, "/query/window give either"),
        ({"metric": "csat", "from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "from must be before to"),
    ],
)
async def test_an_odd_question_is_refused_with_where_and_why(
    client: httpx.AsyncClient, parameters: dict[str, str], said: str
) -> None:
    answer = await client.get("/v1/metrics", params=parameters)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert any(said in f"{error['pointer']} {error['detail']}" for error in answer.json()["errors"]), answer.text


async def test_who_has_no_key_or_not_the_scope_is_told_so(client: httpx.AsyncClient) -> None:
    for authorization, status in (("", 401), ("Bearer nonsense", 401), (f"Bearer {BLIND.secret}", 403)):
        answer = await client.get("/v1/metrics", params={"metric": "csat"}, headers={"Authorization": authorization})
        assert answer.status_code == status


async def test_every_metric_is_defined_on_request(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/definitions")).json()
    assert [entry["metric"] for entry in found] == list(METRICS)
