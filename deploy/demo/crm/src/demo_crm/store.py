"""Profiles in PostgreSQL: fields as JSON, a version that grows with every change, and the keys of requests done."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer. ``version`` starts at 1; 0 is a customer not known yet."""

    id: str
    version: int
    fields: Mapping[str, Any]
    updated_at: datetime | None = None

    @property
    def etag(self) -> str:
        return f'"{self.version}"'


class PreconditionFailed(Exception):
    """The profile is not as the caller believed; nothing was changed."""


class KeyReused(Exception):
    """This idempotency key came before with another request; nothing was changed."""


class Profiles:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def create_tables(self) -> None:
        async with self._engine.begin() as tx:
            await tx.execute(text("SELECT pg_advisory_xact_lock(hashtext('demo_crm'))"))
            for statement in _TABLES:
                await tx.execute(text(statement))

    async def get(self, id_: str) -> Profile | None:
        async with self._engine.connect() as tx:
            row = (await tx.execute(text("SELECT * FROM profile WHERE id = :id"), {"id": id_})).one_or_none()
        return None if row is None else _profile(row)

    async def page(self, *, after: str, limit: int) -> Sequence[Profile]:
        async with self._engine.connect() as tx:
            rows = await tx.execute(
                text('SELECT * FROM profile WHERE id > :after COLLATE "C" ORDER BY id LIMIT :limit'),
                {"after": after, "limit": limit},
            )
            return [_profile(row) for row in rows]

    async def count(self) -> int:
        async with self._engine.connect() as tx:
            return int(await tx.scalar(text("SELECT count(*) FROM profile")) or 0)

    async def change(
        self, id_: str, fields: Mapping[str, Any], *, expected: str | None = None, key: str | None = None
    ) -> Profile:
        """Replace the fields given, whole; None removes one.

        Args:
            expected: the ETag the profile must have, ``"*"`` for one that must exist, ``""`` for one that must not;
                None asks for nothing.
            key: an idempotency key. The same request under the same key is answered as it was the first time.

        Raises:
            PreconditionFailed, KeyReused
        """
        async with self._engine.begin() as tx:
            now = await _locked(tx, id_)
            digest = hashlib.sha256(json.dumps([id_, fields], sort_keys=True).encode()).hexdigest()
            if key is not None and (before := await _answered(tx, key, digest)) is not None:
                return before
            if not _holds(now, expected):
                raise PreconditionFailed
            changed = {name: value for name, value in {**now.fields, **fields}.items() if value is not None}
            row = (await tx.execute(text(_CHANGE), {"id": id_, "fields": json.dumps(changed)})).one()
            if key is not None:
                await tx.execute(text(_ANSWER), {"key": key, "digest": digest, **_kept(row)})
        return _profile(row)


def _holds(now: Profile, expected: str | None) -> bool:
    match expected:
        case None:
            return True
        case "":
            return now.version == 0
        case "*":
            return now.version > 0
        case _:
            return now.version > 0 and now.etag in [etag.strip() for etag in expected.split(",")]


async def _locked(tx: AsyncConnection, id_: str) -> Profile:
    """The profile, nobody else's until the end of the transaction; version 0 where there is none yet."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": id_})
    row = (await tx.execute(text("SELECT * FROM profile WHERE id = :id"), {"id": id_})).one_or_none()
    return Profile(id_, 0, {}) if row is None else _profile(row)


async def _answered(tx: AsyncConnection, key: str, digest: str) -> Profile | None:
    row = (await tx.execute(text("SELECT * FROM answered WHERE key = :key"), {"key": key})).one_or_none()
    if row is not None and row.digest != digest:
        raise KeyReused
    return None if row is None else _profile(row)


def _kept(row: Row[Any]) -> dict[str, Any]:
    return {"id": row.id, "version": row.version, "fields": json.dumps(row.fields), "updated_at": row.updated_at}


def _profile(row: Row[Any]) -> Profile:
    return Profile(row.id, row.version, row.fields, row.updated_at)


_TABLES = (
    "CREATE SCHEMA IF NOT EXISTS demo_crm",
    """
    CREATE TABLE IF NOT EXISTS demo_crm.profile (
        id text COLLATE "C" PRIMARY KEY,
        version bigint NOT NULL DEFAULT 1,
        fields jsonb NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS demo_crm.answered (
        key text PRIMARY KEY,
        digest text NOT NULL,
        id text NOT NULL,
        version bigint NOT NULL,
        fields jsonb NOT NULL,
        updated_at timestamptz NOT NULL,
        answered_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)
_CHANGE = """
    INSERT INTO profile (id, fields) VALUES (:id, CAST(:fields AS jsonb))
    ON CONFLICT (id) DO UPDATE SET
        fields = excluded.fields, version = profile.version + 1, updated_at = now()
    RETURNING *
"""
_ANSWER = """
    INSERT INTO answered (key, digest, id, version, fields, updated_at)
    VALUES (:key, :digest, :id, :version, CAST(:fields AS jsonb), :updated_at)
"""
