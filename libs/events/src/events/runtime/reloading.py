"""Files that are read again once their content changes: a job, beside whatever reads them."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from events.runtime.api_keys import Keyring, read_keys
from events.runtime.errors import Stuck
from events.runtime.service import Job
from events.runtime.waiting import pause

log = structlog.get_logger()

EVERY_SECONDS = 5.0
T = TypeVar("T")


@dataclass(frozen=True)
class Reloading(Generic[T]):
    """A job that loads something again when the content of its files has changed, and once at its start.

    By content, not by time: a volume of Kubernetes swaps a link, and the files behind it may be older than before.

    Attributes:
        what: is loaded; for the log.
        load: runs in a thread. Where it raises Stuck all stays as it was, and the reason is logged, once per content.
        swap: takes what was loaded, on the event loop.
        told: after each load, whether it went well.
        every: seconds between looks.
    """

    what: str
    files: Callable[[], Iterable[Path]]
    load: Callable[[], T]
    swap: Callable[[T], None]
    told: Callable[[bool], None] = lambda _: None
    every: float = EVERY_SECONDS

    async def __call__(self, stop: asyncio.Event) -> None:
        seen = None
        while not stop.is_set():
            found = await asyncio.to_thread(fingerprint, self.files)
            if found != seen:
                self.told(await self._loaded(first=seen is None))
                seen = found
            await pause(stop, self.every)

    async def _loaded(self, *, first: bool) -> bool:
        try:
            self.swap(await asyncio.to_thread(self.load))
        except Stuck as error:
            log.error("not reloaded; what was valid before goes on", what=self.what, error=str(error))
            return False
        if not first:  # at the start it was loaded a moment ago already
            log.info("reloaded", what=self.what)
        return True


def keys_reloading(keyring: Keyring, path: Path, *, every: float = EVERY_SECONDS) -> Job:
    """A job that keeps to what stands in API_KEYS_FILE."""
    return Reloading("API keys", lambda: [path], lambda: read_keys(path), keyring.replace, every=every)


def fingerprint(files: Callable[[], Iterable[Path]]) -> bytes:
    """Of the names and the content of the files; one that is not there, or cannot be read, counts too."""
    whole = hashlib.sha256()
    for path in files():
        whole.update(f"{path}\0".encode())
        whole.update(_digest(path))
    return whole.digest()


def _digest(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        return type(error).__name__.encode()
