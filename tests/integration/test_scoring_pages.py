"""The boards as a browser meets them: who gets in, and what is shown of what was counted."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime import api_page
from events.runtime.database import create_engine, transaction
from events.scorecard import Figure
from scoring.core.retention import Retention
from scoring.pages.access import Access
from scoring.pages.mounting import create_pages
from scoring.pages.published import Publication
from scoring.pages.reading import Boards
from scoring.pages.selection import Selection
from scoring.store import awards
from scoring.store.awards import Award, Leader
from scoring.store.panes import Panes
from support.happened import NOON, answered, csat, event, stamp
from support.metrics import scoring_database
from support.scoring_api import happened

ORIGIN = "http://boards.test"
ACCESS = Access("open sesame", "secret", ORIGIN, "default")
SOON = NOON + timedelta(minutes=2)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


@asynccontextmanager
async def visitor(
    engine: AsyncEngine, access: Access = ACCESS, now: datetime = SOON
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with cookies of its own, at two minutes past noon."""
    app = api_page.create(FastAPI)
    pages = create_pages(
        engine, Panes(), access, Publication(None), retention=Retention(), zone=ZoneInfo("UTC"), now=lambda: now
    )
    app.include_router(pages.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, passphrase: str = "open sesame", **fields: str) -> httpx.Response:
    return await client.post(
        "/wallboard/sign-in", data={"passphrase": passphrase, **fields}, headers={"origin": ORIGIN}
    )


@pytest.fixture
async def inside(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(engine) as client:
        assert (await sign_in(client)).status_code == 303
        yield client


def said(page: httpx.Response) -> str:
    """The words of a page, without its marks."""
    assert page.status_code == 200, page.text
    body = page.text.partition("<main")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def some(team: str, channel: str, good: int, bad: int, prefix: str) -> list[Any]:
    events = []
    for number in range(good + bad):
        name = f"{prefix}-{number}"
        events.append(event("interaction.reported", answered(name, team=team, channel=channel)))
        events.append(event("survey.answered", csat(5 if number < good else 1, name, f"r-{name}")))
    return events


async def test_nobody_sees_a_board_without_the_passphrase(engine: AsyncEngine) -> None:
    async with visitor(engine) as client:
        for path in ("/wallboard", "/wallboard/live", "/recognition", "/recognition/live", "/wallboard/screens"):
            answer = await client.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/wallboard/sign-in?next=")
        assert (await sign_in(client, "guessed")).status_code == 403
        assert (await client.get("/wallboard")).status_code == 303


async def test_whoever_signs_in_comes_to_where_they_wanted(engine: AsyncEngine) -> None:
    async with visitor(engine) as client:
        asked = await client.get("/wallboard?window=7d&team=A+%26+B")
        form = await client.get(asked.headers["location"])
        wanted = html.unescape(re.findall(r'name="next" value="([^"]*)"', form.text)[-1])
        entered = await sign_in(client, next=wanted)
        assert entered.headers["location"] == "/wallboard?window=7d&team=A+%26+B"
        assert "Last 7 days all channels A & B" in said(await client.get(entered.headers["location"]))


@pytest.mark.parametrize(
    "wanted", ["https://evil.test/", "//evil.test/wallboard", "/\\evil.test", "//[", "/docs", "javascript:1"]
)
async def test_nobody_is_led_elsewhere_by_signing_in(engine: AsyncEngine, wanted: str) -> None:
    async with visitor(engine) as client:
        assert (await sign_in(client, next=wanted)).headers["location"] == "/wallboard"


async def test_guessing_is_slow(engine: AsyncEngine) -> None:
    async with visitor(engine) as client:
        codes = [(await sign_in(client, "guessed")).status_code for _ in range(11)]
        assert codes == [403] * 10 + [429]
        refused = await sign_in(client)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 6


@pytest.mark.parametrize("origin", ["http://evil.test", "null", None])
async def test_a_form_from_elsewhere_changes_nothing(engine: AsyncEngine, origin: str | None) -> None:
    async with visitor(engine) as client:
        headers = {"origin": origin} if origin else {}
        for path in ("sign-in", "sign-out", "appearance"):
            answer = await client.post(f"/wallboard/{path}", data={"passphrase": "open sesame"}, headers=headers)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


async def test_the_link_for_screens_lets_in_and_leaves_the_address(
    engine: AsyncEngine, inside: httpx.AsyncClient
) -> None:
    page = await inside.get("/wallboard/screens")
    [link] = set(re.findall(r'href="(http://boards\.test/wallboard\?display=\w+)"', page.text))
    async with visitor(engine) as screen:
        entered = await screen.get(link + "&window=1h&team=billing")
        assert (entered.status_code, entered.headers["location"]) == (303, "/wallboard?window=1h&team=billing")
        assert "Last hour" in said(await screen.get(entered.headers["location"]))
        assert (await screen.get("/wallboard/screens")).status_code == 403
    async with visitor(engine) as stranger:
        assert (await stranger.get("/wallboard?display=guessed")).status_code == 403
        assert (await stranger.get("/wallboard")).status_code == 303


async def test_a_new_passphrase_shuts_screens_out(engine: AsyncEngine) -> None:
    async with visitor(engine, replace(ACCESS, passphrase="another phrase")) as screen:
        assert (await screen.get(f"/wallboard?display={ACCESS.display_token}")).status_code == 403


async def test_without_a_passphrase_the_boards_are_shut(engine: AsyncEngine) -> None:
    async with visitor(engine, replace(ACCESS, passphrase=None)) as client:
        for path in ("/wallboard", "/recognition", "/wallboard/sign-in", f"/wallboard?display={ACCESS.display_token}"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert "SCORING_BOARD_PASSPHRASE" in answer.text
        assert (await sign_in(client)).status_code == 403


async def test_signing_out_ends_it(inside: httpx.AsyncClient) -> None:
    assert (await inside.get("/wallboard")).status_code == 200
    await inside.post("/wallboard/sign-out", headers={"origin": ORIGIN})
    assert (await inside.get("/wallboard")).status_code == 303


async def test_the_cookie_is_kept_from_scripts_and_from_plain_http_where_there_is_https(engine: AsyncEngine) -> None:
    async with visitor(engine, replace(ACCESS, public_url="https://boards.test")) as client:
        cookie = (await sign_in(client)).headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=lax"))


async def test_a_page_runs_no_script_but_ours_and_stays_out_of_frames_and_caches(inside: httpx.AsyncClient) -> None:
    page = await inside.get("/wallboard")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    assert not re.findall(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|https?://(?!www\.w3\.org)", page.text)
    for address in re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text):
        asset = await inside.get(address)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["cache-control"]
    assert (await inside.get("/assets/x/..%2Frendering.py")).status_code == 404


async def test_the_appearance_is_remembered(inside: httpx.AsyncClient) -> None:
    fields = {"appearance": "dark", "next": "/wallboard?window=1h"}
    answer = await inside.post("/wallboard/appearance", data=fields, headers={"origin": ORIGIN})
    assert answer.headers["location"] == "/wallboard?window=1h"
    assert '<html lang="en" data-appearance="dark">' in (await inside.get("/recognition")).text


async def test_before_anything_happened_the_wallboard_says_no_data(inside: httpx.AsyncClient) -> None:
    words = said(await inside.get("/wallboard"))
    assert "Approval rate No data" in words
    assert "0 %" not in words


async def test_the_wallboard_shows_what_was_counted_and_where_it_comes_from(
    engine: AsyncEngine, inside: httpx.AsyncClient
) -> None:
    await happened(engine, some("billing", "phone", 18, 2, "a") + some("orders", "chat", 5, 5, "b"))
    words = said(await inside.get("/wallboard?window=1h"))
    assert "Approval rate 77 % n = 30 95 % : 59 to 88 %" in words
    assert "CSAT 77 % n = 30" in words
    assert "NPS No data" in words
    assert "Waiting 10 s to answer n = 30 0 % gave up n = 30" in words
    assert "Contacts 30 Phone 20 Chat 10" in words
    assert "Answers Positive 77 % n = 23 Neutral 0 % n = 0 Negative 23 % n = 7" in words
    assert "By channel Channel Approval 95 % n Phone 90 % 70 to 97 % 20 Chat 50 % 24 to 76 % 10" in words
    assert "By team Team Approval 95 % n billing 90 % 70 to 97 % 20 orders 50 % 24 to 76 % 10" in words


async def test_one_team_and_one_channel_are_shown_alone(engine: AsyncEngine, inside: httpx.AsyncClient) -> None:
    await happened(
        engine,
        some("billing", "phone", 18, 2, "a") + some("billing", "chat", 3, 3, "b") + some("orders", "phone", 0, 9, "c"),
    )
    words = said(await inside.get("/wallboard?window=1h&team=billing"))
    assert "Approval rate 81 % n = 26" in words
    assert "Contacts 26 Phone 20 Chat 6" in words
    assert "orders" not in words
    words = said(await inside.get("/wallboard?window=1h&team=billing&channel=chat"))
    assert "Approval rate 50 % n = 6" in words
    assert "Contacts 6 Chat 6" in words
    words = said(await inside.get("/wallboard?window=1h&channel=phone"))
    assert "By team Team Approval 95 % n billing 90 % 70 to 97 % 20 orders 0 % 0 to 30 % 9" in words


async def test_a_change_beyond_noise_is_told_against_the_period_before(
    engine: AsyncEngine, inside: httpx.AsyncClient
) -> None:
    early = NOON - timedelta(minutes=70)
    before = [
        event("survey.answered", csat(5 if n < 20 else 1, None, f"old-{n}", submitted_at=stamp(early)), at=early)
        for n in range(100)
    ]
    await happened(engine, before + some("billing", "phone", 90, 10, "a"))
    assert "▲ 70 points above the hour before" in said(await inside.get("/wallboard?window=1h"))


@pytest.mark.parametrize("query", ["window=2h", "channel=" + "x" * 200, "team=a%00b"])
async def test_what_cannot_be_shown_is_said_and_not_repeated(inside: httpx.AsyncClient, query: str) -> None:
    answer = await inside.get(f"/wallboard?{query}")
    assert answer.status_code == 422
    assert "That cannot be shown" in answer.text
    assert "x" * 200 not in answer.text.replace(html.escape(f"?{query}"), "")


async def test_the_chooser_offers_what_there_is(engine: AsyncEngine, inside: httpx.AsyncClient) -> None:
    await happened(engine, some("billing", "phone", 1, 0, "a") + some("orders", "chat", 1, 0, "b"))
    page = (await inside.get("/wallboard?team=nobody")).text
    offered = re.findall(r'<option value="([^"]*)"', page)
    assert {"5m", "1h", "24h", "7d", "30d", "today", "this_week", "phone", "chat", "billing", "orders"} <= set(offered)
    assert re.search(r'<option value="nobody" selected>', page)


async def test_the_recognition_board_shows_leaders_awards_and_their_numbers(
    engine: AsyncEngine, inside: httpx.AsyncClient
) -> None:
    figures = {"csat": Figure(value=0.95, n=21, low=0.77, high=0.99, definition_version=1)}
    day = NOON.replace(hour=0) - timedelta(days=1)
    won = Award(
        "a1", "h", "Happiest customers", "day", day, day + timedelta(days=1), "agent", "a-9", 0.8, figures=figures
    )
    leads = Leader("h", "Happiest customers", "week", "agent", "a-17", 1, 0.8, figures)
    async with transaction(engine) as tx:
        await awards.add(tx, "default", [won])
        await awards.show_leaders(tx, "default", [leads])
        await awards.show_leaders(tx, "other", [replace(leads, key="not ours")])
    words = said(await inside.get("/recognition"))
    assert "This week Happiest customers 1 a-17 95 % Customer satisfaction (CSAT) 95 %: 77 to 99 % · n = 21" in words
    assert "Sunday, 1 March a-9 Happiest customers 95 %" in words
    assert "not ours" not in words


async def test_while_the_database_is_away_a_page_says_so_and_tries_again(free_port: int) -> None:
    engine = create_engine(f"postgresql://nobody@127.0.0.1:{free_port}/nowhere", "scoring")
    async with visitor(engine) as client:
        await sign_in(client)
        answer = await client.get("/wallboard")
    assert (answer.status_code, answer.headers["refresh"]) == (503, "5")
    assert "The database does not answer" in answer.text
    await engine.dispose()


class Interrupted(Panes):
    """Panes during whose first reading another answer is counted."""

    def __init__(self, engine: AsyncEngine, late: Any) -> None:
        self._engine = engine
        self._late = late

    async def sums(self, *arguments: Any, **named: Any) -> Any:
        found = await super().sums(*arguments, **named)
        if self._late is not None:
            late, self._late = self._late, None
            await happened(self._engine, [late])
        return found


async def test_a_board_is_of_one_moment_although_events_come_in_between(engine: AsyncEngine) -> None:
    await happened(engine, some("billing", "phone", 6, 0, "a"))
    late = event("survey.answered", csat(1, None, "late", team="billing", channel="phone"))
    boards = Boards(engine, Interrupted(engine, late), Retention(), "default", ZoneInfo("UTC"), lambda: SOON)
    first, second = [await boards.board(Selection("1h")) for _ in range(2)]
    for board, n in ((first, 6), (second, 7)):
        assert board.headline.n == n
        assert [row.number.n for row in board.by_team] == [n]
        assert sum(part.amount for part in board.answers) == n
