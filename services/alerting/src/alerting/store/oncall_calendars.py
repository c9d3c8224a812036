"""The last good copy of each calendar that is read, and the shifts that its events are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.oncall.schedule import Shift

BEHIND = timedelta(days=2)
AHEAD = timedelta(days=100)
HISTORY = timedelta(days=400)
"""How far behind and ahead of now shifts are worked out anew, and for how long those that are over are kept."""

_TAKE = text(
    """
    INSERT INTO oncall_calendar AS c (schedule, layer, reading, tried_at)
    VALUES (:schedule, :layer, :reading, now())
    ON CONFLICT (schedule, layer) DO UPDATE SET tried_at = now(), reading = :reading
      WHERE c.tried_at <= now() - CAST(:every AS interval) OR c.reading <> :reading
    RETURNING source, content, etag, last_modified, now() AS now
    """
)
_KEEP = text(
    "UPDATE oncall_calendar SET source = :source, content = :content, etag = :etag, last_modified = :last_modified"
    " WHERE schedule = :schedule AND layer = :layer AND reading = :reading"
)
_FETCHED = text(
    "UPDATE oncall_calendar SET fetched_at = now(), problem = NULL"
    " WHERE schedule = :schedule AND layer = :layer AND reading = :reading"
)
_FAILED = text(
    "UPDATE oncall_calendar SET problem = :problem WHERE schedule = :schedule AND layer = :layer AND reading = :reading"
)
_LOCK = text(
    "SELECT 1 FROM oncall_calendar WHERE schedule = :schedule AND layer = :layer AND reading = :reading FOR UPDATE"
)
_DROP = text(
    "DELETE FROM oncall_shift WHERE schedule = :schedule AND layer = :layer AND (ends > :start OR ends < :forgotten)"
)
_ADD = text(
    "INSERT INTO oncall_shift (schedule, layer, person, starts, ends, mark)"
    " SELECT CAST(:schedule AS text), CAST(:layer AS int), * FROM"
    " unnest(CAST(:people AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]),"
    " CAST(:marks AS text[]))"
)
_UNMATCHED = text(
    "UPDATE oncall_calendar SET unmatched = CAST(:unmatched AS jsonb) WHERE schedule = :schedule AND layer = :layer"
)
_FORGET = text(
    "DELETE FROM oncall_calendar WHERE tried_at < now() - interval '1 day' AND (schedule, layer) NOT IN"
    " (SELECT * FROM unnest(CAST(:schedules AS text[]), CAST(:layers AS int[])))"
)
_STATES = text(
    "SELECT schedule, layer, fetched_at, extract(epoch FROM now() - fetched_at)::float8 AS age_seconds, problem,"
    " unmatched FROM oncall_calendar WHERE (schedule, layer) IN"
    " (SELECT * FROM unnest(CAST(:schedules AS text[]), CAST(:layers AS int[]))) ORDER BY schedule, layer"
)
Layers = Sequence[tuple[str, int]]
"""Calendars by schedule and layer (from 1)."""


class Feed(NamedTuple):
    """One calendar: whose layer it is, and digests of its address and of everything that it is read by."""

    schedule: str
    layer: int
    source: str
    reading: str


@dataclass(frozen=True, slots=True)
class Kept:
    """The last good copy; all None where there is none yet. ``now``: the database's clock."""

    content: bytes | None
    etag: str | None
    last_modified: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class CalendarState:
    """How one calendar stands.

    Attributes:
        fetched_at: when its source last answered with a calendar; None: never.
        problem: why the last try failed; None where it did not.
        unmatched: events nobody of the on-call file is meant by: ``starts``, ``ends`` and ``title``.
    """

    schedule: str
    layer: int
    fetched_at: datetime | None
    age_seconds: float | None
    problem: str | None
    unmatched: list[dict[str, Any]]


async def take(tx: AsyncConnection, feed: Feed, every: timedelta) -> Kept | None:
    """What is kept of it, if it is this caller's turn to look; None if somebody looked less than ``every`` ago.

    A copy from another address is nothing to go on from, but its shifts count until this address has answered.
    """
    found = (await tx.execute(_TAKE, {**_key(feed), "every": every})).one_or_none()
    if found is None:
        return None
    if found.source != feed.source:
        return Kept(None, None, None, found.now)
    return Kept(found.content, found.etag, found.last_modified, found.now)


async def keep(tx: AsyncConnection, feed: Feed, content: bytes, etag: str | None, last_modified: str | None) -> None:
    """This is the good copy from now on."""
    await tx.execute(
        _KEEP, {**_key(feed), "source": feed.source, "content": content, "etag": etag, "last_modified": last_modified}
    )


async def fetched(tx: AsyncConnection, feed: Feed) -> None:
    """The source answered, with the copy that is kept."""
    await tx.execute(_FETCHED, _key(feed))


async def failed(tx: AsyncConnection, feed: Feed, problem: str) -> None:
    """The source did not answer, or not with a calendar; what is kept stays in use."""
    await tx.execute(_FAILED, {**_key(feed), "problem": problem})


async def expand(
    tx: AsyncConnection, feed: Feed, now: datetime, shifts: Sequence[Shift], unmatched: Sequence[dict[str, Any]]
) -> None:
    """Put ``shifts`` in the place of all that end later than ``BEHIND`` before ``now``; earlier ones are history."""
    if await tx.scalar(_LOCK, _key(feed)) is None:
        return
    place = {"schedule": feed.schedule, "layer": feed.layer}
    await tx.execute(_DROP, {**place, "start": now - BEHIND, "forgotten": now - HISTORY})
    await tx.execute(
        _ADD,
        {
            **place,
            "people": [each.person for each in shifts],
            "starts": [each.start for each in shifts],
            "ends": [each.end for each in shifts],
            "marks": [each.mark for each in shifts],
        },
    )
    await tx.execute(_UNMATCHED, {**place, "unmatched": json.dumps(list(unmatched))})


async def forget_others(tx: AsyncConnection, layers: Layers) -> None:
    """Drop what is kept of calendars that nobody has read for a day: a replica may not know the new file yet."""
    await tx.execute(_FORGET, _both(layers))


async def states(tx: AsyncConnection, layers: Layers) -> list[CalendarState]:
    """How those calendars stand; none for one that nobody has looked at yet."""
    return [CalendarState(*row) for row in await tx.execute(_STATES, _both(layers))]


def _both(layers: Layers) -> dict[str, Any]:
    return {"schedules": [each[0] for each in layers], "layers": [each[1] for each in layers]}


def _key(feed: Feed) -> dict[str, Any]:
    return {"schedule": feed.schedule, "layer": feed.layer, "reading": feed.reading}
