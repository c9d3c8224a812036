"""Scoring on a database of the test's own, and a plain recomputation to compare it with."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.interaction import Interaction
from events.mention import Mention
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade
from events.survey import SurveyResponse
from scoring.app import MIGRATIONS, SCHEMA
from scoring.core.contact import Contact
from scoring.core.measures import MEASURES
from scoring.core.public_mention import PublicMention
from scoring.core.window import Window
from scoring.store import Store

EVER = Window(datetime.fromisoformat("2000-01-01T00:00:00+00:00"), datetime.fromisoformat("2100-01-01T00:00:00+00:00"))


@asynccontextmanager
async def scoring_database(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, MIGRATIONS)
        yield engine
    finally:
        await engine.dispose()


async def stored(engine: AsyncEngine, dimension: str, window: Window = EVER, tenant: str = "default") -> dict[str, Any]:
    """Non-zero totals per key, as the API would compute from."""
    async with transaction(engine) as tx:
        found = await Store(shard=0).sums(tx, tenant, dimension, window)
    return {key: {m: n for m, n in sums.items() if n} for key, sums in found.items() if any(sums.values())}


def recomputed(events: Iterable[Event[Any]], dimension: str, tenant: str = "default") -> dict[str, Any]:
    """The same from the newest versions alone, without panes, deltas or a database."""
    newest: dict[tuple[str, str], Event[Any]] = {}
    for event in (e for e in events if e.tenant == tenant):
        key = (event.type, _id(event.data))
        if key not in newest or event.data.version > newest[key].data.version:
            newest[key] = event
    contacts: dict[str, Contact] = {}
    sums: dict[str, Counter[str]] = {}
    for event in newest.values():
        if isinstance(event.data, Interaction):
            id_ = event.data.interaction_id
            contacts[id_] = contacts.get(id_, Contact()).reported(event.data, event.recorded_at)
        if isinstance(event.data, SurveyResponse):
            id_ = event.data.interaction_id or f"response {event.data.response_id}"
            contacts[id_] = contacts.get(id_, Contact()).answered(event.data, event.recorded_at)
        if isinstance(event.data, Mention):
            _add(sums, dimension, PublicMention().published(event.data, event.recorded_at))
    for contact in contacts.values():
        _add(sums, dimension, contact)
    return {key: {m: total[m] for m in MEASURES if total[m]} for key, total in sums.items() if any(total.values())}


def _add(sums: dict[str, Counter[str]], dimension: str, subject: Contact | PublicMention) -> None:
    for contribution in subject.contributions():
        key = dict(contribution.attribution.keys())[dimension]
        sums.setdefault(key, Counter()).update(contribution.sums)


def _id(data: Any) -> str:
    for name in ("response_id", "mention_id", "interaction_id"):
        if hasattr(data, name):
            return str(getattr(data, name))
    raise AssertionError(type(data))
