"""What a batch asks of the database: as much for a thousand events as for ten, where nobody is unhappy."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as hooks
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.rules.policy import Policy
from support.alerting_member import Member, answered, event, reported
from support.alerting_schema import migrated

EVERYTHING = Policy.model_validate(
    {
        "rules": {
            "long_wait": {"enabled": True},
            "abandoned": {"enabled": True},
            "repeat_unresolved": {"enabled": True, "contacts": 5},
        },
        "overrides": [{"tiers": ["gold"], "rules": {"low_score": {"at_or_below": {"1-5": 3}}}}],
    }
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@contextmanager
def counted(engine: AsyncEngine) -> Iterator[list[str]]:
    """The statements sent meanwhile; one for many rows is one."""
    sent: list[str] = []

    def note(*args: Any) -> None:
        sent.append(args[2])

    hooks.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        hooks.remove(engine.sync_engine, "before_cursor_execute", note)


def about(number: int) -> dict[str, str]:
    return {"interaction_id": f"call-{number}", "customer_id": f"cus-{number // 2}"}


def contacts(start: int, count: int) -> list[Any]:
    at = datetime.now(UTC) - timedelta(minutes=5)
    return [
        event(reported(**about(number), offered_at=at, answered_at=at, resolved=bool(number % 2)))
        for number in range(start, start + count)
    ]


def answers(start: int, count: int) -> list[Any]:
    return [event(answered(5, response_id=f"r-{number}", **about(number))) for number in range(start, start + count)]


@pytest.mark.parametrize("policy", [Policy(), EVERYTHING], ids=["defaults", "everything"])
async def test_a_batch_asks_as_much_for_many_events_as_for_few(engine: AsyncEngine, policy: Policy) -> None:
    member = Member(engine, 0, policy=policy)
    await member.take(*contacts(9_000, 1))  # the first batch of a partition also begins its offset
    asked = {}
    for kind in (contacts, answers):
        for start, count in ((0, 10), (1_000, 400)):
            batch = kind(start, count)
            with counted(engine) as sent:
                assert await member.take(*batch) == count
            asked[kind.__name__, count] = len(sent)
    assert asked["contacts", 10] == asked["contacts", 400]
    assert asked["answers", 10] == asked["answers", 400]
    assert max(asked.values()) <= 12
