"""Applies a batch of events: lock what they touch, change it, write the difference."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.hours.business import Calendars
from scoring.core.batch import Batch, Change, Key
from scoring.core.facts.contact import Contact
from scoring.core.pane import Delta
from scoring.store import facts, generations
from scoring.store.sums import Sums

Listener = Callable[[AsyncConnection, Sequence[Event[Any]]], Awaitable[None]]
"""Told, in the same transaction, of the events that are applied for the first time."""


class Handler:
    """Correct whatever the order, repetition or number of consumers: a change takes back the old and adds the new."""

    def __init__(self, sums: Sums, calendars: Calendars, listeners: Sequence[Listener] = ()) -> None:
        self._sums = sums
        self._calendars = calendars
        self._listeners = listeners

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        generation = await generations.shared(tx)
        batch = Batch(events, self._calendars)
        homes = await facts.lock_answers(tx, batch.answers())
        locked = await facts.lock(tx, batch.firsts(homes))
        batch.report(locked.facts)
        for step, wanted in ((batch.link, batch.seconds), (batch.unlink, batch.forgotten)):
            more = await facts.lock(tx, wanted() - locked.facts.keys())
            locked.facts |= more.facts
            locked.generations |= more.generations
            step(more.facts)
        changes = batch.changes()
        if generation.next is not None:  # those a rebuild has not come to: it will not, once they are counted here
            fresh = {key for key in changes if locked.generations.get(key) != generation.next}
            changes |= {key: _recalled(changes[key], self._calendars) for key in fresh}
        await facts.write_answers(tx, batch.moved(homes), homes)
        await facts.write(tx, changes, locked.generations.keys(), generation.written)
        await self._sums.add(tx, delta(changes))
        if generation.next is not None:
            await self._sums.add(tx, delta(changes, anew=fresh), suffix=generations.SUFFIX)
        for listener in self._listeners:
            await listener(tx, events)


def delta(changes: dict[Key, Change], anew: frozenset[Key] | set[Key] = frozenset()) -> Delta:
    """What changes the sums. Of those in ``anew`` nothing has been counted yet, so nothing is taken back."""
    found = Delta()
    for key, (before, after) in changes.items():
        if key not in anew:
            found.add(key.tenant, before.contributions(), -1)
        found.add(key.tenant, after.contributions())
    return found


def _recalled(change: Change, calendars: Calendars) -> Change:
    after = change.after
    return Change(change.before, after.recalled(calendars) if isinstance(after, Contact) else after)
