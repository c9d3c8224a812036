"""Several metrics at once, compared, with their trend and percentiles, over windows of the calendar."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from events.envelope import Event
from support.happened import NOON, answered, csat, event, stamp
from support.scoring_api import scoring_api

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
_ids = count(1)


def answers(at: datetime, good: int, bad: int, channel: str = "phone") -> Iterator[Event[Any]]:
    """So many 5s and 1s by that channel."""
    for value in [5] * good + [1] * bad:
        data = csat(value, None, f"r-{next(_ids)}", submitted_at=stamp(at), channel=channel)
        yield event("survey.answered", data, at=at)


def contacts(at: datetime, waits: list[int], **said: Any) -> Iterator[Event[Any]]:
    for wait in waits:
        data = answered(f"i-{next(_ids)}", talk=60, queue_wait_seconds=wait, **said) | {"offered_at": stamp(at)}
        yield event("interaction.reported", data, at=at)


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Now it is 12:02 on Monday, 2 March 2026."""
    said = [
        *answers(NOON, 20, 20),
        *answers(NOON - HOUR, 38, 2),
        *answers(NOON - WEEK, 21, 19),
        *(said for week in (2, 3, 4) for said in answers(NOON - week * WEEK, 38, 2)),
        *answers(NOON - HOUR, 3, 0, "chat"),
        *answers(NOON - DAY, 1, 0),
        *contacts(NOON, list(range(1, 101)), team="billing"),
        *contacts(NOON - HOUR, [10] * 40, team="sales"),
    ]
    async with scoring_api(database_url, said, NOON.replace(minute=2)) as found:
        yield found


async def asked(client: httpx.AsyncClient, metric: str | list[str] = "csat", **said: Any) -> Any:
    window = {} if "from" in said else {"window": "1h"}
    answer = await client.get("/v1/metrics", params={"metric": metric, **window, **said})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_fall_since_the_hour_before_is_told_with_how_sure_it_is(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, compare="before"))["values"]
    assert (row["value"], row["n"]) == (0.5, 40)
    then = row["compared"]
    assert (then["n"], then["windows"][0]["from"], then["windows"][0]["to"]) == (
        43,
        "2026-03-02T10:03:00Z",
        "2026-03-02T11:03:00Z",
    )
    assert then["change"]["difference"] == pytest.approx(0.5 - 41 / 43)
    assert (then["change"]["reason"], then["change"]["flagged"], then["change"]["verdict"]) == ("fell", True, "worse")
    assert then["change"]["interval"][1] < 0


async def test_what_is_like_last_week_is_noise(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, compare="last_week"))["values"]
    assert row["compared"]["windows"][0]["from"] == "2026-02-23T11:03:00Z"
    assert (row["compared"]["n"], row["compared"]["change"]["reason"]) == (40, "noise")
    assert row["compared"]["change"]["verdict"] is None


async def test_the_trend_is_short_and_long(client: httpx.AsyncClient) -> None:
    """Minutes of 2, 3 and 4 weeks ago are not kept, so the hours they lie in are taken."""
    [row] = (await asked(client, trend="true"))["values"]
    assert row["trend"]["short"]["change"]["reason"] == "fell"
    long = row["trend"]["long"]
    assert (long["n"], long["value"]) == (160, pytest.approx((21 + 3 * 38) / 160))
    assert long["change"]["reason"] == "fell"
    assert [window["from"] for window in long["windows"]] == [
        "2026-02-23T11:03:00Z",
        "2026-02-16T11:00:00Z",
        "2026-02-09T11:00:00Z",
        "2026-02-02T11:00:00Z",
    ]


async def test_volume_is_compared_by_what_comes_in_as_long_a_time(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, "contact_volume", compare="before", trend="true"))["values"]
    assert (row["value"], row["compared"]["value"], row["compared"]["change"]["reason"]) == (100, 40, "rose")
    assert (row["trend"]["long"]["value"], row["trend"]["long"]["change"]["reason"]) == (0, "too_few")


async def test_a_mean_whose_spread_nobody_knows_is_not_flagged(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, "asa", compare="before"))["values"]
    assert (row["value"], row["compared"]["value"]) == (50.5, 10)
    assert row["compared"]["change"] == {
        "reason": "unknown",
        "flagged": False,
        "difference": 40.5,
        "interval": None,
        "verdict": None,
    }


async def test_a_channel_nothing_comes_from_any_more_is_shown(client: httpx.AsyncClient) -> None:
    alone = await asked(client, dimension="channel")
    assert [row["key"] for row in alone["values"]] == ["phone"]
    rows = (await asked(client, dimension="channel", compare="before"))["values"]
    assert {row["key"]: (row["n"], row["compared"]["n"]) for row in rows} == {"chat": (0, 3), "phone": (40, 40)}


async def test_one_key_is_answered_even_where_it_has_no_data(client: httpx.AsyncClient) -> None:
    for key, n in (("phone", 40), ("fax", 0)):
        [row] = (await asked(client, dimension="channel", key=key))["values"]
        assert (row["key"], row["n"]) == (key, n)


async def test_several_metrics_come_in_the_order_asked_for(client: httpx.AsyncClient) -> None:
    answer = await asked(client, ["asa", "csat", "contact_volume", "csat"])
    assert [answer["metric"], *(other["metric"] for other in answer["also"])] == ["asa", "csat", "contact_volume"]
    assert answer["values"][0]["value"] == 50.5
    assert [other["values"][0]["value"] for other in answer["also"]] == [0.5, 100]


async def test_percentiles_are_within_two_percent(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, "asa", percentiles="true", dimension="team", key="billing"))["values"]
    found = row["percentiles"]
    assert found["n"] == 100
    assert found["relative_error"] < 0.02
    for name, seconds in (("p50", 50), ("p90", 90), ("p99", 99)):
        assert found[name] == pytest.approx(seconds, rel=found["relative_error"])
    [row] = (await asked(client, percentiles="true"))["values"]
    assert row["percentiles"] is None


async def test_what_stands_beside_handle_time_is_compared_with_it(client: httpx.AsyncClient) -> None:
    [row] = (await asked(client, "aht", compare="before"))["values"]
    assert row["compared"]["change"]["verdict"] is None
    assert row["beside"]["csat"]["compared"]["change"]["reason"] == "fell"


async def test_days_are_those_of_the_time_zone(client: httpx.AsyncClient) -> None:
    for zone, start, n in (
        ("Europe/Berlin", "2026-03-01T23:00:00Z", 83),
        ("Asia/Kolkata", "2026-03-01T18:30:00Z", 83),
        ("Pacific/Kiritimati", "2026-03-02T10:00:00Z", 83),  # noon in UTC is the third of March there
    ):
        answer = await asked(client, window="today", zone=zone, compare="before")
        assert answer["window"] == {"name": "today", "from": start, "to": "2026-03-02T12:03:00Z", "zone": zone}
        assert answer["values"][0]["n"] == n
        assert answer["values"][0]["compared"]["n"] == 1
    [row] = (await asked(client, window="2026-W09", zone="Europe/Berlin"))["values"]
    assert row["n"] == 41
    [row] = (await asked(client, window="2026-02-23", zone="Asia/Kolkata"))["values"]
    assert row["n"] == 40


async def test_a_window_of_thousands_of_years_is_answered(client: httpx.AsyncClient) -> None:
    window = {"from": "2000-01-01T00:00:00Z", "to": "5999-12-31T23:59:59Z"}
    [row] = (await asked(client, trend="true", compare="last_week", percentiles="true", **window))["values"]
    assert (row["n"], row["compared"]["windows"][0]["from"]) == (244, "2000-01-01T00:00:00Z")
    answer = await client.get("/v1/contacts", params={"metric": "csat", **window})
    assert len(answer.json()["values"]) == 50
