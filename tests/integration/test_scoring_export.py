"""``GET /v1/export``: the tenant's own panes as CSV and Parquet, read back by the tools that will read them."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from events.hours.business import Calendars
from events.runtime import api_page
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from scoring.core.metrics import METRICS
from scoring.core.window import Window
from scoring.export import api, formats, rows
from scoring.export.rows import Question, Reading, asked
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event, stamp
from support.metrics import scoring_database

KEY, OTHER, BLIND = new_key(("metrics:read",)), new_key(("metrics:read",), tenant="other"), new_key(("events:write",))
HOURS = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z", "grain": "hour"}
FORMULA = "=SUM(A1)"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Two contacts at noon, one of a team whose name begins a formula; one the hour after."""
    later = NOON + timedelta(hours=1)
    said = [
        event("interaction.reported", answered("i-1", team="billing", talk=60)),
        event("interaction.reported", answered("i-2", team=FORMULA, talk=120)),
        event("interaction.reported", answered("i-3", team="billing") | times(later), at=later),
        event("survey.answered", csat(5, "i-1", "r-1")),
        event("survey.answered", csat(1, "i-2", "r-2")),
    ]
    async with scoring_database(database_url) as found:
        async with transaction(found) as tx:
            await Handler(Sums(0), Calendars())(tx, said)
        yield found


def times(at: datetime) -> dict[str, str]:
    return {"offered_at": stamp(at), "answered_at": stamp(at), "ended_at": stamp(at + timedelta(minutes=1))}


@asynccontextmanager
async def serving(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    app = api_page.create(FastAPI, title="scoring", version="1", description="")
    keyring = Keyring((KEY.kept, OTHER.kept, BLIND.kept))
    app.include_router(api.router(engine, Panes(), keyring, lambda: NOON + timedelta(days=1)))
    headers = {"Authorization": f"Bearer {KEY.secret}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://scoring", headers=headers) as client:
        yield client


@pytest.fixture
async def client(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(engine) as found:
        yield found


async def read(client: httpx.AsyncClient, **parameters: Any) -> list[dict[str, str]]:
    answer = await client.get("/v1/export", params={**HOURS, **parameters})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), strict=True))


async def test_rows_are_tidy_and_say_what_they_rest_on(client: httpx.AsyncClient) -> None:
    first, second = await read(client, metric="csat", dimension="team")
    assert first | {"low": "", "high": ""} == {
        "start": "2026-03-02T12:00:00Z",
        "dimension": "team",
        "key": f"'{FORMULA}",
        "metric": "csat",
        "value": "0.0",
        "n": "1",
        "low": "",
        "high": "",
        "definition_version": str(METRICS["csat"].version),
    }
    assert (second["key"], second["value"]) == ("billing", "1.0")
    assert 0 < float(second["low"]) < float(second["high"]) == 1


async def test_handle_time_comes_with_satisfaction_even_where_there_is_none(client: httpx.AsyncClient) -> None:
    found = [(row["start"][11:13], row["metric"], row["value"], row["n"]) for row in await read(client, metric="aht")]
    assert found == [
        ("12", "aht", "90.0", "2"),
        ("12", "csat", "0.5", "2"),
        ("13", "aht", "60.0", "1"),
        ("13", "csat", "", "0"),
    ]


async def test_without_a_metric_there_are_all_that_have_data(client: httpx.AsyncClient) -> None:
    found = await read(client, grain="day")
    assert {row["metric"] for row in found} >= {"csat", "aht", "asa", "contact_volume", "approval_rate"}
    assert "nps" not in {row["metric"] for row in found}
    assert {row["start"] for row in found} == {"2026-03-02T00:00:00Z"}


async def test_one_key_can_be_asked_for(client: httpx.AsyncClient) -> None:
    found = await read(client, dimension="team", key="billing", metric="contact_volume")
    assert [(row["key"], row["value"]) for row in found] == [("billing", "1.0"), ("billing", "1.0")]
    assert await read(client, dimension="team", key="nobody") == []


async def test_the_file_has_a_name_and_the_lines_of_rfc_4180(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/export", params={**HOURS, "metric": "csat", "dimension": "team"})
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="amends-csat-by-team-per-hour-20260302T0000Z-20260303T0000Z.csv"'
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.text.startswith("start,dimension,key,metric,value,n,low,high,definition_version\r\n")
    assert answer.text.count("\n") == answer.text.count("\r\n") == 3


async def test_another_tenant_gets_a_file_without_rows(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/export", params=HOURS, headers={"Authorization": f"Bearer {OTHER.secret}"})
    assert (answer.status_code, answer.text.count("\r\n")) == (200, 1)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"metric": "happiness"}, "must be 'approval_rate'"),
        ({"grain": "second"}, "/query/grain must be 'minute', 'hour' or 'day'"),
        ({"format": "xlsx"}, "/query/format must be 'csv' or 'parquet'"),
        ({"windw": "1h"}, "/query has a parameter that is none of metric"),
        ({"window": "1h", "from": "2026-03-02T00:00:00Z"}, "/query/window give either"),
        ({"from": "2026-03-02T00:00:00Z"}, "/query/to must be an RFC 3339"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "from must be before to"),
        ({"from": "2027-01-01T00:00:00Z", "to": "2027-01-02T00:00:00Z"}, "must not be in the future"),
        (
            {"from": "2026-02-01T00:00:00Z", "to": "2026-03-01T00:00:00Z", "grain": "minute"},
            "must not be before 2026-02-22T00:00Z: minutes are not kept longer",
        ),
    ],
)
async def test_an_odd_question_is_refused_with_where_and_why(
    client: httpx.AsyncClient, parameters: dict[str, str], said: str
) -> None:
    answer = await client.get("/v1/export", params=parameters)
    assert answer.status_code == 422
    assert any(said in f"{error['pointer']} {error['detail']}" for error in answer.json()["errors"]), answer.text


async def test_too_many_rows_are_refused_with_what_to_do(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 23)
    answer = await client.get("/v1/export", params={**HOURS, "metric": "csat"})
    assert answer.status_code == 422
    assert "may be 24 rows, more than the 23 of one file: name fewer metrics" in answer.text


async def test_who_has_no_key_or_not_the_scope_is_told_so(client: httpx.AsyncClient) -> None:
    for authorization, status in (("", 401), (f"Bearer {BLIND.secret}", 403)):
        answer = await client.get("/v1/export", headers={"Authorization": authorization})
        assert answer.status_code == status


async def test_the_accept_header_chooses_where_no_format_is_named(client: httpx.AsyncClient) -> None:
    refused = await client.get("/v1/export", headers={"Accept": "application/pdf"})
    assert (refused.status_code, refused.headers["Content-Type"]) == (406, "application/problem+json")
    page = await client.get("/v1/export", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/csv")


async def test_a_third_export_at_once_is_asked_to_wait(engine: AsyncEngine) -> None:
    gate = api.Gate()
    gate.enter()
    gate.enter()
    with pytest.raises(api.ProblemError) as caught:
        gate.enter()
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "10"})
    async with serving(engine) as client:  # and every place is given back, however an export ends
        for _ in range(5):
            assert (await client.get("/v1/export", params=HOURS)).status_code == 200
            assert (await client.get("/v1/export", params={**HOURS, "format": "xlsx"})).status_code == 422


async def test_a_piece_is_bounded_and_the_pieces_are_the_whole(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = Window(NOON - timedelta(hours=3), NOON + timedelta(hours=3))
    question = Question("default", "all", None, asked(("contact_volume",)), window, "minute", NOON + timedelta(days=1))
    whole = [row async for rows_ in _pieces(engine, question) for row in rows_]
    monkeypatch.setattr(rows, "AT_ONCE", 7)
    parts = [rows_ async for rows_ in _pieces(engine, question)]
    assert [row for rows_ in parts for row in rows_] == whole
    assert len(parts) == len(whole) == 2


async def _pieces(engine: AsyncEngine, question: Question) -> AsyncIterator[list[rows.Row]]:
    reading = Reading(engine, Panes(), question)
    async for found in reading.pieces(await reading.keys()):
        yield found


# --- Parquet


@pytest.mark.parametrize("group", [1, 50_000])
async def test_parquet_is_read_back_with_its_types(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    monkeypatch.setattr(formats, "ROW_GROUP", group)
    answer = await client.get(
        "/v1/export",
        params={**HOURS, "metric": ["aht", "contact_volume"], "dimension": "team"},
        headers={"Accept": "application/vnd.apache.parquet, text/csv;q=0.5"},
    )
    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert answer.headers["Content-Disposition"].endswith('.parquet"')
    found = pq.ParquetFile(pa.BufferReader(answer.content))
    table = found.read()
    assert {field.name: str(field.type) for field in table.schema} == {
        "start": "timestamp[ms, tz=UTC]",
        "dimension": "string",
        "key": "string",
        "metric": "string",
        "value": "double",
        "n": "int64",
        "low": "double",
        "high": "double",
        "definition_version": "int32",
    }
    assert found.num_row_groups == (2 if group == 1 else 1)
    read_back = table.to_pylist()
    assert read_back[0]["start"] == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert {row["key"] for row in read_back} == {FORMULA, "billing"}, "no spreadsheet here: names as they are"
    assert [row["value"] for row in read_back if row["metric"] == "csat"] == [0.0, 1.0, None]

    same = await read(client, metric=["aht", "contact_volume"], dimension="team")
    assert [(r["metric"], r["value"], r["n"]) for r in same] == [
        (r["metric"], "" if r["value"] is None else str(r["value"]), str(r["n"])) for r in read_back
    ]


async def test_parquet_without_rows_is_a_file_all_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/v1/export", params={**HOURS, "format": "parquet"}, headers={"Authorization": f"Bearer {OTHER.secret}"}
    )
    assert pq.read_table(pa.BufferReader(answer.content)).num_rows == 0


async def test_where_it_is_not_installed_that_is_said(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.delitem(__import__("sys").modules, "pyarrow.parquet", raising=False)
    answer = await client.get("/v1/export", params={**HOURS, "format": "parquet"})
    assert answer.status_code == 501
    assert "needs the package pyarrow" in answer.json()["detail"]
