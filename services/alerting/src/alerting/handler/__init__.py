"""Applies a batch of events: keep the contacts, judge them and the answers, open cases for the bad ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import answer_of
from alerting.core.freshness import Freshness
from alerting.core.rules.policy import Policy
from alerting.forgetting import Forgetting
from alerting.handler.answers import Answers
from alerting.handler.contacts import Contacts
from alerting.handler.living import living
from alerting.opening import Opening
from alerting.store import assessments, contacts, preferences
from alerting.telemetry import CaseTelemetry
from events.envelope import Event
from events.interaction import Interaction
from events.origin import NOWHERE


class Handler:
    """Locks are taken in one order everywhere (who is forgotten, contacts, answers, cases; each sorted), so that
    members take turns.

    It asks the database a fixed number of questions for each kind of event in a batch, and more only for what opens or
    changes a case.
    """

    def __init__(
        self, policy: Policy, opening: Opening, telemetry: CaseTelemetry, forgetting: Forgetting | None = None
    ) -> None:
        """``forgetting``: left out where no destination wants to hear that a case was closed."""
        self._policy = policy
        self._answers = Answers(policy, opening, telemetry)
        self._contacts = Contacts(policy, opening, telemetry)
        self._forgetting = forgetting or Forgetting({}, telemetry)

    async def __call__(self, tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
        came = await living(tx, events, self._forgetting)
        await preferences.keep(tx, came.events)
        reports = [event for event in came.events if isinstance(event.data, Interaction)]
        answers = [answer for event in came.events if (answer := answer_of(event)) is not None]
        if not reports and not answers:
            return
        fresh = Freshness(await tx.scalar(text("SELECT now()")), self._policy.fresh_for)
        if reports:
            stored = await contacts.report(tx, reports)
            if gone := [each.contact.key for each in stored if each.contact.key in came.nobodys]:
                await self._forgetting.forget_contacts(tx, gone)
            # Others are compared with the contacts of who was forgotten, but nobody can be won back there.
            left = [each for each in stored if not each.erased and each.contact.key not in came.nobodys]
            await self._take_contacts(tx, left, fresh)
        if answers:
            await self._answers.take(tx, answers, fresh)

    async def _take_contacts(self, tx: AsyncConnection, stored: Sequence[contacts.Stored], fresh: Freshness) -> None:
        await self._contacts.take(tx, stored, fresh)
        # An answer that came before its contact was judged without knowing where it was given.
        if stored and self._policy.tells_apart:
            told = await assessments.about(tx, [each.contact.key for each in stored])
            if told:
                brought = {each.contact.key: each.origin for each in stored}
                again = [replace(each, origin=brought.get(each.contact_key or ("", ""), NOWHERE)) for each in told]
                await self._answers.take_again(tx, again, fresh)
