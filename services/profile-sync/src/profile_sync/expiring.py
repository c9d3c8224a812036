"""What time takes away: notes that run out, contacts too old to tell of a habit, words that nothing rests on."""

import asyncio
from time import monotonic

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from profile_sync.core.doubt import SURE
from profile_sync.core.habits import LOOK_BACK
from profile_sync.noting import note
from profile_sync.store import contacts, erased, expiring, notes

log = structlog.get_logger()

POLL_SECONDS = 30.0
NOTES_AT_ONCE = 200
FORGET_EVERY_SECONDS = 24 * 3600.0
CONTACTS_AT_ONCE = 5_000
RESPONSES_AT_ONCE = 1_000


class Expirer:
    """Several may run: they look at the same customers one after the other, and the second finds nothing to change."""

    def __init__(self, engine: AsyncEngine, *, sure: float = SURE) -> None:
        self._engine = engine
        self._sure = sure

    async def run(self, stop: asyncio.Event) -> None:
        forgot = -FORGET_EVERY_SECONDS
        while not stop.is_set():
            try:
                while await self.look() and not stop.is_set():
                    continue
                if monotonic() - forgot >= FORGET_EVERY_SECONDS:
                    await self.forget()
                    forgot = monotonic()
            except Unavailable as error:
                log.warning("expiry waits", error=str(error))
            await pause(stop, POLL_SECONDS)

    async def look(self) -> int:
        """Decide anew about up to 200 customers with a note that has run out. Returns how many. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            who = await expiring.customers(tx, NOTES_AT_ONCE)
            await erased.share(tx, {customer.tenant for customer in who})
            who -= await erased.among(tx, who)
            await note(tx, (), who, sure=self._sure)
        return len(who)

    async def forget(self) -> None:
        """Contacts older than what habits look back on, and words that nothing rests on. Raises Unavailable."""
        gone = RESPONSES_AT_ONCE
        while gone == RESPONSES_AT_ONCE:
            async with transaction(self._engine) as tx:
                gone = await notes.blank_silent(tx, RESPONSES_AT_ONCE)
        gone = CONTACTS_AT_ONCE
        while gone == CONTACTS_AT_ONCE:  # in steps: all of them at once would run into the statement timeout
            async with transaction(self._engine) as tx:
                before = await tx.scalar(text("SELECT now()")) - LOOK_BACK
                gone = await contacts.forget(tx, before, CONTACTS_AT_ONCE)
