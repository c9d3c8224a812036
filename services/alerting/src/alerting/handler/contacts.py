"""Judges contacts by themselves, before anybody has asked their customers, and watches over promises."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.contact import Contact
from alerting.core.freshness import Freshness
from alerting.core.intake import Step, plan_again
from alerting.core.rules import call_back_missed
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.judging import around_contact, judge
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances
from alerting.finding import Finding, settle
from alerting.opening import Opening
from alerting.store import contacts, history, watches
from alerting.store.contacts import Stored
from alerting.store.watches import Watch
from alerting.telemetry import CaseTelemetry


class Contacts:
    def __init__(self, policy: Policy, opening: Opening, telemetry: CaseTelemetry) -> None:
        self._policy = policy
        self._opening = opening
        self._telemetry = telemetry
        rules = policy.anywhere("contact")
        self._any = bool(rules)
        self._repeats = any(rule.sees_contacts for rule in rules)
        self._promises = bool(policy.anywhere("promise"))

    async def take(self, tx: AsyncConnection, stored: Sequence[Stored], fresh: Freshness) -> None:
        """Judge contacts that were just reported, and are locked."""
        if self._promises:
            await self._watch(tx, stored, fresh)
        if self._any:
            again = await self._repeats_of(tx, stored) if self._repeats else []
            for found, each in await self._circumstances(tx, [*stored, *again]):
                await self._settle(tx, found, each, fresh)

    async def _watch(self, tx: AsyncConnection, stored: Sequence[Stored], fresh: Freshness) -> None:
        begun = []
        for each in stored:
            contact = each.contact
            if not contact.callback_queued or each.known.verdict is not Verdict.NONE or _stale(contact, fresh):
                continue
            for _, settings in self._policy.active("promise", around_contact(contact)):
                if (due_at := call_back_missed.due_at(contact, settings)) is not None:
                    begun.append(Watch(contact.tenant, contact.interaction_id, due_at))
        await watches.begin(tx, begun)

    async def _repeats_of(self, tx: AsyncConnection, stored: Sequence[Stored]) -> list[Stored]:
        """Repeats of these contacts that were reported before them: events come in any order."""
        first = [each.contact for each in stored if _may_be_repeated(each.contact)]
        there = {each.contact.key for each in stored}
        keys = [key for key in await history.later_unresolved(tx, first) if key not in there]
        return list((await contacts.lock(tx, keys)).values())

    async def _circumstances(self, tx: AsyncConnection, stored: Sequence[Stored]) -> list[tuple[Circumstances, Stored]]:
        unresolved = [each.contact for each in stored if each.contact.resolved is False and self._repeats]
        asked = [contact for contact in unresolved if _may_be_repeated(contact)]
        before = dict(zip((each.key for each in asked), await history.earlier_contacts(tx, asked), strict=True))
        return [(_around(each.contact, before.get(each.contact.key, [])), each) for each in stored]

    async def _settle(self, tx: AsyncConnection, found: Circumstances, each: Stored, fresh: Freshness) -> None:
        decision = _only_fresh(judge(found, self._policy), each.contact, fresh)
        step = plan_again(each.known, decision)
        if step is Step.IGNORE or each.known.reason is Reason.CALL_BACK_MISSED:
            return
        await settle(tx, Finding(each, decision, step), self._opening, self._telemetry)


def _only_fresh(decision: Decision, contact: Contact, fresh: Freshness) -> Decision:
    if contact.happened_at is None or contact.recorded_at is None:
        return decision
    return fresh.only_fresh(decision, occurred_at=contact.happened_at, recorded_at=contact.recorded_at)


def _stale(contact: Contact, fresh: Freshness) -> bool:
    return not _only_fresh(Decision(Verdict.OPEN, Reason.CALL_BACK_MISSED), contact, fresh).opens


def _may_be_repeated(contact: Contact) -> bool:
    return bool(contact.customer_id and contact.reason and contact.offered_at and not contact.outbound)


def _around(contact: Contact, before: Sequence[Contact]) -> Circumstances:
    return Circumstances("contact", around_contact(contact), contact=contact, contacts=tuple(before))
