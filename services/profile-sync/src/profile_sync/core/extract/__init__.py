"""Finding preferences in a survey response. One file per way of finding, one line in the list."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from events.envelope import Event
from events.preference import MANY, ContactLanguage, DoNotContact, Preference
from events.survey import SurveyResponse
from profile_sync.core.extract import stated, structured, text
from profile_sync.core.extract.found import Found
from profile_sync.core.extract.structured import AnswerMap
from profile_sync.core.language_tags import canonical
from profile_sync.core.lifetimes import expires_at
from profile_sync.core.preferences import Customer, Note, Report, ResponseId, Said, Slot, Stamp, Value


class Skipped(StrEnum):
    """Why something that looked like a preference was not kept. A closed set: it is a metric label."""

    NO_CUSTOMER = "no_customer"
    NOT_MAPPED = "not_mapped"


class Extractor(NamedTuple):
    """``find`` gives each preference it finds and None for each it skips. ``version`` grows when it changes.

    Attributes:
        reads_between: it interprets; it is left out where the customer or the tenant does not consent to that.
    """

    name: str
    version: int
    find: Callable[[SurveyResponse], Iterable[Found | None]]
    reads_between: bool = False


class Extraction(NamedTuple):
    report: Report
    skipped: tuple[Skipped, ...]


def extractors(answers: AnswerMap) -> tuple[Extractor, ...]:
    """THE list, the most trusted first: of two that find the same, the first counts."""
    return (
        Extractor("stated", 1, stated.find),
        Extractor("structured", 1, lambda response: structured.find(answers, response)),
        Extractor("text", text.VERSION, lambda r: text.find(r.comment or "", r.language), reads_between=True),
    )


def extract(event: Event[SurveyResponse], using: Iterable[Extractor], customer_id: str | None = None) -> Extraction:
    """The report an event makes. A response that is not completed says nothing, which retracts what it said before.

    Args:
        customer_id: whose response it is, where it does not say so itself.
    """
    response = event.data
    found: dict[tuple[Slot, Value | None], Said] = {}
    skipped: list[Skipped] = []
    for extractor in using if response.status == "completed" else ():
        for find in extractor.find(response):
            if find is None:
                skipped.append(Skipped.NOT_MAPPED)
            else:
                said = _said(find, f"{extractor.name}/{extractor.version}")
                if said is not None:
                    found.setdefault((said.slot, said.meaning), said)
    who = response.customer_id or customer_id
    if found and who is None:
        skipped.append(Skipped.NO_CUSTOMER)
    return Extraction(_report(event, who, tuple(found.values())), tuple(skipped))


def _said(find: Found, extractor: str) -> Said | None:
    """None where nothing is left of its value once it is tidied."""
    preference = find.preference
    if isinstance(preference, DoNotContact):
        slot = Slot(preference.kind, preference.value)
        value: Value = preference.stop
    else:
        value = _tidied(preference)
        if value == "":
            return None
        slot = Slot(preference.kind, str(value).casefold() if preference.kind in MANY else "")
    return Said(slot, None if find.taken_back else value, extractor, find.confidence, find.span, find.answer)


def _tidied(preference: Preference) -> Value:
    """As CRMs keep it: they trim texts and join lines, and what comes back must be known as ours."""
    if isinstance(preference, ContactLanguage):
        return canonical(preference.value)
    return " ".join(preference.value.split()) if isinstance(preference.value, str) else preference.value


def _report(event: Event[SurveyResponse], customer_id: str | None, found: Sequence[Said]) -> Report:
    response = event.data
    id_ = ResponseId(event.tenant, event.source, response.response_id)
    stamp = Stamp(response.version, event.id)
    if customer_id is None:
        return Report(id_, stamp, event.recorded_at, origin=event.origin)
    customer, at = Customer(event.tenant, customer_id), response.submitted_at
    notes = tuple(Note(id_, stamp, customer, said, at, event.recorded_at, expires_at(said, at)) for said in found)
    words = response.comment if any(said.span for said in found) else None
    return Report(id_, stamp, event.recorded_at, notes, words, event.origin)
