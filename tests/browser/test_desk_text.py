"""Whatever anybody wrote is text on every page of the desk, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Claim, Close, Contact, Note
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.desk_browser import live, window
from support.desk_cases import a_case, an_incident
from support.desk_server import DeskServer, desk_server, people
from support.hostile_words import ATTACKS, ELEMENTS, FOREIGN

EVERYWHERE = (
    "UPDATE assessment SET author = :said, network = :said, language = :said, interaction_id = :key,"
    " customer_id = :key WHERE case_id = :case",
    "UPDATE contact SET agent = :said, channel = :said, interaction_id = :key, customer_id = :key"
    " WHERE interaction_id = :old",
    "UPDATE recovery_case SET interaction_id = :key, customer_id = :key, customer_tier = :said WHERE id = :case",
    "INSERT INTO noted_preference (tenant, note_id, revision, customer_id, preference, stated_at, source, response_id,"
    " extractor) SELECT 'default', kind || :key, 1, :key, jsonb_build_object('kind', kind, 'value',"
    " left(CAST(:said AS text), 80)), now(), '/survey', :key, 'stated/1'"
    " FROM unnest(ARRAY['note', 'interest', 'dislike']) AS kind",
)
"""Into what events could not bring: the patterns of ids keep most of it out, and the pages must not rely on that."""
LISTS = (
    "/desk/",
    "/desk/?state=closed",
    "/desk/team",
    "/desk/causes?by=team",
    "/desk/causes?by=reason",
    "/desk/incidents",
    "/desk/lost",
    "/desk/lost?show=all",
)
pytestmark = pytest.mark.timeout(420)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url, pool_size=8) as engine:
        yield engine


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[DeskServer]:
    async with desk_server(engine, duty=people("Dana", *ATTACKS)) as server:
        yield server


async def test_whatever_anybody_wrote_is_text_on_every_page(
    chromium: Any, desk: DeskServer, engine: AsyncEngine
) -> None:
    cases = [await _attacked(desk, engine, number, said) for number, said in enumerate(ATTACKS)]
    incident = await an_incident(engine, cases, ATTACKS[0])
    pages = [*LISTS, f"/desk/incidents/{incident}", *(f"/desk/cases/{case_id}" for case_id in cases)]
    async with window(chromium, desk.url) as page:
        for path in pages:
            await page.goto(path)
            if await page.locator("[data-live]").count():
                await live(page)
            assert await page.evaluate("window.hit") is None, path
            assert await page.locator(ELEMENTS).count() == 0, path
            assert await page.evaluate(FOREIGN) == [], path


async def test_and_it_is_shown_as_it_was_written(chromium: Any, desk: DeskServer, engine: AsyncEngine) -> None:
    async with window(chromium, desk.url) as page:
        for number, said in enumerate(ATTACKS):
            await page.goto(f"/desk/cases/{await _attacked(desk, engine, number, said)}")
            shown = await page.evaluate("document.querySelector('#said').textContent")
            assert shown.count(said) == 3, said  # the words, the author, the network
            for part in ("#contact", "#story", "#glance"):
                assert said in await page.evaluate(f"document.querySelector('{part}').textContent"), (part, said)
            assert "1337" not in await page.inner_text("main")


async def _attacked(desk: DeskServer, engine: AsyncEngine, number: int, said: str) -> UUID:
    """A case that has the words in every field that anybody outside can fill, and in those that people fill."""
    names = {"team": said, "agent": f"a-{number}", "reason": said}
    case_id = await a_case(engine, number, contact=names, comment=said)
    act, by = desk.cases.act, said[:80]
    await act("default", case_id, Claim(by=by, version=1))
    await act("default", case_id, Note(by=by, version=2, note=said))
    values = {"said": said, "case": case_id, "old": f"call-{number}", "key": f"{number} {said}"}
    async with transaction(engine) as tx:
        for statement in EVERYWHERE:
            await tx.execute(
                text(statement), {name: value for name, value in values.items() if f":{name}" in statement}
            )
    if number % 3 == 1:
        await act("default", case_id, Contact(by=by, version=2))
        await act("default", case_id, Close(by=by, version=3, outcome="not_recovered", cause="agent", remedy=said))
    return case_id
