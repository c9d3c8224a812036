"""Customers' words: kept masked, as of their newest version, until their customer is erased."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events import codec
from events.envelope import Event
from events.hours.business import Calendars
from events.quick.consumed import decode
from events.runtime.database import transaction
from scoring.core.digest.quotes import Remark
from scoring.core.window import Window
from scoring.handler import Handler
from scoring.store import remarks
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event, stamp
from support.metrics import scoring_database
from support.pruning import pruned
from support.until import until

DAY = Window(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
ERASED = {"customer_id": "cus-42", "requested_at": stamp(NOON)}


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


async def apply(engine: AsyncEngine, *events: Event[Any], shard: int = 0) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(shard), Calendars(), [remarks.keep])(tx, events)


async def kept(engine: AsyncEngine, tenant: str = "default") -> list[Remark]:
    async with transaction(engine) as tx:
        classes = ("satisfied", "neutral", "dissatisfied")
        return [remark for class_ in classes for remark in await remarks.between(tx, tenant, DAY, class_)]


async def stored(engine: AsyncEngine) -> str:
    """Everything in the table, as one text."""
    async with transaction(engine) as tx:
        return str(await tx.scalar(text("SELECT coalesce(json_agg(r), '[]') FROM remark r")))


def said(words: str | None, response: str = "r-1", value: int = 1, **more: Any) -> Event[Any]:
    return event("survey.answered", csat(value, response_id=response, comment=words, **more))


async def test_words_are_stored_masked_and_with_no_id_of_their_customer(engine: AsyncEngine) -> None:
    await apply(engine, said("Write to jane@example.com or +49 170 1234567", customer_id="cus-42"))
    assert [remark.text for remark in await kept(engine)] == ["Write to [e-mail] or [phone]"]
    everything = await stored(engine)
    assert "jane" not in everything
    assert "1234567" not in everything
    assert "cus-42" not in everything


async def test_words_belong_to_who_handled_the_contact_whenever_that_is_known(engine: AsyncEngine) -> None:
    await apply(engine, said("Nobody called back.", team="as the survey says", reason="invoice"))
    assert [(r.team, r.channel) for r in await kept(engine)] == [("as the survey says", None)]
    await apply(engine, event("interaction.reported", answered(team="billing")))
    assert [(r.team, r.channel, r.reason) for r in await kept(engine)] == [("billing", "phone", "invoice")]
    await apply(engine, event("interaction.reported", answered(team="tech", revision=1)))
    assert [r.team for r in await kept(engine)] == ["tech"]


async def test_the_newest_version_wins_in_any_order(engine: AsyncEngine) -> None:
    versions = [
        said("first words", revision=1),
        said("second words", value=5, revision=2),
        said(None, revision=3),
        said("the last words", value=3, revision=4),
    ]
    expected: dict[int, list[tuple[str, str]]] = {
        2: [("second words", "satisfied")],
        3: [],
        4: [("the last words", "neutral")],
    }
    for length, newest in expected.items():
        for seed in range(4):
            shuffled = random.Random(seed).sample(versions[:length], length)
            cut = random.Random(seed).randrange(length + 1)
            await apply(engine, *shuffled[:cut])
            await apply(engine, *shuffled[cut:])
            assert [(r.text, r.class_) for r in await kept(engine)] == newest, (length, seed)
            async with transaction(engine) as tx:
                await tx.execute(text("DELETE FROM remark"))


@pytest.mark.parametrize("read", [False, True], ids=["models", "as the service reads them"])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("known_by", ["the answer", "its contact", "its contact, told later"])
async def test_an_erased_customer_is_forgotten_and_stays_so(
    engine: AsyncEngine, known_by: str, together: bool, read: bool
) -> None:
    contact = event("interaction.reported", answered(customer_id="cus-42"))
    other = said("I am somebody else.", "r-2", interaction_id="i-2", customer_id="cus-43")
    answer = said("I am cus 42.", customer_id="cus-42") if known_by == "the answer" else said("I am cus 42.")
    first, then = (contact, answer) if known_by == "its contact" else (answer, contact)
    erased = event("customer.erased", ERASED)
    for step in [(first, then, erased, other)] if together else [(first,), (then, other), (erased,)]:
        await apply(engine, *(decode(*codec.encode(one)) if read else one for one in step))
    assert [remark.text for remark in await kept(engine)] == ["I am somebody else."]

    await apply(engine, said("And another thing.", "r-3", interaction_id="i-3", customer_id="cus-42"))
    await apply(engine, said("I am cus 42, again.", customer_id="cus-42", revision=5))
    assert [remark.text for remark in await kept(engine)] == ["I am somebody else."]
    assert "cus 42" not in await stored(engine)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (0, 2, 1), (1, 2, 0)])
async def test_what_is_said_of_an_erased_customers_contact_alone_is_nobodys(
    engine: AsyncEngine, order: tuple[int, ...]
) -> None:
    contact = event("interaction.reported", answered(customer_id="cus-42"))
    told = [event("customer.erased", ERASED), contact, said("I am cus 42.")]
    for at in order:
        await apply(engine, told[at])
    assert await kept(engine) == []
    assert "cus 42" not in await stored(engine)


async def test_an_erasure_is_of_one_tenant(engine: AsyncEngine) -> None:
    data = csat(1, comment="We share a number, no more.", customer_id="cus-42")
    await apply(engine, event("survey.answered", data, tenant="other"), event("customer.erased", ERASED))
    assert len(await kept(engine, "other")) == 1
    assert await kept(engine) == []


async def test_a_remark_on_its_way_does_not_outlive_an_erasure(engine: AsyncEngine) -> None:
    """The writer has not committed when the eraser looks: the eraser must wait for it."""
    async with transaction(engine) as tx:
        await remarks.keep(tx, [said("I am on my way.", customer_id="cus-42")])
        async with asyncio.TaskGroup() as group:
            erasing = group.create_task(_keep(engine, event("customer.erased", ERASED)))
            await until(lambda: _somebody_waits(engine), "the eraser waits for the writer")
            assert not erasing.done()
            await tx.commit()
    assert await kept(engine) == []


async def _keep(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await remarks.keep(tx, events)


async def _somebody_waits(engine: AsyncEngine) -> bool:
    async with transaction(engine) as tx:
        return bool(await tx.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")))


async def test_old_ones_are_forgotten_and_erasures_are_not(engine: AsyncEngine) -> None:
    old = said("Long ago.", "r-2", interaction_id="i-2", submitted_at=stamp(NOON - timedelta(hours=2)))
    await apply(engine, said("Just now."), old, event("customer.erased", ERASED))
    await pruned(engine, remarks=datetime.now(UTC) - NOON + timedelta(hours=1))
    assert [remark.text for remark in await kept(engine)] == ["Just now."]
    await apply(engine, said("I am cus 42.", "r-3", interaction_id="i-3", customer_id="cus-42"))
    assert len(await kept(engine)) == 1


async def test_a_public_mention_is_kept_too(engine: AsyncEngine) -> None:
    data = {"mention_id": "m-1", "network": "x", "text": "Great team!", "sentiment": "positive", "team": "billing"}
    await apply(engine, event("mention.published", {**data, "published_at": stamp(NOON)}))
    assert [(r.text, r.class_, r.channel, r.team) for r in await kept(engine)] == [
        ("Great team!", "satisfied", "social", "billing")
    ]
