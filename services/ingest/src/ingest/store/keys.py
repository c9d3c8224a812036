"""API keys of sources, in PostgreSQL: at most two live ones each, so that one can take over from the other."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.api_keys import SCOPES as KNOWN
from events.runtime.api_keys import ApiKey, NewKey, Scope, new_key
from events.runtime.database import transaction
from ingest.store.schema import Owner

log = structlog.get_logger()

MOST_LIVE = 2
OVERLAP = timedelta(hours=24)
SCOPES: tuple[Scope, ...] = ("events:write",)

# live_api_key is a view: neither revoked nor expired.
_ALL = text(
    "SELECT k.*, CASE WHEN l.id IS NOT NULL THEN 'live' WHEN k.revoked_at IS NOT NULL THEN 'revoked' ELSE 'expired' END"
    " AS state FROM api_key k LEFT JOIN live_api_key l USING (id) ORDER BY k.tenant, k.source, k.created_at, k.id"
)
_LIVE = text("SELECT *, 'live' AS state FROM live_api_key ORDER BY created_at, id")
_LIVE_OF = text("SELECT id FROM live_api_key WHERE tenant = :tenant AND source = :source ORDER BY created_at, id")
_INSERT = text(
    "INSERT INTO api_key (id, sha256, tenant, source, scopes, note, expires_at)"
    " VALUES (:id, :sha256, :tenant, :source, :scopes, :note, :expires_at)"
)
_END = text(
    "UPDATE live_api_key SET expires_at = least(expires_at, now() + :overlap)"
    " WHERE tenant = :tenant AND source = :source AND id <> :id RETURNING id"
)
_REVOKE = text(
    "UPDATE live_api_key SET revoked_at = now()"
    " WHERE tenant = :tenant AND source = :source AND id = coalesce(:id, id) RETURNING id"
)
_TELL = text(
    "INSERT INTO audit (actor, action, tenant, source, key_id)"
    " SELECT :actor, :action, :tenant, :source, unnest(CAST(:ids AS text[]))"
)
_USED = text("UPDATE api_key SET last_used_at = now() WHERE id = ANY(:ids)")


class Refused(Exception):
    """Not done; the text says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One key as kept. ``state``: live, expired or revoked."""

    id: str
    sha256: str
    owner: Owner
    scopes: tuple[Scope, ...]
    note: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    state: str

    def opens(self, voices: tuple[str, ...]) -> ApiKey:
        """As a keyring takes it. ``voices``: for which CloudEvents sources it speaks; at least one."""
        return ApiKey(
            id=self.id,
            sha256=self.sha256,
            tenant=self.owner.tenant,
            sources=voices,
            scopes=self.scopes,
            note=self.note,
            expires_at=self.expires_at,
        )


class Keys:
    """Every change is written into the table ``audit`` in the same transaction, with ``actor``: who asked for it."""

    def __init__(self, engine: AsyncEngine, *, actor: str = "unknown") -> None:
        self._engine = engine
        self._actor = actor

    async def add(self, owner: Owner, *, note: str = "", expires_at: datetime | None = None) -> NewKey:
        """A key for the source. Raises Refused where it has two live ones; Unavailable."""
        async with self._changing(owner) as tx:
            made = await self._insert(tx, owner, note, expires_at)
            await self._told(tx, owner, "key added", [made.kept.id])
        return made

    async def rotate(self, owner: Owner, *, overlap: timedelta = OVERLAP, note: str = "") -> NewKey:
        """A key for the source; the one before goes on for ``overlap``, or until it would have ended anyway.

        Raises Refused where it has two live ones; Unavailable.
        """
        async with self._changing(owner) as tx:
            made = await self._insert(tx, owner, note, None)
            ended = await tx.execute(_END, {**_named(owner), "id": made.kept.id, "overlap": overlap})
            await self._told(tx, owner, "key added", [made.kept.id])
            await self._told(tx, owner, "key ends", [row.id for row in ended])
        return made

    async def revoke(self, owner: Owner, id_: str | None = None) -> Sequence[str]:
        """End all keys of the source, or one, at once; returns their ids. Raises Refused where there is none;
        Unavailable."""
        async with self._changing(owner) as tx:
            gone = [row.id for row in await tx.execute(_REVOKE, {**_named(owner), "id": id_})]
            if not gone:
                raise Refused(f"{owner.source} has no live key" + (f" {id_}" if id_ else ""))
            await self._told(tx, owner, "key revoked", gone)
        return gone

    async def all(self) -> list[Kept]:
        """Every key there ever was, by source and age. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            return [_kept(row) for row in await tx.execute(_ALL)]

    async def live(self) -> list[Kept]:
        """Neither revoked nor expired, the oldest first. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            return [_kept(row) for row in await tx.execute(_LIVE)]

    async def used(self, ids: Iterable[str]) -> None:
        """These opened something just now. Ids that are not ours are passed over. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            await tx.execute(_USED, {"ids": sorted(ids)})

    @asynccontextmanager
    async def _changing(self, owner: Owner) -> AsyncIterator[AsyncConnection]:
        """One change of a source's keys at a time, so that two people cannot both add the second one."""
        async with transaction(self._engine) as tx:
            lock = f"ingest keys {owner.tenant} {owner.source}"
            await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": lock})
            yield tx

    async def _insert(self, tx: AsyncConnection, owner: Owner, note: str, expires_at: datetime | None) -> NewKey:
        live = [row.id for row in await tx.execute(_LIVE_OF, _named(owner))]
        if len(live) >= MOST_LIVE:
            raise Refused(
                f"{owner.source} has {len(live)} live keys already, and no more are allowed:"
                f" revoke one first ({' or '.join(live)})"
            )
        made = new_key(SCOPES, tenant=owner.tenant, sources=(owner.source,), note=note, expires_at=expires_at)
        fields = made.kept.model_dump(include={"id", "sha256", "note", "expires_at"})
        await tx.execute(_INSERT, {**_named(owner), **fields, "scopes": list(SCOPES)})
        return made

    async def _told(self, tx: AsyncConnection, owner: Owner, action: str, ids: Sequence[str]) -> None:
        await tx.execute(_TELL, {**_named(owner), "actor": self._actor, "action": action, "ids": ids})
        for id_ in ids:
            log.info(action, source=owner.source, tenant=owner.tenant, key=id_)


def _named(owner: Owner) -> dict[str, Any]:
    return {"tenant": owner.tenant, "source": owner.source}


def _kept(row: Any) -> Kept:
    values = dict(row._mapping)
    owner = Owner(values.pop("tenant"), values.pop("source"))
    scopes = tuple(scope for scope in values.pop("scopes") if scope in KNOWN)  # a newer version may know more
    return Kept(owner=owner, scopes=scopes, **values)
