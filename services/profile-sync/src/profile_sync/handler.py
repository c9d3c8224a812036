"""Events in, notes and a request to push out, in the transaction that also moves the offset."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.customer import CustomerErased
from events.envelope import Event
from events.interaction import Interaction
from events.survey import SurveyResponse
from profile_sync.core.doubt import SURE
from profile_sync.core.extract import Extraction, Extractor, Skipped
from profile_sync.core.habits import report
from profile_sync.core.preferences import Customer, Report
from profile_sync.noting import note
from profile_sync.reading import reports_of
from profile_sync.store import consent, contacts, erased, unclaimed
from profile_sync.store.contacts import Contact
from profile_sync.telemetry import Telemetry


class NotePreferences:
    """The handler of this service's consumer."""

    def __init__(self, extractors: Sequence[Extractor], telemetry: Telemetry, *, sure: float = SURE) -> None:
        self._extractors = extractors
        self._telemetry = telemetry
        self._sure = sure

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]], /) -> None:
        going = {Customer(event.tenant, event.data.customer_id) for event in events if _is_erasure(event)}
        answers = [event for event in events if isinstance(event.data, SurveyResponse)]
        came = _contacts(events)
        if not going and not answers and not came:
            return
        await erased.lock(tx, {event.tenant for event in events}, {customer.tenant for customer in going})
        if going:
            await erased.erase(tx, going)
        came = await _of_living(tx, came)
        before = await contacts.others(tx, came) if came else set()
        if came:
            await contacts.keep(tx, came)
        found = await self._extract(tx, answers) if answers else []
        self._count(found)
        who = before | {_customer(contact) for contact in came}
        await note(tx, [*(each.report for each in found), *await _habits(tx, who)], sure=self._sure)

    async def _extract(self, tx: AsyncConnection, answers: Sequence[Event[SurveyResponse]]) -> list[Extraction]:
        asked = {
            (event.tenant, event.data.interaction_id)
            for event in answers
            if event.data.customer_id is None and event.data.interaction_id is not None
        }
        known = await contacts.customers_of(tx, asked) if asked else {}
        whose = [
            event.data.customer_id or known.get((event.tenant, event.data.interaction_id or "")) for event in answers
        ]
        found = await reports_of(tx, list(zip(answers, whose, strict=True)), self._extractors)
        await self._keep_unclaimed(tx, answers, found)
        return found

    async def _keep_unclaimed(
        self, tx: AsyncConnection, answers: Sequence[Event[SurveyResponse]], found: Sequence[Extraction]
    ) -> None:
        """What states something of nobody yet, without the words where the tenant does not let us read them."""
        nobodys = [
            event
            for event, extraction in zip(answers, found, strict=True)
            if Skipped.NO_CUSTOMER in extraction.skipped and event.data.interaction_id is not None
        ]
        await unclaimed.settled(tx, [event for event in answers if event.data.customer_id is not None])
        if nobodys:
            private = await consent.refused(tx, {_tenant(event) for event in nobodys})
            await unclaimed.keep(tx, [_wordless(one) if _tenant(one) in private else one for one in nobodys])

    def _count(self, found: Iterable[Extraction]) -> None:
        """At least once: a batch that is rolled back and comes again is counted again."""
        for extraction in found:
            for each in extraction.report.notes:
                self._telemetry.noted(each.said.slot.kind)
            for reason in extraction.skipped:
                self._telemetry.skipped(reason)


async def _habits(tx: AsyncConnection, customers: set[Customer]) -> list[Report]:
    who = customers - await consent.refused(tx, customers) if customers else set()
    if not who:
        return []
    now = await tx.scalar(text("SELECT now()"))
    return [made for seen in await contacts.seen(tx, who) if (made := report(seen, now)) is not None]


def _contacts(events: Sequence[Event[Any]]) -> list[Contact]:
    """The newest report of each inbound contact with a known customer."""
    newest: dict[tuple[str, str, str], Contact] = {}
    for event in events:
        data = event.data
        if not isinstance(data, Interaction) or data.direction != "inbound" or data.customer_id is None:
            continue
        key = (event.tenant, event.source, data.interaction_id)
        contact = Contact(*key, data.version, data.customer_id, data.channel, data.offered_at, event.id)
        if key not in newest or (newest[key].version, newest[key].event_id) < (contact.version, contact.event_id):
            newest[key] = contact
    return list(newest.values())


def _tenant(event: Event[Any]) -> Customer:
    return Customer(event.tenant, consent.WHOLE_TENANT)


def _wordless(event: Event[SurveyResponse]) -> Event[SurveyResponse]:
    return replace(event, data=event.data.model_copy(update={"comment": None}))


def _is_erasure(event: Event[Any]) -> bool:
    return isinstance(event.data, CustomerErased)


async def _of_living(tx: AsyncConnection, came: Sequence[Contact]) -> list[Contact]:
    gone = await erased.among(tx, {_customer(contact) for contact in came}) if came else set()
    if gone:
        await erased.contacts(tx, {(each.tenant, each.interaction_id) for each in came if _customer(each) in gone})
    return [contact for contact in came if _customer(contact) not in gone]


def _customer(contact: Contact) -> Customer:
    return Customer(contact.tenant, contact.customer_id)
