"""Trying rules on what is in the database: the same judging as when events come, and nothing is written."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.contact import Contact
from alerting.core.freshness import Freshness
from alerting.core.intake import Known
from alerting.core.rules import call_back_missed, team_csat_drop
from alerting.core.rules.decision import Decision, Reason, Verdict
from alerting.core.rules.judging import around, around_contact, judge, needs_scores
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Surroundings
from alerting.core.tryout import Tried
from alerting.store import history, team_csat, tryout
from alerting.store.contacts import Stored
from alerting.store.tryout import Past


@dataclass(frozen=True, slots=True)
class Trial:
    """Rules, and whose last days they are tried on. ``now``: by the database's clock."""

    policy: Policy
    tenant: str
    since: timedelta
    now: datetime

    async def answers(self, tx: AsyncConnection) -> AsyncIterator[Tried]:
        async for portion in tryout.answers(tx, self.tenant, self.since):
            for tried in await self._answers(tx, portion):
                yield tried

    async def contacts(self, tx: AsyncConnection) -> AsyncIterator[Tried]:
        """Also the promises that should have been kept by now."""
        async for portion in tryout.contacts(tx, self.tenant, self.since):
            for tried in await self._contacts(tx, portion):
                yield tried

    async def teams(self, tx: AsyncConnection) -> list[Tried]:
        """Teams whose CSAT would open an incident now; days before are not gone through."""
        found = []
        for hours in sorted({settings.hours for settings in self.policy.variants(team_csat_drop.RULE)}):
            for team in await team_csat.compare(tx, hours, team_csat_drop.FEWEST):
                where = Surroundings(team=team.team)
                settings = self.policy.settings(team_csat_drop.RULE, where)
                said = judge(Circumstances("team", where, csat=team.csat), self.policy)
                if team.tenant == self.tenant and settings.hours == hours and said.opens:
                    found.append(Tried(f"team:{team.team}", self.now, team.team, team.team, None, said.reason))
        return found

    async def _answers(self, tx: AsyncConnection, portion: Sequence[Past]) -> list[Tried]:
        found = [
            Circumstances(each.answer.kind, around(each.answer, each.contact), answer=each.answer) for each in portion
        ]
        wanting = [number for number, each in enumerate(found) if needs_scores(each, self.policy)]
        scores = await history.scores(tx, [portion[number].answer for number in wanting])
        for number, before in zip(wanting, scores, strict=True):
            found[number] = replace(found[number], scores=tuple(before))
        return [self._answer(each, past) for each, past in zip(found, portion, strict=True)]

    def _answer(self, found: Circumstances, past: Past) -> Tried:
        answer = past.answer
        decision = self._fresh(judge(found, self.policy), answer.occurred_at, answer.recorded_at)
        about = (answer.interaction_id, answer.customer_id, answer.subject)
        id_ = f"{answer.kind}:{answer.id}"
        return Tried(id_, answer.occurred_at, found.where.team, about, _did(past.known), _would(decision))

    async def _contacts(self, tx: AsyncConnection, portion: Sequence[Stored]) -> list[Tried]:
        contacts = [each.contact for each in portion]
        repeats = [each for each in contacts if each.resolved is False and each.customer_id and each.reason]
        before = await history.earlier_contacts(tx, repeats)
        earlier = {each.key: found for each, found in zip(repeats, before, strict=True)}
        promises = [(each, since) for each in contacts if (since := call_back_missed.promised_at(each)) is not None]
        times = await history.answered_since(tx, promises)
        kept = {each.key: at for (each, _), at in zip(promises, times, strict=True)}
        return [self._contact(each, earlier.get(each.contact.key, []), kept) for each in portion]

    def _contact(self, each: Stored, before: Sequence[Contact], kept: dict[tuple[str, str], datetime | None]) -> Tried:
        contact, where = each.contact, around_contact(each.contact)
        at = contact.happened_at or contact.offered_at
        found = [judge(Circumstances("contact", where, contact=contact, contacts=tuple(before)), self.policy)]
        if contact.key in kept and self._is_over(contact):
            said = judge(Circumstances("promise", where, contact=contact, kept_at=kept[contact.key]), self.policy)
            found.insert(0, said)
        decision = next((one for one in found if one.opens), found[0])
        if at is not None and contact.recorded_at is not None:
            decision = self._fresh(decision, at, contact.recorded_at)
        about = (contact.interaction_id, contact.customer_id, None)
        id_ = f"contact:{contact.interaction_id}"
        return Tried(id_, at or self.now, contact.team, about, _did(each.known), _would(decision))

    def _is_over(self, contact: Contact) -> bool:
        settings = self.policy.settings(call_back_missed.RULE, around_contact(contact))
        due_at = call_back_missed.due_at(contact, settings)
        return due_at is not None and due_at <= self.now

    def _fresh(self, decision: Decision, occurred_at: datetime, recorded_at: datetime) -> Decision:
        """As it was judged when it came."""
        then = Freshness(recorded_at, self.policy.fresh_for)
        return then.only_fresh(decision, occurred_at=occurred_at, recorded_at=recorded_at)


def _did(known: Known) -> Reason | None:
    return known.reason if known.verdict is Verdict.OPEN else None


def _would(decision: Decision) -> Reason | None:
    return decision.reason if decision.opens else None
