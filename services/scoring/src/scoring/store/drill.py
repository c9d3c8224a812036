"""From a number to what is behind it: the contacts, answers, mentions and cases that a sum is made of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import facts
from scoring.core.attribution import Attribution
from scoring.core.clock import instant_of, ms_of
from scoring.core.contribution import Contribution
from scoring.core.facts.customer import Customer
from scoring.core.measures import Sums
from scoring.core.window import Window

SCANNED = 20_000
"""Facts looked at for one page at most: a page may be short, or empty, and yet have a next one."""


class Place(NamedTuple):
    """Where a page ended: the latest moment of the last fact looked at, and its id."""

    at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Behind:
    """One fact behind a number. ``id`` is as in ``interaction/call-1001``, ``sums`` what it adds within the window."""

    id: str
    at: datetime
    attribution: Attribution
    sums: Sums


_PAGE = text(
    "SELECT id, state, last_at FROM fact WHERE tenant = :tenant AND last_at >= :start AND first_at < :end"
    " AND (last_at, id) < (:at, :id) ORDER BY last_at DESC, id DESC LIMIT :most"
)


async def contacts(
    tx: AsyncConnection,
    tenant: str,
    dimension: str,
    key: str,
    window: Window,
    measures: Collection[str],
    after: Place | None = None,
    limit: int = 50,
) -> tuple[list[Behind], Place | None]:
    """What adds to any of the measures for that key over the window, and where the next page starts.

    Facts come by their latest moment, the newest first; one that adds in several places may exceed ``limit``.

    None instead of a place: that was all.
    """
    place = after or Place(window.end + timedelta(days=36_500), "~")
    found: list[Behind] = []
    looked = 0
    while looked < SCANNED:
        rows = (await tx.execute(_PAGE, _values(tenant, window, place))).all()
        for row in rows:
            place, looked = Place(row.last_at, row.id), looked + 1
            found += _behind(row.id, row.state, dimension, key, window, measures)
            if len(found) >= limit:
                return found, place
        if len(rows) < _CHUNK:
            return found, None
    return found, place


_CHUNK = 500


def _values(tenant: str, window: Window, place: Place) -> dict[str, object]:
    return {
        "tenant": tenant,
        "start": window.start,
        "end": window.end,
        "at": place.at,
        "id": place.id,
        "most": _CHUNK,
    }


def _behind(
    id_: str, state: bytes, dimension: str, key: str, window: Window, measures: Collection[str]
) -> Iterator[Behind]:
    start, end = ms_of(window.start), ms_of(window.end)
    for about, part in _parts(id_, state):
        if not start <= part.at < end or dict(part.attribution.keys())[dimension] != key:
            continue
        sums = {measure: part.sums[measure] for measure in part.sums if measure in measures}
        if any(sums.values()):
            yield Behind(about, instant_of(part.at), part.attribution, sums)


def _parts(id_: str, state: bytes) -> Iterator[tuple[str, Contribution]]:
    """By the contact or case it is about: what a customer adds is told of those."""
    fact = facts.load(id_, state)
    if isinstance(fact, Customer):
        yield from fact.behind()
    else:
        for contribution in fact.contributions():
            yield id_, contribution
