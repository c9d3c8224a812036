"""The same events in any order, split into batches in any way, are judged alike."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.rules.policy import Policy
from events.envelope import Event
from events.runtime.database import transaction
from support.alerting_member import Member, answered, event, reported
from support.alerting_schema import migrated

POLICY = Policy.model_validate(
    {
        "rules": {
            "low_score": {"at_or_below": {"1-5": 1}},
            "long_wait": {"enabled": True, "tiers": ["gold"], "seconds": 60},
            "abandoned": {"enabled": True, "teams": ["billing"]},
            "repeat_unresolved": {"enabled": True},
        },
        "overrides": [
            {"tiers": ["gold"], "rules": {"low_score": {"at_or_below": {"1-5": 3}}}},
            {"teams": ["trial"], "rules": {"low_score": {"enabled": False}, "score_fell": {"enabled": False}}},
        ],
    }
)
SHUFFLES = 6


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


def events(rng: random.Random) -> list[Event[Any]]:
    """Of few customers, so that all that can meet does meet; some answers in two versions."""
    now, told = datetime.now(UTC), []
    for number in range(24):
        about = {"interaction_id": f"call-{number}", "customer_id": f"cus-{number % 6}"}
        offered = now - timedelta(minutes=5 + number)
        left = rng.random() < 0.3
        told.append(
            event(
                reported(
                    **about,
                    offered_at=offered,
                    answered_at=None if left else offered + timedelta(seconds=rng.randrange(1, 120)),
                    abandoned=left,
                    team=rng.choice(["billing", "trial"]),
                    customer_tier=rng.choice(["gold", "silver", None]),
                    reason=rng.choice(["invoice", "delivery"]),
                    resolved=rng.choice([True, False, None]),
                )
            )
        )
        comment, ago = rng.choice([None, "My lawyer will call.", "Fine."]), timedelta(minutes=rng.randrange(1, 50))
        for revision in range(rng.randrange(0, 3)):
            said = {"response_id": f"r-{number}", "revision": revision, "said_ago": ago}
            told.append(event(answered(rng.randrange(1, 6), **about, **said, comment=comment)))
    return told


async def judged(engine: AsyncEngine, told: list[Event[Any]], rng: random.Random) -> dict[str, Any]:
    """The verdicts after taking them in that order, in batches of any size."""
    async with transaction(engine) as tx:
        await tx.execute(text("TRUNCATE stream_offset, inbox, contact, assessment, recovery_case CASCADE"))
    member, rest = Member(engine, 0, policy=POLICY), list(told)
    while rest:
        size = rng.randrange(1, 12)
        await member.take(*rest[:size])
        rest = rest[size:]
    async with transaction(engine) as tx:
        answers = await tx.execute(text("SELECT answer_id, version, verdict FROM assessment ORDER BY answer_id"))
        contacts = await tx.execute(text("SELECT interaction_id, verdict FROM contact ORDER BY interaction_id"))
        return {"answers": [tuple(row) for row in answers], "contacts": [tuple(row) for row in contacts]}


@pytest.mark.parametrize("seed", range(5))
async def test_the_order_and_the_batches_make_no_difference_to_any_verdict(engine: AsyncEngine, seed: int) -> None:
    rng = random.Random(seed)
    told = events(rng)
    first = await judged(engine, told, rng)
    assert {verdict for *_, verdict in first["answers"]} == {"open", "none"}
    assert {verdict for *_, verdict in first["contacts"]} == {"open", "none"}
    for _ in range(SHUFFLES):
        assert await judged(engine, rng.sample(told, len(told)), rng) == first


async def test_no_case_holds_the_words_of_two_customers(engine: AsyncEngine) -> None:
    rng = random.Random(99)
    told = events(rng)
    told += [
        event(answered(1, response_id=f"x-{number}", interaction_id=f"call-{number}", customer_id=f"other-{number}"))
        for number in range(0, 24, 3)
    ]
    await judged(engine, rng.sample(told, len(told)), rng)
    async with transaction(engine) as tx:
        mixed = await tx.execute(
            text(
                "SELECT case_id FROM assessment WHERE case_id IS NOT NULL"
                " GROUP BY case_id HAVING count(DISTINCT customer_id) > 1"
            )
        )
        assert mixed.all() == []
