"""Finding preferences in a survey response. One file per way of finding; the list says which are trusted more."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from events.envelope import Event
from events.preference import DoNotContact, Preference
from events.survey import SurveyResponse
from profile_sync.core.extract import stated, structured
from profile_sync.core.extract.structured import AnswerMap
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp, Value


class Skipped(StrEnum):
    """Why something that looked like a preference was not kept. A closed set: it is a metric label."""

    NO_CUSTOMER = "no_customer"
    NOT_MAPPED = "not_mapped"


class Extractor(NamedTuple):
    """``find`` gives each preference it is sure of and None for each it skips. ``version`` grows when it changes."""

    name: str
    version: int
    find: Callable[[SurveyResponse], Iterable[Preference | None]]


class Extraction(NamedTuple):
    report: Report
    skipped: tuple[Skipped, ...]


def extractors(answers: AnswerMap) -> tuple[Extractor, ...]:
    """THE list, the most trusted last: for one slot of one response the later word counts."""
    return (
        Extractor("structured", 1, lambda response: structured.find(answers, response)),
        Extractor("stated", 1, stated.find),
    )


def extract(event: Event[SurveyResponse], using: Iterable[Extractor]) -> Extraction:
    """The report an event makes. A response that is not completed says nothing, which retracts what it said before."""
    response = event.data
    found: dict[Slot, Said] = {}
    skipped: list[Skipped] = []
    for extractor in using if response.status == "completed" else ():
        for preference in extractor.find(response):
            if preference is None:
                skipped.append(Skipped.NOT_MAPPED)
            else:
                slot, value = _slot(preference)
                found[slot] = Said(slot, value, f"{extractor.name}/{extractor.version}")
    if found and response.customer_id is None:
        skipped.append(Skipped.NO_CUSTOMER)
    return Extraction(_report(event, found), tuple(skipped))


def _slot(preference: Preference) -> tuple[Slot, Value]:
    if isinstance(preference, DoNotContact):
        return Slot(preference.kind, preference.value), preference.stop
    return Slot(preference.kind), preference.value


def _report(event: Event[SurveyResponse], found: Mapping[Slot, Said]) -> Report:
    response = event.data
    id_ = ResponseId(event.tenant, event.source, response.response_id)
    stamp = Stamp(response.version, event.id)
    if response.customer_id is None:
        return Report(id_, stamp, event.recorded_at)
    customer = Customer(event.tenant, response.customer_id)
    notes = (Note(id_, stamp, customer, said, response.submitted_at, event.recorded_at) for said in found.values())
    return Report(id_, stamp, event.recorded_at, tuple(notes))
