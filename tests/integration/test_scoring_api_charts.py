"""Numbers over time, over the hours of the week, and handle time beside satisfaction."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import httpx
import pytest

from events.envelope import Event
from support.happened import NOON, answered, csat, event, stamp
from support.scoring_api import scoring_api

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_ids = count(1)


def contact(at: datetime, *, score: int | None = None, talk: float = 60, **said: Any) -> Iterator[Event[Any]]:
    id_ = f"i-{next(_ids)}"
    data = answered(id_, talk=talk, **said) | {"offered_at": stamp(at), "answered_at": stamp(at)}
    yield event("interaction.reported", {**data, "ended_at": stamp(at + timedelta(seconds=talk))}, at=at)
    if score is not None:
        yield event("survey.answered", csat(score, id_, f"r-{id_}", submitted_at=stamp(at)), at=at)


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Now it is 12:02 on Monday, 2 March 2026."""
    said = [
        *contact(NOON - timedelta(minutes=3), score=5),
        *contact(NOON, score=1),
        *contact(NOON, score=5),
        *contact(datetime(2026, 3, 1, 18, 29, tzinfo=UTC), score=1),
        *contact(datetime(2026, 3, 1, 18, 31, tzinfo=UTC), score=5, channel="chat"),
        *contact(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), score=5),
        *contact(NOON - 200 * DAY, score=5),
        *(e for _ in range(10) for e in contact(NOON - 3 * DAY, score=5, talk=100, team="fast and happy")),
        *(e for _ in range(10) for e in contact(NOON - 3 * DAY, score=1, talk=300, team="slow and not")),
        *(e for _ in range(9) for e in contact(NOON - 3 * DAY, score=1, talk=900, team="small")),
    ]
    async with scoring_api(database_url, said, NOON.replace(minute=2)) as found:
        yield found


async def got(client: httpx.AsyncClient, path: str, **said: Any) -> Any:
    answer = await client.get(path, params=said)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, **said: Any) -> str:
    answer = await client.get(path, params=said)
    assert answer.status_code == 422, answer.text
    return " ".join(f"{error['pointer']} {error['detail']}" for error in answer.json()["errors"])


async def test_every_minute_of_the_window_is_a_point(client: httpx.AsyncClient) -> None:
    answer = await got(client, "/v1/series", metric="csat", window="5m", grain="minute")
    points = answer["points"]
    assert [point["from"][11:16] for point in points] == ["11:58", "11:59", "12:00", "12:01", "12:02"]
    assert [(point["value"], point["n"]) for point in points] == [(None, 0), (None, 0), (0.5, 2), (None, 0), (None, 0)]
    assert answer["definition_version"] == 1


async def test_hours_are_whole(client: httpx.AsyncClient) -> None:
    points = (await got(client, "/v1/series", metric="csat", window="1h", grain="hour"))["points"]
    assert [(point["from"][11:16], point["n"]) for point in points] == [("11:00", 1), ("12:00", 2)]


@pytest.mark.parametrize(
    ("zone", "counts"),
    [("UTC", [2 + 1, 3]), ("Europe/Berlin", [2, 4]), ("Asia/Kolkata", [1, 5])],
)
async def test_days_are_those_of_the_time_zone(client: httpx.AsyncClient, zone: str, counts: list[int]) -> None:
    window = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-02T12:03:00Z"}
    points = (await got(client, "/v1/series", metric="contact_volume", grain="day", zone=zone, **window))["points"]
    assert [point["value"] for point in points] == counts


async def test_days_long_ago_are_days_in_utc_and_lose_nothing(client: httpx.AsyncClient) -> None:
    window = {"from": stamp(NOON - 202 * DAY), "to": stamp(NOON.replace(minute=3))}
    answer = await got(client, "/v1/series", metric="contact_volume", grain="day", zone="Asia/Kolkata", **window)
    points = answer["points"]
    assert sum(point["value"] for point in points) == 36
    assert all(before["to"] == after["from"] for before, after in pairwise(points))
    assert points[0]["from"].endswith("T00:00:00Z")
    assert points[-1]["from"].endswith("T18:30:00Z")


async def test_handle_time_over_time_has_satisfaction_beside_it(client: httpx.AsyncClient) -> None:
    points = (await got(client, "/v1/series", metric="aht", window="1h"))["points"]
    assert [point["beside"]["csat"]["value"] for point in points] == [1, 0.5]


async def test_a_series_that_is_too_fine_is_refused(client: httpx.AsyncClient) -> None:
    assert "more than 2000 points" in await refused(client, "/v1/series", metric="csat", window="7d", grain="minute")
    assert "finer than what is kept" in await refused(
        client, "/v1/series", metric="csat", window="2026-01-05", grain="minute"
    )
    assert "/query/key is required" in await refused(client, "/v1/series", metric="csat", dimension="team")


@pytest.mark.parametrize(
    ("zone", "weekday", "hour"),
    [("UTC", 7, 18), ("Asia/Kolkata", 1, 0), ("America/New_York", 7, 13)],
)
async def test_contacts_by_hour_of_the_week_are_by_local_clocks(
    client: httpx.AsyncClient, zone: str, weekday: int, hour: int
) -> None:
    answer = await got(client, "/v1/volume/hours", window="7d", zone=zone)
    chats = [load for load in answer["values"] if load["channel"] == "chat" and load["contacts"]]
    assert [(load["weekday"], load["hour"], load["contacts"]) for load in chats] == [(weekday, hour, 1)]
    phone = [load for load in answer["values"] if load["channel"] == "phone"]
    assert len(phone) == 168
    assert sum(load["contacts"] for load in phone) == 34


async def test_volume_is_per_hour_of_the_week_that_there_was(client: httpx.AsyncClient) -> None:
    window = {"from": "2026-02-23T12:00:00Z", "to": "2026-03-02T13:00:00Z"}
    loads = (await got(client, "/v1/volume/hours", **window))["values"]
    [noon] = [load for load in loads if (load["channel"], load["weekday"], load["hour"]) == ("phone", 1, 12)]
    assert (noon["contacts"], noon["hours"], noon["per_hour"]) == (2, 2, 1)


async def test_volume_further_back_than_hours_are_kept_is_refused(client: httpx.AsyncClient) -> None:
    said = await refused(client, "/v1/volume/hours", **{"from": "2025-01-01T00:00:00Z", "to": "2025-01-02T00:00:00Z"})
    assert "/query/window reaches back further" in said


async def test_fast_or_slow_with_happy_or_unhappy_customers(client: httpx.AsyncClient) -> None:
    answer = await got(client, "/v1/quadrant", dimension="team", window="7d")
    assert (answer["aht_line"], answer["csat_line"], answer["enough"]) == (200, 0.5, 10)
    assert {place["key"]: place["quadrant"] for place in answer["values"]} == {
        "fast and happy": "fast_happy",
        "slow and not": "slow_unhappy",
        "small": None,
        "unattributed": None,
    }
    assert "/query/dimension must be" in await refused(client, "/v1/quadrant", dimension="all")
