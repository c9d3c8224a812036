"""Keeping a keyring to what PostgreSQL says of the keys of sources."""

import asyncio
from collections.abc import Callable

import structlog

from events.runtime.api_keys import Keyring
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause
from ingest.store.keys import Keys

log = structlog.get_logger()

EVERY_SECONDS = 10.0
ORIGIN = "sources"

Voices = Callable[[str, str], tuple[str, ...]]
"""(tenant, name of a source) → the CloudEvents sources it speaks for; none where it is not configured any more."""


class KeyRefresh:
    """Reads the live keys every 10 s, and writes down which were used. A revoked key stops within that time.

    While PostgreSQL is away the keys known last go on; one that expires meanwhile stops all the same.
    """

    def __init__(self, keys: Keys, keyring: Keyring, voices: Voices, *, every: float = EVERY_SECONDS) -> None:
        self._keys = keys
        self._keyring = keyring
        self._voices = voices
        self._every = every
        self._used: set[str] = set()

    async def once(self) -> None:
        """To be called before serving, too: until then no key of a source is known. Raises Unavailable."""
        live = await self._keys.live()
        spoken = [(key, self._voices(key.owner.tenant, key.owner.source)) for key in live]
        # Without a voice left a key must open nothing: no sources at all would mean any.
        self._keyring.replace((key.opens(voices) for key, voices in spoken if voices), origin=ORIGIN)
        self._used |= self._keyring.used()
        if self._used:
            await self._keys.used(self._used)
            self._used.clear()

    async def job(self, stop: asyncio.Event) -> None:
        away = False
        while not stop.is_set():
            try:
                await self.once()
                if away:
                    log.info("keys are read again")
                away = False
            except Unavailable as error:
                if not away:
                    log.warning("keys cannot be read; those known go on", error=str(error))
                away = True
            await pause(stop, self._every)
