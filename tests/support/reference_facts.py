"""The latest facts of a history: what every number must follow from. No code of scoring's is used here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from events.case import CaseReported
from events.customer import CustomerErased
from events.envelope import Event, Revised
from events.interaction import Interaction
from events.mention import Mention
from events.survey import SurveyResponse
from events.survey_sent import SurveySent

R = TypeVar("R", bound=Revised)


@dataclass(frozen=True)
class Facts:
    """One tenant's newest reports, by id, and the customers who asked to be forgotten."""

    contacts: dict[str, Event[Interaction]]
    answers: dict[str, Event[SurveyResponse]]
    mentions: dict[str, Event[Mention]]
    surveys: dict[str, Event[SurveySent]]
    cases: dict[str, Event[CaseReported]]
    erased: frozenset[str]

    def linked(self, customer_id: str | None) -> str | None:
        """The customer, unless that customer asked to be forgotten."""
        return None if customer_id in self.erased else customer_id

    def customer_of(self, answer: SurveyResponse) -> str | None:
        """As the answer says; where it does not, whose contact it is about."""
        if answer.customer_id is not None:
            return self.linked(answer.customer_id)
        contact = self.contact_of(answer)
        return self.linked(contact.customer_id) if contact else None

    def contact_of(self, answer: SurveyResponse) -> Interaction | None:
        found = self.contacts.get(answer.interaction_id or "")
        return found.data if found else None


def latest(history: Iterable[Event[Any]], tenant: str) -> Facts:
    """``history``: as it was accepted, oldest first; the order matters only between reports of one version."""
    events = [event for event in history if event.tenant == tenant]
    surveys: dict[str, Event[SurveySent]] = {}
    for event in events:
        if isinstance(event.data, SurveySent):
            surveys.setdefault(event.data.survey_id, event)
    return Facts(
        contacts=_newest(events, Interaction, lambda data: data.interaction_id),
        answers=_newest(events, SurveyResponse, lambda data: data.response_id),
        mentions=_newest(events, Mention, lambda data: data.mention_id),
        surveys=surveys,
        cases=_newest(events, CaseReported, lambda data: data.case_id),
        erased=frozenset(e.data.customer_id for e in events if isinstance(e.data, CustomerErased)),
    )


def _newest(events: Iterable[Event[Any]], kind: type[R], id_of: Callable[[R], str]) -> dict[str, Event[R]]:
    found: dict[str, Event[R]] = {}
    for event in events:
        if isinstance(event.data, kind):
            known = found.get(id_of(event.data))
            if known is None or event.data.version > known.data.version:
                found[id_of(event.data)] = event
    return found


def counted_at(claimed: datetime, event: Event[Any]) -> datetime:
    """A sender's clock that is more than five minutes ahead of ours is not believed. Whole milliseconds."""
    return whole_ms(event.recorded_at if claimed - event.recorded_at > timedelta(minutes=5) else claimed)


def whole_ms(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
