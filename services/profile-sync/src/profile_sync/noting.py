"""What is known, decided anew: the statuses of notes, and what follows from a change – a push to the CRM, news for the
topic. All in the transaction of whoever asks.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.origin import NOWHERE, Origin
from profile_sync.core.doubt import SURE
from profile_sync.core.merge import Book, merge, statuses
from profile_sync.core.preferences import Customer, NoteId, Report, ResponseId, Status
from profile_sync.followed import origins
from profile_sync.store import announcements, notes, pushes
from profile_sync.store.announcements import News
from profile_sync.store.notes import Kept


async def note(
    tx: AsyncConnection, reports: Sequence[Report], customers: Collection[Customer] = (), *, sure: float = SURE
) -> None:
    """Take these reports in, and look at these customers again (a decision was made, a note has run out)."""
    if not reports and not customers:
        return
    before = await notes.load(tx, reports, customers)
    now = await tx.scalar(text("SELECT now()"))
    after = merge(before.book, reports)
    found = statuses(after, now, sure)
    changed = {id_: status for id_, status in found.items() if _changed(id_, status, before, after)}
    await notes.save_heads(tx, {id_: head for id_, head in after.heads.items() if before.book.heads.get(id_) != head})
    await notes.save_comments(tx, reports)
    await notes.save_notes(tx, after.notes, changed)
    await notes.blank_comments(tx, _silent(after, found, changed))
    turned = {id_: status for id_, status in changed.items() if _matters(id_, status, before, after)}
    requests = origins(reports, {id_: after.notes[id_] for id_ in turned})
    await pushes.request(tx, _heard(after, turned, reports, now), requests)
    await announcements.add(tx, _news(after, turned, requests))


def _changed(id_: NoteId, status: Status, before: Kept, after: Book) -> bool:
    return before.statuses.get(id_) is not status or before.book.notes.get(id_) != after.notes[id_]


def _matters(id_: NoteId, status: Status, before: Kept, after: Book) -> bool:
    """Became active, ceased to be, or holds on for another reason or time."""
    was = before.statuses.get(id_)
    if was is not Status.ACTIVE or status is not Status.ACTIVE:
        return (was is Status.ACTIVE) != (status is Status.ACTIVE)
    old, new = before.book.notes[id_], after.notes[id_]
    return (old.stated_at, old.expires_at) != (new.stated_at, new.expires_at)


def _silent(book: Book, found: Mapping[NoteId, Status], changed: Collection[NoteId]) -> set[ResponseId]:
    """Responses of which nothing holds or waits any more: their words have served their purpose."""
    speaking = {book.notes[id_].response for id_, status in found.items() if status in (Status.ACTIVE, Status.PROPOSED)}
    return {book.notes[id_].response for id_ in changed} - speaking


def _heard(
    book: Book, turned: Mapping[NoteId, Status], reports: Sequence[Report], now: datetime
) -> dict[Customer, datetime]:
    """Who wants something else now, and since when we know: the first event that said so, else ``now``."""
    told: dict[Customer, datetime] = {}
    for report in reports:
        for each in report.notes:
            told[each.customer] = min(report.recorded_at, told.get(each.customer, report.recorded_at))
    return {book.notes[id_].customer: told.get(book.notes[id_].customer, now) for id_ in turned}


def _news(book: Book, turned: Mapping[NoteId, Status], requests: Mapping[Customer, Origin]) -> list[News]:
    """What ceased comes first, so that whoever follows the topic ends with what holds."""
    in_order = sorted(turned, key=lambda id_: (turned[id_] is Status.ACTIVE, book.notes[id_].stated_at, id_))
    return [
        News(*who, "noted" if turned[id_] is Status.ACTIVE else "retracted", id_, requests.get(who, NOWHERE))
        for id_, who in ((id_, book.notes[id_].customer) for id_ in in_order)
    ]
