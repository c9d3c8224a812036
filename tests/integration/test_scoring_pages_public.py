"""The public counter: what the operator chose to publish, and nothing else."""

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event as hooks
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import api_page
from events.runtime.database import create_engine
from scoring.core.retention import Retention
from scoring.pages.access import Access
from scoring.pages.mounting import create_pages
from scoring.pages.published import Publication
from scoring.store.panes import Panes
from support.happened import NOON, csat, event
from support.metrics import scoring_database
from support.scoring_api import happened
from support.until import until

PATHS = ("/public/csat", "/public/csat/widget", "/public/csat.svg", "/public/csat.json")
SOON = NOON + timedelta(minutes=2)


@asynccontextmanager
async def outside(
    engine: AsyncEngine, publication: Publication, *, address: str = "192.0.2.1"
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody on the internet at two minutes past noon."""
    app = api_page.create(FastAPI)
    access = Access(None, "secret", "https://amends.example", "default")
    pages = create_pages(
        engine, Panes(), access, publication, retention=Retention(), zone=ZoneInfo("UTC"), now=lambda: SOON
    )
    app.include_router(pages.router)
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://public.test") as client:
        yield client


def published(folder: Path, text: str = "") -> Publication:
    path = folder / "published.yaml"
    path.write_text(text)
    return Publication(path)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A database in which 36 of 40 are satisfied."""
    async with scoring_database(database_url) as found:
        said = [event("survey.answered", csat(5 if n < 36 else 1, None, f"r-{n}")) for n in range(40)]
        await happened(found, said)
        yield found


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_choice_nothing_is_public(engine: AsyncEngine, path: str) -> None:
    async with outside(engine, Publication(None)) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.text) == (404, "Nothing is published here.\n")


async def test_the_data_say_the_number_and_what_it_rests_on(engine: AsyncEngine, tmp_path: Path) -> None:
    async with outside(engine, published(tmp_path, "metrics: [csat, nps]\nwindow: 24h\ntitle: Our service")) as client:
        answer = await client.get("/public/csat.json")
    found = answer.json()
    assert answer.headers["access-control-allow-origin"] == "*"
    assert found["title"] == "Our service"
    assert found["window"] == {"name": "24h", "from": "2026-03-01T12:03:00+00:00", "to": "2026-03-02T12:03:00+00:00"}
    first, second = found["metrics"]
    assert (first["metric"], first["value"], first["n"], first["definition_version"]) == ("csat", 0.9, 40, 1)
    assert [round(bound, 3) for bound in first["interval"]] == [0.769, 0.96]
    assert (second["value"], second["n"], second["interval"]) == (None, 0, None)


async def test_page_widget_and_badge_show_the_same(engine: AsyncEngine, tmp_path: Path) -> None:
    async with outside(engine, published(tmp_path)) as client:
        page, widget, badge = [(await client.get(path)) for path in PATHS[:3]]
    for shown in (page, widget):
        assert re.search(
            r"90<small> %</small>.*Customer satisfaction \(CSAT\).*n = 40.*77 to 96 %", shown.text, re.DOTALL
        )
        assert "Last 30 days" in shown.text
        assert "<script" not in shown.text
    assert "Satisfied answers" in page.text
    assert '&lt;iframe src="https://amends.example/public/csat/widget"' in page.text
    root = ET.fromstring(badge.text)
    assert root.attrib["aria-label"] == "customer satisfaction: 90 % (n = 40)"
    assert badge.headers["content-type"] == "image/svg+xml"


async def test_too_few_answers_are_no_number(engine: AsyncEngine, tmp_path: Path) -> None:
    async with outside(engine, published(tmp_path, "minimum_n: 41")) as client:
        answers = [await client.get(path) for path in PATHS]
    assert all("Not enough answers yet" in answer.text for answer in answers[:2])
    assert "not enough answers yet" in answers[2].text
    assert not any("90" in answer.text for answer in answers[:3])
    [metric] = answers[3].json()["metrics"]
    assert (metric["value"], metric["interval"], metric["n"]) == (None, None, 40)


async def test_another_tenant_is_another_number(engine: AsyncEngine, tmp_path: Path) -> None:
    async with outside(engine, published(tmp_path, "tenant: other")) as client:
        assert (await client.get(PATHS[3])).json()["metrics"][0]["n"] == 0


async def test_only_the_sites_named_may_frame_the_widget_and_none_the_page(engine: AsyncEngine, tmp_path: Path) -> None:
    chosen = "frame_ancestors: ['https://www.example.com', 'https://*.example.org']"
    async with outside(engine, published(tmp_path, chosen)) as client:
        page, widget = [(await client.get(path)).headers["content-security-policy"] for path in PATHS[:2]]
    assert widget.endswith("frame-ancestors https://www.example.com https://*.example.org")
    assert page.endswith("frame-ancestors 'none'")
    async with outside(engine, published(tmp_path, "frame_ancestors: []")) as client:
        assert (await client.get(PATHS[1])).headers["content-security-policy"].endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("path", PATHS)
async def test_caches_may_keep_it_and_ask_whether_it_changed(engine: AsyncEngine, tmp_path: Path, path: str) -> None:
    async with outside(engine, published(tmp_path)) as client:
        first = await client.get(path)
        assert first.headers["cache-control"] == "public, max-age=15"
        again = await client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        other = await client.get(path, headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content)


async def test_the_database_is_asked_once_however_many_ask_us(engine: AsyncEngine, tmp_path: Path) -> None:
    asked: list[str] = []
    hooks.listen(engine.sync_engine, "before_cursor_execute", lambda _c, _cu, sql, *_: asked.append(sql))
    async with outside(engine, published(tmp_path)) as client:
        codes = [answer.status_code for answer in await asyncio.gather(*(client.get(PATHS[n % 4]) for n in range(50)))]
    assert codes == [200] * 50
    assert len([sql for sql in asked if "_pane" in sql]) == 1


async def test_one_address_is_limited_and_others_are_not(engine: AsyncEngine, tmp_path: Path) -> None:
    async with outside(engine, published(tmp_path)) as client:
        answers = [await client.get(PATHS[2]) for _ in range(120)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers[:60]} == {200}
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    async with outside(engine, published(tmp_path), address="192.0.2.2") as client:
        assert (await client.get(PATHS[2])).status_code == 200


async def test_a_withdrawn_number_is_gone_without_a_restart(engine: AsyncEngine, tmp_path: Path) -> None:
    publication = published(tmp_path, "metrics: [csat]")
    stop = asyncio.Event()
    [job] = publication.jobs(every=0.02)
    running = asyncio.create_task(job(stop))
    async with outside(engine, publication) as client:
        (tmp_path / "published.yaml").write_text("metrics: [approval_rate]")

        async def changed() -> bool:
            return (await client.get(PATHS[3])).json()["metrics"][0]["metric"] == "approval_rate"

        await until(changed, "the other metric is published")
    stop.set()
    await running


async def test_while_the_database_is_away_nothing_is_made_up(tmp_path: Path, free_port: int) -> None:
    engine = create_engine(f"postgresql://nobody@127.0.0.1:{free_port}/nowhere", "scoring")
    async with outside(engine, published(tmp_path)) as client:
        answer = await client.get(PATHS[3])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    await engine.dispose()


@pytest.mark.parametrize("appearance", ["light", "dark"])
async def test_a_site_chooses_how_the_widget_looks(engine: AsyncEngine, tmp_path: Path, appearance: str) -> None:
    async with outside(engine, published(tmp_path)) as client:
        page = (await client.get(f"{PATHS[1]}?appearance={appearance}")).text
        assert f'data-appearance="{appearance}"' in page
        assert 'data-appearance="auto"' in (await client.get(f"{PATHS[1]}?appearance=%22%3E")).text
