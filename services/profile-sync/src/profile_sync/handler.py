"""Events in, notes and a request to push out, in the transaction that also moves the offset."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.survey import SurveyResponse
from profile_sync.core.extract import Extraction, Extractor, extract
from profile_sync.core.merge import Book, merge, statuses
from profile_sync.core.preferences import Customer, NoteId, Report, Status
from profile_sync.store import notes, pushes
from profile_sync.telemetry import Telemetry


class NotePreferences:
    """The handler of this service's consumer."""

    def __init__(self, extractors: Sequence[Extractor], telemetry: Telemetry) -> None:
        self._extractors = extractors
        self._telemetry = telemetry

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]], /) -> None:
        found = [extract(event, self._extractors) for event in events if isinstance(event.data, SurveyResponse)]
        if not found:
            return
        reports = [extraction.report for extraction in found]
        before, was = await notes.load(tx, reports)
        after = merge(before, reports)
        changed = {id_: status for id_, status in statuses(after).items() if was.get(id_) != status}
        await notes.save_heads(tx, {id_: head for id_, head in after.heads.items() if before.heads.get(id_) != head})
        await notes.save_notes(tx, after.notes, changed)
        await pushes.request(tx, _news(after, was, changed, reports))
        self._count(found)

    def _count(self, found: Sequence[Extraction]) -> None:
        """At least once: a batch that is rolled back and comes again is counted again."""
        for extraction in found:
            for note in extraction.report.notes:
                self._telemetry.noted(note.said.slot.kind)
            for reason in extraction.skipped:
                self._telemetry.skipped(reason)


def _news(
    book: Book, was: Mapping[NoteId, Status], changed: Mapping[NoteId, Status], reports: Sequence[Report]
) -> dict[Customer, datetime]:
    """Who wants something else now (a note became active, or ceased to be), and since when we know."""
    heard = {report.response: report.recorded_at for report in reversed(reports)}
    touched = {book.notes[id_].customer for id_, status in changed.items() if Status.ACTIVE in (status, was.get(id_))}
    news: dict[Customer, datetime] = {}
    for note in (book.notes[id_] for id_ in changed):
        if note.customer in touched and note.response in heard:
            news[note.customer] = min(heard[note.response], news.get(note.customer, heard[note.response]))
    return news
