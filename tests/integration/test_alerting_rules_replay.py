"""A day of events read again: it pages nobody and changes no case, whatever the rules."""

import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.case import Case, Claim, Contact
from alerting.core.rules.policy import Policy
from alerting.store.schema import SCHEMA
from alerting.store.views import Views
from alerting.telemetry import CaseTelemetry
from alerting.watching import Watcher
from events.envelope import Event
from events.mention import Mention
from events.runtime.database import transaction
from support.alerting_member import Member, answered, desk, event, opening, reported
from support.alerting_schema import migrated

EVERYTHING = Policy.model_validate(
    {
        "rules": {
            "low_score": {"at_or_below": {"1-5": 1}},
            "long_wait": {"enabled": True, "tiers": ["gold"], "seconds": 60},
            "abandoned": {"enabled": True},
            "repeat_unresolved": {"enabled": True},
            "public_praise": {"enabled": True},
            "call_back_missed": {"minutes": 1},
        },
        "overrides": [{"tiers": ["gold"], "rules": {"low_score": {"at_or_below": {"1-5": 3}}}}],
    }
)
LEDGER = ("inbox", "stream_offset", "alembic_version")
CASES = ("recovery_case", "timeline", "notification", "timer", "case_report", "incident", "incident_case", "watch")
COMMENTS = (None, "Fine.", "My lawyer will call.", "This is unacceptable", "Nobody called back.")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


def day(seed: int, contacts: int, prefix: str = "") -> list[Event[Any]]:
    """What is told in a day: contacts that go well and badly, answers with corrections, remarks."""
    rng = random.Random(seed)
    now = datetime.now(UTC)
    told: list[Event[Any]] = []
    for number in range(contacts):
        about = {"interaction_id": f"{prefix}call-{number}", "customer_id": f"{prefix}cus-{number // 3}"}
        offered = now - timedelta(minutes=rng.randrange(5, 50))
        left = rng.random() < 0.2
        contact = {
            **about,
            "offered_at": offered,
            "answered_at": None if left else offered + timedelta(seconds=rng.randrange(5, 120)),
            "customer_tier": rng.choice(["gold", None]),
            "reason": rng.choice(["invoice", "delivery"]),
            "abandoned": left,
            "callback_queued": left and rng.random() < 0.5,
            "resolved": rng.random() < 0.5,
        }
        told += [event(reported(**contact, revision=revision)) for revision in range(rng.randrange(1, 3))]
        for revision in range(rng.randrange(0, 3)):
            said = {"response_id": f"{prefix}r-{number}", "revision": revision, "comment": rng.choice(COMMENTS)}
            told.append(event(answered(rng.randrange(1, 6), **about, **said, said_ago=timedelta(minutes=4))))
        if rng.random() < 0.2:
            stance = rng.choice(["positive", "negative", "neutral"])
            at = now - timedelta(minutes=3)
            told.append(
                event(Mention(mention_id=f"{prefix}m-{number}", network="x", sentiment=stance, published_at=at))
            )
    rng.shuffle(told)
    return told


async def take(engine: AsyncEngine, number: int, events: Sequence[Event[Any]]) -> None:
    member = Member(engine, number, policy=EVERYTHING)
    for start in range(0, len(events), 50):
        await member.take(*events[start : start + 50])
    watcher = Watcher(engine, EVERYTHING, opening(), CaseTelemetry(CollectorRegistry()))
    await watcher.look_at_promises()
    await watcher.look_at_teams()


async def snapshot(engine: AsyncEngine) -> dict[str, list[str]]:
    """Every row of every table but the ledger's."""
    async with transaction(engine) as tx:
        tables = await tx.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA}
        )
        return {
            table: sorted((await tx.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} AS t"))).all())
            for table in tables.scalars().all()
            if table not in LEDGER
        }


async def some_are_worked_on(engine: AsyncEngine) -> None:
    for case in await Views(engine).page("default", state="open", after=None, limit=10):
        claimed = await desk(engine).act("default", case.id, Claim(by="Dana", version=case.version))
        assert isinstance(claimed, Case)
        await desk(engine).act("default", case.id, Contact(by="Dana", version=claimed.version))


def as_old(told: Event[Any], age: timedelta) -> Event[Any]:
    return msgspec.structs.replace(told, id=f"again-{told.id}", recorded_at=told.recorded_at - age)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_day_of_events_told_again_changes_nothing_at_all(engine: AsyncEngine, seed: int) -> None:
    told = day(seed, 60)
    await take(engine, 0, told)
    await some_are_worked_on(engine)
    before = await snapshot(engine)
    assert len(before["recovery_case"]) >= 20
    assert before["notification"]
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM inbox"))  # as after a fortnight
    await take(engine, 1, told)
    assert await snapshot(engine) == before
    await take(engine, 2, [as_old(each, timedelta(days=1)) for each in told])
    await take(engine, 3, [as_old(each, timedelta(0)) for each in random.Random(seed).sample(told, len(told))])
    assert await snapshot(engine) == before


async def test_a_day_of_old_events_nobody_has_heard_of_is_recorded_and_touches_no_case(engine: AsyncEngine) -> None:
    await take(engine, 0, day(4, 40))
    await some_are_worked_on(engine)
    before = await snapshot(engine)
    new = [as_old(each, timedelta(days=1)) for each in day(5, 60, prefix="old-")]
    await take(engine, 1, new)
    about_known = [
        event(answered(value, response_id=f"late-{n}", interaction_id=f"call-{n}", customer_id=f"cus-{n // 3}",
                       comment="This is unacceptable", said_ago=timedelta(minutes=-5)), recorded_ago=timedelta(days=1))
        for n in range(40)
        for value in (1 + n % 5,)
    ]  # fmt: skip
    await take(engine, 2, about_known)
    after = await snapshot(engine)
    assert {table: after[table] for table in CASES} == {table: before[table] for table in CASES}
    assert len(after["assessment"]) > len(before["assessment"])
    assert len(after["contact"]) >= len(before["contact"]) + 60


async def test_the_same_day_taken_while_it_is_news_does_open_cases(engine: AsyncEngine) -> None:
    await take(engine, 0, day(5, 60, prefix="old-"))
    assert len((await snapshot(engine))["recovery_case"]) >= 20
