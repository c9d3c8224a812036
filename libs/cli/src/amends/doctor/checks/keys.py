"""API keys that have ended, or will within a fortnight: of the file, and of ingest's sources."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text

from amends.doctor.finding import Finding, broken, count, fine, skipped, spoken, warning
from amends.doctor.given import Given
from amends.services import INGEST
from events.runtime.api_keys import read_keys
from events.runtime.errors import Stuck, Unavailable

SOON = timedelta(days=14)
# A key that was revoked is meant to be gone, and so is one that another has taken over from. Over all tenants.
_KEYS = text(
    """
    SELECT id, expires_at FROM ingest.api_key k
    WHERE revoked_at IS NULL AND expires_at < now() + :soon AND NOT EXISTS (
        SELECT FROM ingest.api_key other WHERE (other.tenant, other.source) = (k.tenant, k.source)
          AND other.revoked_at IS NULL AND coalesce(other.expires_at, 'infinity') > k.expires_at)
    """
)


class Ending(NamedTuple):
    id: str
    expires_at: datetime


async def look(given: Given) -> list[Finding]:
    return [*_of_file(given, datetime.now(UTC)), *await _of_sources(given)]


def _of_file(given: Given, now: datetime) -> list[Finding]:
    if given.api_keys is None:
        return [skipped("API_KEYS_FILE is not set")]
    try:
        keys = read_keys(given.api_keys)
    except Stuck as error:
        return [broken(str(error), "amends keys new makes an entry; docs/configuration.md shows the file")]
    if not keys:
        return [warning("API_KEYS_FILE has no key: nobody can post or read", "amends keys new")]
    ending = [Ending(key.id, key.expires_at) for key in keys if key.expires_at is not None]
    return judged(ending, now, "amends keys new, hand it over, then take the old entry away") or [
        fine(f"{count(len(keys), 'key')} in API_KEYS_FILE, none ends within {SOON.days} days")
    ]


async def _of_sources(given: Given) -> list[Finding]:
    if INGEST not in given.databases:
        return [skipped("keys of sources: ingest's database was not named")]
    try:
        async with given.databases.reading(INGEST) as tx:
            if await tx.scalar(text("SELECT to_regclass('ingest.api_key')")) is None:
                return [skipped("keys of sources: ingest has no schema yet")]
            rows = [Ending(*row) for row in await tx.execute(_KEYS, {"soon": SOON})]
            now = await tx.scalar(text("SELECT now()"))
    except (Unavailable, Stuck) as error:
        return [skipped(f"keys of sources: not looked at: {error}")]
    return judged(rows, now, "amends source rotate NAME") or [fine("no key of a source ends soon")]


def judged(keys: Iterable[Ending], now: datetime, fix: str) -> list[Finding]:
    found = []
    for key in sorted(keys, key=lambda each: each.expires_at):
        left = (key.expires_at - now).total_seconds()
        if left <= 0:
            found.append(warning(f"key {key.id} ended {spoken(-left)} ago and opens nothing", fix))
        elif left < SOON.total_seconds():
            found.append(warning(f"key {key.id} ends in {spoken(left)}", fix))
    return found
