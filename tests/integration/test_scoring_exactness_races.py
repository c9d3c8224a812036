"""Two transactions at once on one contact, customer or survey: one waits or begins again, and both count."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from scoring.core.attribution import DIMENSIONS
from scoring.handler import Handler
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event, interaction, stamp
from support.metrics import apply, recomputed, scoring_database, stored
from support.reference import differences
from support.until import until

pytestmark = pytest.mark.timeout(400)  # on a busy machine
C = {"customer_id": "c-1", "resolved": True}


def said(type_: str, data: dict[str, Any]) -> Event[Any]:
    return event(type_, data, at=NOON + timedelta(days=20))


def contact(interaction_id: str = "i-1", days: int = 0, **fields: Any) -> Event[Any]:
    data = interaction(interaction_id, offered_at=stamp(NOON + timedelta(days=days)), **{**C, **fields})
    return said("interaction.reported", data)


def answer(value: int, interaction_id: str | None = "i-1", response_id: str = "r-1", **fields: Any) -> Event[Any]:
    return said("survey.answered", csat(value, interaction_id, response_id, **{"customer_id": "c-1", **fields}))


SENT = said("survey.sent", {"survey_id": "s-1", "sent_at": stamp(NOON)})
ERASED = said("customer.erased", {"customer_id": "c-1", "requested_at": stamp(NOON)})
CASE = said(
    "case.reported",
    {"case_id": "k-1", "state": "open", "customer_id": "c-1", "opened_at": stamp(NOON), "instrument": "csat"}
    | {"score_percent": 0, "response_id": "r-0"},
)
RACES: dict[str, tuple[Event[Any], Event[Any]]] = {
    "two revisions of a contact": (
        said("interaction.reported", answered(talk=60, revision=1)),
        said("interaction.reported", answered(talk=90, revision=2)),
    ),
    "a contact and its survey": (contact(team="billing", agent="a-1"), answer(1, team="other")),
    "two answers about one contact": (answer(1), answer(5, response_id="r-2")),
    "an answer that moves": (answer(5, "i-1", revision=1), answer(1, "i-2", revision=2)),
    "a contact and its repeat": (contact("i-1"), contact("i-2", days=3)),
    "a survey and its answer": (SENT, answer(4, survey_id="s-1")),
    "two answers to one survey": (answer(4, survey_id="s-1"), answer(2, response_id="r-2", survey_id="s-1")),
    "a contact and the erasure of its customer": (contact("i-1"), ERASED),
    "an answer and the erasure of its customer": (answer(5), ERASED),
    "a case and the next score": (CASE, answer(5)),
    "a case and the erasure of its customer": (CASE, ERASED),
}
KNOWN: dict[str, Sequence[Event[Any]]] = {
    "nothing known before": (),
    "all known before": (contact("i-1", revision=0), contact("i-2", revision=0, days=1), answer(3, revision=0)),
}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


@asynccontextmanager
async def begun(engine: AsyncEngine, shard: int, *events: Event[Any]) -> AsyncIterator[AsyncConnection]:
    """A consumer that has applied its batch and has yet to commit, which it does at the end."""
    async with transaction(engine) as tx:
        await Handler(Sums(shard), Calendars())(tx, events)
        yield tx


async def whenever(engine: AsyncEngine, shard: int, *events: Event[Any]) -> None:
    """As the consume loop: again and again, until it has been done."""
    while True:
        try:
            async with begun(engine, shard, *events):
                return
        except Unavailable:
            await asyncio.sleep(0.01)


async def waits_or_is_done(engine: AsyncEngine, other: "asyncio.Task[None]") -> None:
    async def settled() -> bool:
        async with engine.connect() as connection:
            waiting = await connection.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            )
        return bool(waiting) or other.done()

    await until(settled, "the second transaction waits for the first, or is done", seconds=20)


@pytest.mark.parametrize("turned", [False, True], ids=["as told", "turned round"])
@pytest.mark.parametrize("known", KNOWN)
async def test_both_count_whoever_commits_first(engine: AsyncEngine, known: str, turned: bool) -> None:
    for race, pair in RACES.items():
        first, second = (of(race, event) for event in (reversed(pair) if turned else pair))
        before = [of(race, event) for event in KNOWN[known]]
        if before:
            await apply(engine, *before)
        async with begun(engine, 1, first):
            other = asyncio.create_task(whenever(engine, 2, second))
            await waits_or_is_done(engine, other)
        await asyncio.wait_for(other, 20)
        for dimension in DIMENSIONS:
            found = await stored(engine, dimension, tenant=race)
            expected = recomputed([*before, first, second], dimension, tenant=race)
            assert not differences(found, expected), (race, dimension)


def of(race: str, event: Event[Any]) -> Event[Any]:
    """In a tenant of the race's own: an empty database for each takes longer than all of them."""
    return Event(event.id, event.source, race, event.time, event.recorded_at, event.data)
