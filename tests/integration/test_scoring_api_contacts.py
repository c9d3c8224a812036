"""From a number to what is behind it."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from support.happened import NOON, answered, csat, event, stamp
from support.scoring_api import OTHER, scoring_api

DAY = timedelta(days=1)
NOW = NOON + timedelta(minutes=30)


def contact(id_: str, at: datetime, **said: Any) -> dict[str, Any]:
    return answered(id_, **said) | {"offered_at": stamp(at), "answered_at": stamp(at), "ended_at": stamp(at)}


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    said = []
    for number in range(25):
        at, id_ = NOON + timedelta(minutes=number), f"i-{number}"
        team = "billing" if number % 2 else "sales"
        data = contact(id_, at, team=team, agent="a-1", queue_wait_seconds=number)
        score = csat(5 if number % 3 else 1, id_, f"r-{number}", submitted_at=stamp(at))
        said += [event("interaction.reported", data, at=at), event("survey.answered", score, at=at)]
    for id_, age in (("old", 9 * DAY), ("again", 5 * DAY)):
        data = contact(id_, NOON - age, customer_id="c-1", resolved=True)
        said.append(event("interaction.reported", data, at=NOON - age))
    async with scoring_api(database_url, said, NOW) as found:
        yield found


async def pages(client: httpx.AsyncClient, **said: Any) -> list[Any]:
    found, cursor = [], {}
    while True:
        answer = await client.get("/v1/contacts", params={"window": "1h", **said, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found.append(page["values"])
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def test_everything_behind_a_number_is_told_newest_first_and_once(client: httpx.AsyncClient) -> None:
    rows = [row for page in await pages(client, metric="contact_volume", limit=7) for row in page]
    assert [row["id"] for row in rows] == [f"i-{number}" for number in reversed(range(25))]
    assert {row["kind"] for row in rows} == {"interaction"}
    assert rows[0]["adds"] == {"contacts": 1}
    assert (rows[0]["team"], rows[0]["agent"], rows[0]["channel"]) == ("sales", "a-1", "phone")


async def test_pages_are_no_longer_than_asked_for(client: httpx.AsyncClient) -> None:
    found = await pages(client, metric="contact_volume", limit=7)
    assert [len(page) for page in found if page] == [7, 7, 7, 4]


@pytest.mark.parametrize(
    ("metric", "dimension", "key"), [("csat", "team", "billing"), ("asa", "channel_team", "phone/sales")]
)
async def test_what_is_behind_a_number_adds_up_to_it(
    client: httpx.AsyncClient, metric: str, dimension: str, key: str
) -> None:
    said = {"metric": metric, "dimension": dimension, "key": key}
    [row] = (await client.get("/v1/metrics", params={**said, "window": "1h"})).json()["values"]
    behind = [row for page in await pages(client, **said) for row in page]
    assert row["n"] == len(behind) > 0
    if metric == "csat":
        assert row["value"] == sum(b["adds"].get("csat_satisfied", 0) for b in behind) / len(behind)


async def test_what_is_pending_is_not_behind_what_is_settled(client: httpx.AsyncClient) -> None:
    for metric, at in (("fcr", NOON - 9 * DAY), ("pending_resolutions", NOON - 5 * DAY)):
        answer = await client.get("/v1/metrics", params={"metric": metric, "window": "30d"})
        assert answer.json()["values"][0]["n"] == 1
        rows = [row for page in await pages(client, metric=metric, window="30d") for row in page]
        assert [row["at"][:10] for row in rows] == [at.date().isoformat()]


async def test_another_tenant_sees_nothing(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {OTHER.secret}"}
    answer = await client.get("/v1/contacts", params={"metric": "contact_volume", "window": "1h"}, headers=headers)
    assert (answer.json()["values"], answer.json()["next"]) == ([], None)


NOON_SAID = stamp(NOON)
BENT: tuple[Any, ...] = (
    *([], {"a": 1}, 5, [5, "i"], ["2026-03-02T12:00:00", "i"], ["9999-99-02T12:00:00Z", "i"]),
    *([NOON_SAID, 7], [NOON_SAID, "\0"], [NOON_SAID, "\ud800"], [NOON_SAID, "i", 1]),
)


@pytest.mark.parametrize(
    "cursor", ["x", "é", "", "W10=", *(base64.urlsafe_b64encode(json.dumps(bent).encode()).decode() for bent in BENT)]
)
async def test_a_cursor_that_is_none_of_ours_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/v1/contacts", params={"metric": "csat", "cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


async def test_a_dimension_needs_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/contacts", params={"metric": "csat", "dimension": "team"})
    assert answer.json()["errors"][0]["pointer"] == "/query/key"
