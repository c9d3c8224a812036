"""The requests that what is noted comes of: each is told in a line and a span, and kept for what follows from it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from events.origin import Origin
from events.runtime import tracing
from profile_sync.core.preferences import Customer, Note, NoteId, Report

log = structlog.get_logger()


def origins(reports: Sequence[Report], turned: Mapping[NoteId, Note]) -> dict[Customer, Origin]:
    """Of each customer who wants something else now, the request of the newest report that made it so; habits and
    decisions are of nobody's request. ``turned``: the notes that became active, or ceased to be."""
    found: dict[Customer, Origin] = {}
    about: dict[Any, dict[NoteId, Note]] = defaultdict(dict)
    for id_, note in turned.items():
        about[note.response][id_] = about[note.customer][id_] = note
    for report in sorted(reports, key=lambda each: each.recorded_at):
        told = {report.response, *(note.customer for note in report.notes)}
        theirs = {id_: note for each in told if each in about for id_, note in about[each].items()}.values()
        if theirs and report.origin.to_json() is not None:
            kinds = sorted({note.said.slot.kind for note in theirs})
            with tracing.following("note preference", report.origin, {"amends.kinds": " ".join(kinds)}) as span:
                log.info("preference noted", kinds=kinds, event_id=report.stamp.event_id, **report.origin.said)
                found |= dict.fromkeys((note.customer for note in theirs), span.carry(report.origin))
    return found
