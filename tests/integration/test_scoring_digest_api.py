"""``GET /v1/digest``: a digest as it would be sent, sent to nobody."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from events.hours.business import Calendars
from events.runtime import api_page
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from scoring.core.digest.plan import Plan, Plans
from scoring.digests import api
from scoring.digests.reading import Reader
from scoring.handler import Handler
from scoring.store import remarks
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event
from support.metrics import scoring_database

KEY, OTHER, BLIND = new_key(("metrics:read",)), new_key(("metrics:read",), tenant="other"), new_key(("events:write",))
TUESDAY = NOON.replace(day=10)
"""NOON is the Monday of the week before."""


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    said = [
        event("interaction.reported", answered(team="<b>billing", agent="x")),
        event("survey.answered", csat(1, comment="Nobody <i>called</i> back at jane@example.com")),
    ]
    async with scoring_database(database_url) as engine:
        async with transaction(engine) as tx:
            await Handler(Sums(0), Calendars(), [remarks.keep])(tx, said)
        plans = Plans(digests=(Plan(name="leads", every="month", title="For leads"),))
        keyring = Keyring((KEY.kept, OTHER.kept, BLIND.kept))
        app = api_page.create(FastAPI, title="scoring", version="1", description="")
        app.include_router(api.router(Reader(engine, Panes()), plans, keyring, lambda: TUESDAY))
        headers = {"Authorization": f"Bearer {KEY.secret}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://scoring", headers=headers) as found:
            yield found
        async with transaction(engine) as tx:
            assert await tx.scalar(text("SELECT count(*) FROM digest_delivery")) == 0, "nothing was sent"


async def test_without_a_name_it_is_the_week_about_everybody(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/digest")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Customer service: Mon 2 Mar 2026 to Sun 8 Mar 2026\n")
    assert r"Nobody ‹i›called‹/i› back at \[e-mail\]" in answer.text


async def test_the_page_is_kept_by_nobody_and_runs_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/digest", params={"format": "html"})
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "&lt;b&gt;billing" in answer.text
    assert "Nobody &lt;i&gt;called&lt;/i&gt; back at [e-mail]" in answer.text


async def test_the_numbers_come_as_csv(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/digest", params={"format": "csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "\r\nteam,<b>billing,csat,0.0,1," in answer.text


async def test_a_configured_one_is_shown_by_its_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/digest", params={"digest": "leads"})
    assert answer.text.startswith("# For leads: February 2026\n")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"digest": "nobody"}, "/query/digest names no digest of yours"),
        ({"format": "pdf"}, "/query/format must be 'md', 'html' or 'csv'"),
        ({"fromat": "csv"}, "/query has a parameter that is none of digest, format"),
    ],
)
async def test_an_odd_question_is_refused(client: httpx.AsyncClient, parameters: dict[str, str], said: str) -> None:
    answer = await client.get("/v1/digest", params=parameters)
    assert answer.status_code == 422
    assert any(said in f"{error['pointer']} {error['detail']}" for error in answer.json()["errors"]), answer.text


async def test_another_tenant_sees_neither_its_numbers_nor_its_digests(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": f"Bearer {OTHER.secret}"}
    assert "billing" not in (await client.get("/v1/digest", headers=headers)).text
    assert (await client.get("/v1/digest", params={"digest": "leads"}, headers=headers)).status_code == 422


async def test_who_has_no_key_or_not_the_scope_is_told_so(client: httpx.AsyncClient) -> None:
    for authorization, status in (("", 401), (f"Bearer {BLIND.secret}", 403)):
        assert (await client.get("/v1/digest", headers={"Authorization": authorization})).status_code == status
