"""``/v1/sweeps`` on a real database: asked for, seen, stopped; one at a time, each tenant its own."""

from collections.abc import AsyncIterator

import pytest

from support.preferences_api import Desk, desk

NOBODYS = "/v1/sweeps/00000000-0000-0000-0000-000000000000"
BACKFILL = {"purpose": "backfill", "by": "Dana"}


@pytest.fixture
async def room(database_url: str) -> AsyncIterator[Desk]:
    async with desk(database_url) as found:
        yield found


async def test_a_sweep_is_asked_for_and_seen(room: Desk) -> None:
    answer = await room.ask("POST", "/v1/sweeps", json={**BACKFILL, "rate_per_second": 12.5})
    assert answer.status_code == 201
    made = answer.json()
    assert (made["purpose"], made["state"], made["rate_per_second"], made["asked_by"]) == (
        "backfill", "running", 12.5, "Dana"
    )  # fmt: skip
    assert (made["total"], made["checked"], made["seconds_left"]) == (None, 0, None)
    assert await room.get(f"/v1/sweeps/{made['id']}") == made
    assert [each["id"] for each in (await room.get("/v1/sweeps"))["sweeps"]] == [made["id"]]


async def test_a_second_one_is_refused_until_the_first_is_over(room: Desk) -> None:
    first = (await room.ask("POST", "/v1/sweeps", json=BACKFILL)).json()
    answer = await room.ask("POST", "/v1/sweeps", json={**BACKFILL, "purpose": "reconcile"})
    assert (answer.status_code, answer.json()["title"]) == (409, "A sweep is running already")
    await room.do("UPDATE sweep SET finished_at = now()")
    assert (await room.get(f"/v1/sweeps/{first['id']}"))["state"] == "finished"
    assert (await room.ask("POST", "/v1/sweeps", json=BACKFILL)).status_code == 201


async def test_how_long_it_takes_is_told_by_its_pace_so_far(room: Desk) -> None:
    made = (await room.ask("POST", "/v1/sweeps", json=BACKFILL)).json()
    await room.do("UPDATE sweep SET total = 100, checked = 20, asked_at = now() - interval '10 seconds'")
    left = (await room.get(f"/v1/sweeps/{made['id']}"))["seconds_left"]
    assert left == pytest.approx(40, abs=4)


async def test_a_cancelled_one_is_cancelled_once(room: Desk) -> None:
    path = f"/v1/sweeps/{(await room.ask('POST', '/v1/sweeps', json=BACKFILL)).json()['id']}/cancel"
    first, second = [await room.act(path) for _ in range(2)]
    assert first == second
    assert (first["state"], first["seconds_left"]) == ("cancelled", None)
    assert await room.rows("SELECT actor, action FROM audit_entry") == [
        ("Dana", "sweep.backfill"), ("Dana", "sweep.cancelled")
    ]  # fmt: skip


async def test_another_tenants_sweep_is_not_there(room: Desk) -> None:
    await room.do("INSERT INTO sweep (id, tenant, purpose, rate_per_second, asked_by)"
                  " VALUES ('00000000-0000-0000-0000-000000000000', 'other', 'backfill', 1, 'Eve')")  # fmt: skip
    assert (await room.ask("GET", NOBODYS)).status_code == 404
    assert (await room.ask("POST", f"{NOBODYS}/cancel", json={"by": "Dana"})).status_code == 404
    assert (await room.get("/v1/sweeps"))["sweeps"] == []
    assert await room.rows("SELECT cancelled_at FROM sweep") == [(None,)]
    assert (await room.ask("POST", "/v1/sweeps", json=BACKFILL)).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"purpose": "destroy"}, "/purpose"),
        ({"rate_per_second": 0}, "/rate_per_second"),
        ({"rate_per_second": 51}, "/rate_per_second"),
        ({"by": ""}, "/by"),
        ({"tenant": "other"}, "/tenant"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_place(
    room: Desk, wrong: dict[str, object], pointer: str
) -> None:
    answer = await room.ask("POST", "/v1/sweeps", json={**BACKFILL, **wrong})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])
    assert await room.rows("SELECT 1 FROM sweep") == []


async def test_a_key_that_may_only_read_starts_and_stops_nothing(room: Desk) -> None:
    id_ = (await room.ask("POST", "/v1/sweeps", json=BACKFILL)).json()["id"]
    for path in ("/v1/sweeps", f"/v1/sweeps/{id_}/cancel"):
        assert (await room.ask("POST", path, room.weaker, json=BACKFILL)).status_code == 403
    assert (await room.ask("GET", "/v1/sweeps", room.weaker)).status_code == 200
