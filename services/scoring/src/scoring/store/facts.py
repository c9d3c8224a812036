"""The facts, and which contact each answer hangs on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.runtime.errors import Unavailable
from scoring.core import facts
from scoring.core.batch import Change, Key, missing
from scoring.core.clock import instant_of
from scoring.core.facts import Fact

_LOCK = text(
    "SELECT f.tenant, f.id, f.state, f.generation"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS wanted(tenant, id)"
    " JOIN fact f ON f.tenant = wanted.tenant AND f.id = wanted.id ORDER BY f.tenant, f.id FOR UPDATE OF f"
)
_INSERT = text(
    "INSERT INTO fact (tenant, id, state, first_at, last_at, generation)"
    " SELECT tenant, id, state, first_at, last_at, :generation"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:states AS bytea[]),"
    " CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[])) AS new(tenant, id, state, first_at, last_at)"
    " ON CONFLICT (tenant, id) DO NOTHING"
)
_UPDATE = text(
    "UPDATE fact f SET state = new.state, first_at = new.first_at, last_at = new.last_at, generation = :generation,"
    " changed_at = CASE WHEN f.state = new.state THEN f.changed_at ELSE date_trunc('day', now()) END"  # a rebuild: none
    " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:states AS bytea[]),"
    " CAST(:firsts AS timestamptz[]), CAST(:lasts AS timestamptz[])) AS new(tenant, id, state, first_at, last_at)"
    " WHERE f.tenant = new.tenant AND f.id = new.id"
)


@dataclass(slots=True)
class Locked:
    """What is known of some facts. ``generations``: in which rebuild those that are stored were last counted."""

    facts: dict[Key, Fact] = field(default_factory=dict)
    generations: dict[Key, int] = field(default_factory=dict)


class Raced(Unavailable):
    """Somebody else has just stored one of them for the first time: nothing is lost, try again."""


async def lock_answers(tx: AsyncConnection, keys: Collection[Key]) -> dict[Key, str | None]:
    """Which contact each answer hangs on so far (None: new). Locked until the transaction ends."""
    if not keys:
        return {}
    ordered = sorted(keys)
    found = await tx.execute(
        text(
            "SELECT a.tenant, a.id, a.contact"
            " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS wanted(tenant, id)"
            " JOIN answer a ON a.tenant = wanted.tenant AND a.id = wanted.id ORDER BY a.tenant, a.id FOR UPDATE OF a"
        ),
        _columns(ordered),
    )
    return dict.fromkeys(ordered) | {Key(row.tenant, row.id): row.contact for row in found}


async def write_answers(tx: AsyncConnection, moved: Mapping[Key, str], known: Mapping[Key, str | None]) -> None:
    """Say on which contact answers hang now. Raises Raced."""
    new = sorted(key for key in moved if known[key] is None)
    old = sorted(key for key in moved if known[key] is not None)
    if new:
        values = {**_columns(new), "contacts": [moved[key] for key in new]}
        made = await tx.execute(
            text(
                _answers(
                    "INSERT INTO answer (tenant, id, contact) SELECT tenant, id, contact",
                    " ON CONFLICT (tenant, id) DO NOTHING",
                )
            ),
            values,
        )
        _all(made.rowcount, new)
    if old:
        values = {**_columns(old), "contacts": [moved[key] for key in old]}
        await tx.execute(
            text(
                _answers("UPDATE answer a SET contact = new.contact", " WHERE a.tenant = new.tenant AND a.id = new.id")
            ),
            values,
        )


def _answers(statement: str, rest: str) -> str:
    return (
        f"{statement} FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:contacts AS text[]))"
        f" AS new(tenant, id, contact){rest}"
    )


async def lock(tx: AsyncConnection, keys: Collection[Key]) -> Locked:
    """What is known of each, perhaps nothing yet. Locked until the transaction ends, in one order for everybody."""
    locked = Locked()
    if keys:
        for row in await tx.execute(_LOCK, _columns(sorted(keys))):
            key = Key(row.tenant, row.id)
            locked.facts[key] = facts.load(row.id, row.state)
            locked.generations[key] = row.generation
        locked.facts |= missing(keys, locked.facts)
    return locked


async def write(tx: AsyncConnection, changes: Mapping[Key, Change], stored: Collection[Key], generation: int) -> None:
    """Store what facts are now. ``stored``: the keys of those that have been before. Raises Raced."""
    new = sorted(key for key in changes if key not in stored)
    old = sorted(key for key in changes if key in stored)
    if new:
        made = await tx.execute(_INSERT, _rows(new, changes, generation))
        _all(made.rowcount, new)
    if old:
        await tx.execute(_UPDATE, _rows(old, changes, generation))


def _rows(keys: Sequence[Key], changes: Mapping[Key, Change], generation: int) -> dict[str, Any]:
    after = [changes[key].after for key in keys]
    spans = [_span(fact) for fact in after]
    return {
        **_columns(keys),
        "states": [facts.dump(fact) for fact in after],
        "firsts": [first for first, _ in spans],
        "lasts": [last for _, last in spans],
        "generation": generation,
    }


def _span(fact: Fact) -> tuple[datetime | None, datetime | None]:
    """From when to when it counts; None where it does not."""
    moments = fact.moments()
    return (instant_of(min(moments)), instant_of(max(moments))) if moments else (None, None)


def _columns(keys: Sequence[Key]) -> dict[str, Any]:
    return {"tenants": [key.tenant for key in keys], "ids": [key.id for key in keys]}


def _all(count: int, keys: Sequence[Key]) -> None:
    if count != len(keys):
        raise Raced("somebody else stored the same fact first")
