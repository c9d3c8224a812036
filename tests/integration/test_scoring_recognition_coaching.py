"""Who would gain from coaching, read from what customers said: real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime import problem_details
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import transaction
from scoring.handler import Handler
from scoring.recognition import coach
from scoring.recognition.coach import Coach
from scoring.recognition.routes import router
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import csat, event, interaction, stamp
from support.metrics import scoring_database

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
READER, OTHER, BLIND = new_key(("metrics:read",)), new_key(("metrics:read",), tenant="other"), new_key(("alerts:read",))


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, events)


async def handled(
    engine: AsyncEngine,
    agent: str,
    reason: str,
    good: int,
    n: int,
    *,
    at: datetime = NOW - timedelta(days=3),
    said_at: datetime | None = None,
) -> None:
    """Contacts of an agent in billing, the first so many of them with a happy customer."""
    said: list[Event[Any]] = []
    for number in range(n):
        id_ = f"{agent}-{reason}-{at:%d}-{number}"
        contact = interaction(id_, agent=agent, team="billing", reason=reason, offered_at=stamp(at))
        answer = csat(5 if number < good else 1, id_, id_, submitted_at=stamp(said_at or at))
        said += [event("interaction.reported", contact, at=at), event("survey.answered", answer, at=at)]
    await apply(engine, *said)


async def advised(engine: AsyncEngine, secret: str = READER.secret) -> httpx.Response:
    app = FastAPI()
    problem_details.install(app)
    app.include_router(router(engine, Keyring((READER.kept, OTHER.kept, BLIND.kept))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://scoring") as client:
        return await client.get("/v1/coaching", headers={"Authorization": f"Bearer {secret}"})


async def looked(engine: AsyncEngine, at: datetime = NOW) -> None:
    await Coach(engine, Panes(), every=3600, now=lambda: at).once(asyncio.Event())


async def test_it_names_who_is_below_colleagues_and_first_what_the_whole_team_is_low_on(engine: AsyncEngine) -> None:
    for agent in ("ann", "bob", "cat"):
        await handled(engine, agent, "refund", 38, 40)
        await handled(engine, agent, "delivery", 12, 30)
    await handled(engine, "dan", "refund", 20, 40)
    await looked(engine)
    found = (await advised(engine)).json()
    assert [(one["team"], one["reason"], one["figure"]["n"]) for one in found["system_causes"]] == [
        ("billing", "delivery", 90)
    ]
    [dan] = found["suggestions"]
    assert (dan["agent"], dan["metric"], dan["figure"]["value"], dan["figure"]["n"]) == ("dan", "csat", 0.5, 40)
    assert dan["expected"] == pytest.approx(0.95)
    assert [(topic["reason"], topic["system_cause"]) for topic in dan["topics"]] == [("refund", False)]
    assert (found["from"], found["to"]) == ("2026-02-28T12:01:00Z", "2026-03-30T12:01:00Z")


async def test_what_is_older_than_the_window_is_not_held_against_anybody(engine: AsyncEngine) -> None:
    for agent in ("ann", "bob", "cat", "dan"):
        await handled(engine, agent, "refund", 38, 40)
    old = NOW - timedelta(days=31)
    await handled(engine, "dan", "refund", 0, 40, at=old)
    await handled(engine, "dan", "refund", 0, 40, at=NOW - timedelta(days=29), said_at=old)
    await looked(engine)
    assert (await advised(engine)).json()["suggestions"] == []


async def test_every_fact_is_looked_at_once_however_small_the_steps(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for agent in ("ann", "bob"):
        await handled(engine, agent, "refund", 38, 40)
    await handled(engine, "dan", "refund", 20, 40)
    monkeypatch.setattr(coach, "AT_ONCE", 7)
    await looked(engine)
    [dan] = (await advised(engine)).json()["suggestions"]
    assert (dan["figure"]["n"], dan["team_figure"]["n"]) == (40, 120)


async def test_before_it_was_computed_and_for_another_tenant_there_is_nothing(engine: AsyncEngine) -> None:
    nothing = {"computed_at": None, "from": None, "to": None, "system_causes": [], "suggestions": []}
    assert (await advised(engine)).json() == nothing
    await handled(engine, "ann", "refund", 38, 40)
    await looked(engine)
    assert (await advised(engine)).json()["computed_at"] == "2026-03-30T12:00:00Z"
    assert (await advised(engine, OTHER.secret)).json() == nothing


async def test_it_is_computed_anew_when_it_is_old_and_not_before(engine: AsyncEngine) -> None:
    await handled(engine, "ann", "refund", 38, 40)
    for minutes, computed in ((0, "12:00:00"), (59, "12:00:00"), (60, "13:00:00")):
        await looked(engine, NOW + timedelta(minutes=minutes))
        assert (await advised(engine)).json()["computed_at"] == f"2026-03-30T{computed}Z"


async def test_a_key_that_may_not_read_metrics_may_not_read_this(engine: AsyncEngine) -> None:
    assert (await advised(engine, BLIND.secret)).status_code == 403
    assert (await advised(engine, "amk_wrong")).status_code == 401


async def test_one_replica_looks_at_a_time_and_a_stop_ends_it(engine: AsyncEngine) -> None:
    await handled(engine, "ann", "refund", 38, 40)
    await asyncio.gather(*(looked(engine) for _ in range(4)))
    stop = asyncio.Event()
    running = asyncio.create_task(Coach(engine, Panes(), every=3600, now=lambda: NOW).run(stop))
    stop.set()
    await asyncio.wait_for(running, 20)
