"""Praise reaches whom it is about: noted with the answer, passed on when it is known who handled the contact."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.envelope import Event
from events.runtime.database import transaction
from scoring.core.attribution import Attribution
from scoring.core.clock import instant_of, moment
from scoring.core.facts.pseudonym import digest
from scoring.core.recognition import words
from scoring.core.recognition.plan import Praise
from scoring.core.recognition.thanks import FRESH, Fate, praise_in, whose
from scoring.recognition.plans import Plans
from scoring.rounds import rounds
from scoring.store import messages, praise
from scoring.store.messages import Message
from scoring.store.praise import Due, Said

PAUSE = timedelta(minutes=1)
"""The contact is often reported after its answer: time for it to come, and for the answer to be corrected."""

AGAIN = timedelta(minutes=5)
EVERY_SECONDS = 5.0
AT_ONCE = 100


async def listen(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
    """Note praise among events that are applied for the first time, and forget what erased customers said."""
    await praise.write(tx, _newest(events), fresh=FRESH, pause=PAUSE)
    await praise.link(tx, _visitors(events))
    erased = {(e.tenant, digest(e.tenant, e.data.customer_id)) for e in events if e.type == "customer.erased"}
    if erased and (gone := await praise.erase(tx, sorted((tenant, who or "") for tenant, who in erased))):
        await messages.withdraw(tx, "praise", gone)


def _newest(events: Sequence[Event[Any]]) -> list[Said]:
    """Of each answer the newest version, the first of equal ones. Also where it is no praise: it may have been."""
    found: dict[tuple[str, str], Said] = {}
    for event in events:
        if event.type == "survey.answered":
            said = _said(event)
            known = found.get((said.tenant, said.response_id))
            if known is None or said.version > known.version:
                found[said.tenant, said.response_id] = said
    # The first version of all replaces nothing, so if it is no praise it need not be kept.
    return [said for said in found.values() if said.comment is not None or said.version > 0]


def _visitors(events: Sequence[Event[Any]]) -> dict[tuple[str, str], str]:
    """Whose contact an interaction is: (tenant, interaction) to the digest of the customer."""
    return {
        (event.tenant, event.data.interaction_id): who
        for event in events
        if event.type == "interaction.reported" and (who := digest(event.tenant, event.data.customer_id))
    }


def _said(event: Event[Any]) -> Said:
    response = event.data
    return Said(
        tenant=event.tenant,
        response_id=response.response_id,
        version=response.version,
        said_at=instant_of(moment(response.submitted_at, event.recorded_at)),
        comment=praise_in(response),
        interaction=response.interaction_id,
        customer=digest(event.tenant, response.customer_id),
        agent=response.agent,
        team=response.team,
    )


class Thanker:
    """Finds whom praise is for and queues what is sent to them. Any number of replicas may do it."""

    def __init__(self, engine: AsyncEngine, plans: Plans, *, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._plans = plans
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        await rounds(stop, EVERY_SECONDS, self.once, "no praise passed on")

    async def once(self) -> None:
        """Everything that is due. Raises Unavailable."""
        found = AT_ONCE
        while found == AT_ONCE:
            async with transaction(self._engine) as tx:
                waiting = await praise.due(tx, AT_ONCE)
                for one in waiting:
                    await self._pass_on(tx, one)
            found = len(waiting)

    async def _pass_on(self, tx: AsyncConnection, one: Due) -> None:
        fate = whose(one.contact, one.response_id, one.said_at, self._now())
        if fate is Fate.WITHDRAWN or await praise.is_erased(tx, one):
            await praise.settle(tx, one, "withdrawn")
        elif fate is Fate.UNKNOWN:
            await praise.later(tx, one, AGAIN)
        elif isinstance(fate, Attribution) and fate.agent is not None:
            plan = self._plans.get(one.tenant)
            thanks = list(_messages(plan.praise, one, fate.agent, fate)) if plan else []
            await messages.queue(tx, thanks)
            await praise.settle(tx, one, "passed_on" if thanks else "kept", fate.agent, fate.team)
        else:
            await praise.settle(tx, one, "unattributed")


def _messages(plan: Praise, one: Due, agent: str, found: Attribution) -> list[Message]:
    """To the agent, and the same to the manager of the team, each only where it is said how to reach them."""
    to: list[tuple[messages.Route, object]] = [
        ("agent", plan.url_of(agent, found.team)),
        ("manager", plan.manager_of(found.team)),
    ]
    return [
        Message(
            tenant=one.tenant,
            kind="praise",
            subject=one.response_id,
            route=route,
            name=agent,
            team=found.team,
            title=words.praise_title(agent, for_manager=route == "manager"),
            body=words.praise_text(agent, one.comment, found.channel, for_manager=route == "manager"),
        )
        for route, url in to
        if url is not None
    ]
