"""The on-call schedules over HTTP, on a real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.api.oncall import router
from alerting.core.oncall.file import PeopleSection, SchedulesSection
from alerting.store import oncall
from alerting.store.oncall_views import whole_shifts
from events.runtime import problem_details
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from support.alerting_schema import migrated

READER, ACTOR = new_key(("alerts:read",)), new_key(("alerts:read", "alerts:act"))
STRANGER = new_key(("alerts:read", "alerts:act"), tenant="other")
PEOPLE = PeopleSection.model_validate(
    {"dana": {"name": "Dana Reyes"}, "ravi": {"name": "Ravi Sen"}, "maria": {"name": "Maria Lopez"}}
).value()
DAILY = {"rotation": ["dana", "ravi"], "every": "day", "handover": "00:00", "since": "2026-01-05"}
MARIA = {"rotation": ["maria"], "every": "week", "handover": "mon 09:00", "since": "2026-01-05"}
SCHEDULES = SchedulesSection.model_validate(
    {
        "recovery": {"zone": "Europe/Berlin", "layers": [DAILY, MARIA]},
        "office": {"zone": "UTC", "layers": [{**DAILY, "hours": {"mon-sun": "08:00-18:00"}}]},
    }
).value()
HOUR = timedelta(hours=1)


def headers(key: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {key.secret}"}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
async def client(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    problem_details.install(app)
    app.include_router(router(engine, SCHEDULES, PEOPLE, Keyring((READER.kept, ACTOR.kept, STRANGER.kept))))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers(ACTOR)) as client:
        yield client


@pytest.fixture
async def now(engine: AsyncEngine) -> datetime:
    async with transaction(engine) as tx:
        return await oncall.clock(tx)


def override(start: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    said = {"by": "Dana", "schedule": "recovery", "person": "maria"}
    return {**said, "starts": start.isoformat(), "ends": end.isoformat(), **more}


async def on_call_now(client: httpx.AsyncClient, schedule: str = "recovery") -> list[list[str]]:
    answer = (await client.get("/v1/oncall")).json()
    (found,) = [each for each in answer["schedules"] if each["schedule"] == schedule]
    return [[person["id"] for person in layer["people"]] for layer in found["layers"]]


async def test_who_is_on_call_now_and_next(client: httpx.AsyncClient) -> None:
    answer = (await client.get("/v1/oncall")).json()
    recovery = answer["schedules"][0]
    first, second = recovery["layers"]
    assert (recovery["schedule"], recovery["zone"], recovery["nobody"]) == ("recovery", "Europe/Berlin", False)
    on_now, after = first["people"][0], first["next"]["people"][0]
    assert {on_now["id"], after["id"]} == {"dana", "ravi"}
    assert on_now["name"] in ("Dana Reyes", "Ravi Sen")
    assert first["until"] == first["next"]["starts"] > answer["at"]
    assert (second["people"][0]["id"], second["until"], second["next"]) == ("maria", None, None)


async def test_the_shifts_of_a_span_are_whole(client: httpx.AsyncClient) -> None:
    span = {"from": "2026-03-28T12:00:00Z", "to": "2026-03-30T12:00:00Z"}
    found = (await client.get("/v1/oncall/recovery", params=span)).json()
    days = [each for each in found["shifts"] if each["layer"] == 1]
    assert [(each["starts"], each["ends"]) for each in days] == [
        ("2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"),
        ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),  # the clocks go forward
        ("2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"),
    ]
    assert len({each["person"]["id"] for each in days[:2]}) == 2
    assert [each["starts"] for each in found["shifts"] if each["layer"] == 2] == [
        "2026-03-23T08:00:00Z",
        "2026-03-30T07:00:00Z",
    ]
    assert found["gaps"] == []


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"from": "2026-03-28T12:00:00Z", "to": "2026-03-28T12:00:00Z"}, 422),
        ({"from": "2026-03-28T12:00:00Z", "to": "2026-09-28T12:00:00Z"}, 422),
        ({"from": "yesterday"}, 422),
        ({"from": "9999-12-30T12:00:00Z", "to": "9999-12-31T12:00:00Z"}, 422),
        ({"from": "9999-12-30T12:00:00Z"}, 422),
        ({"from": "2000-01-01T00:00:00Z", "to": "2000-01-02T00:00:00Z"}, 200),
        ({}, 200),
    ],
)
async def test_a_span_is_one_that_can_be_answered(client: httpx.AsyncClient, params: Any, status: int) -> None:
    assert (await client.get("/v1/oncall/recovery", params=params)).status_code == status
    assert (await client.get("/v1/oncall/nothing")).status_code == 404


async def test_gaps_are_told_with_when(client: httpx.AsyncClient, now: datetime) -> None:
    found = (await client.get("/v1/oncall/gaps")).json()
    assert {gap["schedule"] for gap in found["gaps"]} == {"office"}
    assert len(found["gaps"]) in (14, 15)
    assert found["gaps"][3]["starts"].endswith("T18:00:00Z")
    assert found["gaps"][3]["ends"].endswith("T08:00:00Z")


async def test_an_override_puts_somebody_on_call_and_ends(client: httpx.AsyncClient, now: datetime) -> None:
    made = await client.post("/v1/oncall/overrides", json=override(now - HOUR, now + HOUR, note="Dana is away."))
    assert made.status_code == 201
    assert made.json()["layer"] == 1
    assert datetime.fromisoformat(made.json()["starts"]) >= now  # who was on call before stays as it was
    assert await on_call_now(client) == [["maria"], ["maria"]]

    ended = await client.post(f"/v1/oncall/overrides/{made.json()['id']}/end", json={"by": "Ravi"})
    assert (ended.status_code, ended.json()["made_by"], ended.json()["ended_by"]) == (200, "Dana", "Ravi")
    assert (await on_call_now(client))[0][0] in ("dana", "ravi")
    assert (await client.get("/v1/oncall/overrides")).json()["overrides"] == []
    (kept,) = (await client.get("/v1/oncall/overrides?past=true")).json()["overrides"]
    assert (kept["note"], kept["ended_by"]) == ("Dana is away.", "Ravi")
    again = await client.delete(f"/v1/oncall/overrides/{made.json()['id']}")
    assert again.json()["ended_by"] == "Ravi"


async def test_an_override_ended_by_a_key_says_which(client: httpx.AsyncClient, now: datetime) -> None:
    made = (await client.post("/v1/oncall/overrides", json=override(now, now + HOUR))).json()
    ended = (await client.delete(f"/v1/oncall/overrides/{made['id']}")).json()
    assert ended["ended_by"] == f"API key {ACTOR.kept.id}"


async def test_somebody_taken_off_leaves_a_gap_that_is_told(client: httpx.AsyncClient, now: datetime) -> None:
    for person in ("dana", "ravi", "maria"):
        said = override(now + 24 * HOUR, now + 25 * HOUR, person=person, effect="off")
        assert (await client.post("/v1/oncall/overrides", json=said)).json()["layer"] is None
    gaps = (await client.get("/v1/oncall/gaps")).json()["gaps"]
    (gap,) = [each for each in gaps if each["schedule"] == "recovery"]
    assert datetime.fromisoformat(gap["starts"]) == now + 24 * HOUR
    assert datetime.fromisoformat(gap["ends"]) == now + 25 * HOUR


async def test_the_override_that_was_made_last_counts(client: httpx.AsyncClient, now: datetime) -> None:
    for person in ("maria", "dana", "ravi"):
        await client.post("/v1/oncall/overrides", json=override(now, now + HOUR, person=person))
    assert (await on_call_now(client))[0] == ["ravi"]


async def test_what_an_override_was_stays_in_the_past(client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await tx.execute(
            text(
                "INSERT INTO oncall_override (tenant, schedule, layer, person, effect, starts, ends, made_by, ended_by,"
                " ended_at) VALUES ('default', 'recovery', 1, 'maria', 'on', now() - interval '3 hours',"
                " now() + interval '3 hours', 'Dana', 'Dana', now() - interval '1 hour')"
            )
        )
        at = await oncall.clock(tx)
        then = [
            await oncall.on_call(tx, "default", SCHEDULES["recovery"], at - hours * HOUR) for hours in (4, 2, 0.5, 0)
        ]
    assert [layers[0] == ("maria",) for layers in then] == [False, True, False, False]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"person": "nobody"}, "/person"),
        ({"schedule": "nothing"}, "/schedule"),
        ({"layer": 3}, "/layer"),
        ({"effect": "maybe"}, "/effect"),
        ({"starts": "2999-01-01T00:00:00Z", "ends": "2999-01-02T00:00:00Z"}, ""),
        ({"ends": "2026-01-01T00:00:00Z"}, ""),
        ({"by": ""}, "/by"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_an_override_that_cannot_be_is_refused(
    client: httpx.AsyncClient, now: datetime, change: Any, pointer: str
) -> None:
    refused = await client.post("/v1/oncall/overrides", json=override(now, now + HOUR, **change))
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


async def test_an_override_that_is_over_already_is_refused(client: httpx.AsyncClient, now: datetime) -> None:
    refused = await client.post("/v1/oncall/overrides", json=override(now - 2 * HOUR, now - HOUR))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/ends")


async def test_tenants_override_their_own_schedule_alone(client: httpx.AsyncClient, now: datetime) -> None:
    made = (await client.post("/v1/oncall/overrides", json=override(now, now + HOUR))).json()
    client.headers.update(headers(STRANGER))
    assert (await on_call_now(client))[0] != ["maria"]
    assert (await client.get("/v1/oncall/overrides")).json()["overrides"] == []
    assert (await client.delete(f"/v1/oncall/overrides/{made['id']}")).status_code == 404


async def test_reading_needs_a_key_and_changing_one_that_may(client: httpx.AsyncClient, now: datetime) -> None:
    client.headers.update(headers(READER))
    assert (await client.get("/v1/oncall")).status_code == 200
    assert (await client.post("/v1/oncall/overrides", json=override(now, now + HOUR))).status_code == 403
    assert (await client.post("/v1/oncall/links", json={"by": "x", "schedule": "office"})).status_code == 403
    del client.headers["authorization"]
    for path in ("", "/recovery", "/gaps", "/overrides", "/links", "/recovery.ics", "/person.ics"):
        assert (await client.get(f"/v1/oncall{path}")).status_code == 401, path


async def linked(client: httpx.AsyncClient, **what: str) -> tuple[str, str]:
    made = await client.post("/v1/oncall/links", json={"by": "Dana", **what})
    assert made.status_code == 201
    return made.json()["path"], made.json()["link"]["id"]


async def test_a_calendar_subscribes_by_a_link_until_it_is_revoked(client: httpx.AsyncClient, now: datetime) -> None:
    path, id_ = await linked(client, schedule="recovery")
    key = client.headers.pop("authorization")
    got = await client.get(path)
    assert got.headers["content-type"] == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(got.content).walk("VEVENT")
    here = [event for event in events if event.start <= now < event.end]
    assert len(here) == 2
    assert {str(event["SUMMARY"]) for event in here} <= {
        "Dana Reyes (layer 1)", "Ravi Sen (layer 1)", "Maria Lopez (layer 2)",
    }  # fmt: skip
    again = icalendar.Calendar.from_ical((await client.get(path)).content).walk("VEVENT")
    assert [event["UID"] for event in again] == [event["UID"] for event in events]

    for other in ("office", "nothing", "person"):
        assert (await client.get(path.replace("/recovery.ics", f"/{other}.ics"))).status_code == 404, other
    assert (await client.get(path[:-1] + ("a" if path[-1] != "a" else "b"))).status_code == 401
    assert (await client.get("/v1/oncall")).status_code == 401

    client.headers["authorization"] = key
    (listed,) = (await client.get("/v1/oncall/links")).json()["links"]
    assert listed["used_at"] is not None
    assert path.partition("link=")[2] not in str(listed)
    assert (await client.post(f"/v1/oncall/links/{id_}/revoke", json={"by": "Ravi"})).json()["revoked_by"] == "Ravi"
    assert (await client.get(path)).status_code == 401


async def test_a_person_subscribes_to_their_own_shifts(client: httpx.AsyncClient) -> None:
    path, _ = await linked(client, person="dana")
    assert "dana" not in path
    del client.headers["authorization"]
    events = icalendar.Calendar.from_ical((await client.get(path)).content).walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"On call: recovery, layer 1", "On call: office"}
    assert 80 < len(events) < 100  # every other day of 90, in both schedules


async def test_a_schedule_is_a_calendar_for_a_key_too(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/oncall/office.ics")).text.startswith("BEGIN:VCALENDAR")


async def test_no_link_is_revoked_but_one_there_is(client: httpx.AsyncClient) -> None:
    for id_, status in (("%00", 422), ("aaaaaaaa", 404)):
        assert (await client.post(f"/v1/oncall/links/{id_}/revoke", json={"by": "x"})).status_code == status


async def test_a_link_to_what_is_not_there_is_not_made(client: httpx.AsyncClient) -> None:
    for said, pointer in (({"schedule": "x"}, "/schedule"), ({"person": "x"}, "/person"), ({}, "")):
        refused = await client.post("/v1/oncall/links", json={"by": "Dana", **said})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_the_events_of_a_calendar_keep_their_identity_as_time_goes_on(engine: AsyncEngine) -> None:
    """Whatever moment somebody looks at, a shift is the same shift: its first and last are not cut."""
    at = datetime(2026, 3, 20, tzinfo=UTC)
    async with transaction(engine) as tx:
        for schedule in SCHEDULES.values():
            seen: dict[datetime, set[tuple[Any, ...]]] = {}
            for hours in range(0, 240, 7):
                start = at + hours * HOUR
                for each in await whole_shifts(tx, "default", schedule, start, start + 48 * HOUR):
                    seen.setdefault(each.start, set()).add((each.layer, each.person, each.end, each.mark))
            starts = {(start, one[0]) for start, found in seen.items() for one in found}
            assert len(starts) == sum(map(len, seen.values()))
