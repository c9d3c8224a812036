"""Applies a batch of events: keep the contacts, judge them and the answers, open cases for the bad ones."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import answer_of
from alerting.core.freshness import Freshness
from alerting.core.rules.policy import Policy
from alerting.handler.answers import Answers
from alerting.handler.contacts import Contacts
from alerting.opening import Opening
from alerting.store import assessments, contacts, preferences
from alerting.telemetry import CaseTelemetry
from events.envelope import Event
from events.interaction import Interaction


class Handler:
    """Locks are taken in one order everywhere (contacts, answers, cases; each sorted), so members take turns.

    It asks the database a fixed number of questions for each kind of event in a batch, and more only for what opens or
    changes a case.
    """

    def __init__(self, policy: Policy, opening: Opening, telemetry: CaseTelemetry) -> None:
        self._policy = policy
        self._answers = Answers(policy, opening, telemetry)
        self._contacts = Contacts(policy, opening, telemetry)

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        reports = [event for event in events if isinstance(event.data, Interaction)]
        answers = [answer for event in events if (answer := answer_of(event)) is not None]
        if not reports and not answers:
            return
        await preferences.keep(tx, events)
        fresh = Freshness(await tx.scalar(text("SELECT now()")), self._policy.fresh_for)
        if reports:
            await self._take_contacts(tx, reports, fresh)
        if answers:
            await self._answers.take(tx, answers, fresh)

    async def _take_contacts(
        self, tx: AsyncConnection, reports: Sequence[Event[Interaction]], fresh: Freshness
    ) -> None:
        stored = await contacts.report(tx, reports)
        await self._contacts.take(tx, stored, fresh)
        # An answer that came before its contact was judged without knowing where it was given.
        if stored and self._policy.tells_apart:
            told = await assessments.about(tx, [each.contact.key for each in stored])
            if told:
                await self._answers.take_again(tx, told, fresh)
