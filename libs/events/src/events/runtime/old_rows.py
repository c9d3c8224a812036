"""How retention finds old rows: ``rows`` where all of them go, ``spare`` where some stay.

A step costs what it removes, or what it looks at, never what stays: no statement reads the same rows again and again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.runtime.retention import Delete, Place, Step


def again(gone: int) -> Step:
    """As long as any went, there may be more."""
    return Step(gone, () if gone else None)


def rows(table: str, since: str, *, only: str = "true") -> Delete:
    """The oldest rows of one table that nothing refers to; SQL of ours over a row ``t``. For those of which some stay:
    ``spare``.

    Args:
        since: when the time of a row began; indexed where the table is large.
        only: which of them; where the table is large no others are in the index.
    """
    statement = text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  (names of ours)
        f"SELECT ctid FROM {table} AS t WHERE {since} < now() - CAST(:age AS interval) AND {only}"
        f" ORDER BY {since} LIMIT :most FOR UPDATE SKIP LOCKED))"
    )

    async def delete(tx: AsyncConnection, age: timedelta, most: int, _after: Place) -> Step:
        return again((await tx.execute(statement, {"age": age, "most": most})).rowcount)

    return delete


class Walk:
    """Looks at every old row of a table, whether it goes or stays, the oldest first; locks none. A round goes on where
    the last one ended, and once a day begins anew."""

    def __init__(self, table: str, since: str, key: Sequence[str], *, among: str = "true") -> None:
        """``key``: the primary key, all text. There is an index of ``since`` and, as after an upgrade very many may be
        of one moment, ``hashtext`` of its last part, of rows ``among``."""
        order = f"{since}, hashtext({key[-1]})"
        self.key = tuple(key)
        self.old = f"{since} < now() - CAST(:age AS interval) AND {among}"
        look = f"SELECT {order}, {', '.join(key)} FROM {table} WHERE {self.old}{{}} ORDER BY {order} LIMIT :most"  # noqa: S608
        self._first, self._next = text(look.format("")), text(look.format(f" AND ({order}) >= (:since, :hash)"))

    async def look(self, tx: AsyncConnection, age: timedelta, most: int, after: Place) -> "Looked":
        """The next rows, from those at the place on."""
        values = dict(zip(("since", "hash"), after, strict=False))
        found = (await tx.execute(self._next if after else self._first, {"age": age, "most": most, **values})).all()
        last = tuple(found[-1][:2]) if found else after
        columns = {name: [row[number] for row in found] for number, name in enumerate(self.key, 2)}
        return Looked(columns, last if len(found) == most and last != after else None, last)


class Looked(NamedTuple):
    """Attributes:
    columns: the keys of the rows, a list for each part.
    place: where to go on; None: those were the last.
    seen: the last one's.
    """

    columns: dict[str, list[str]]
    place: Place | None
    seen: Place


def spare(table: str, since: str, key: Sequence[str], *, among: str = "true", only: str) -> Delete:
    """The rows of a ``Walk`` of which SQL over a row ``t`` says that they may go, however many others stay."""
    walk = Walk(table, since, key, among=among)
    arrays, names = ", ".join(f"CAST(:{name} AS text[])" for name in key), ", ".join(key)
    itself = " AND ".join(f"t.{name} = looked.{name}" for name in key)
    # Found one by one, by the primary key: a join may read the whole table instead.
    statement = text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  (names of ours)
        f"SELECT old.ctid FROM unnest({arrays}) AS looked ({names}) CROSS JOIN LATERAL (SELECT ctid FROM {table} AS t"
        f" WHERE {itself} AND {walk.old} AND {only} FOR UPDATE SKIP LOCKED) AS old))"
    )

    async def delete(tx: AsyncConnection, age: timedelta, most: int, after: Place) -> Step:
        looked = await walk.look(tx, age, most, after)
        gone = await tx.execute(statement, {**looked.columns, "age": age})
        return Step(gone.rowcount, looked.place, looked.seen)

    return delete
