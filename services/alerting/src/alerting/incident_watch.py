"""Looks every five seconds whether unhappy customers have something in common, and tells whoever can mend it."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.core.duty import Duty
from alerting.core.escalation.policy import Target
from alerting.core.incidents import IncidentRule
from alerting.store import incidents, outbox
from alerting.store.incidents import Untold
from alerting.store.outbox import Recipient
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

EVERY_SECONDS = 5.0
AT_ONCE = 200


class IncidentWatch:
    """Any number of replicas may look at the same time; an incident is opened once and told once.

    Args:
        rules: in the order in which they are tried.
        duty: whom owners are looked up in. Where an incident names no owner, or one who is not there, the fallback
            of the default policy is told, else its last resort.
    """

    def __init__(self, engine: AsyncEngine, rules: Sequence[IncidentRule], duty: Duty) -> None:
        self._engine = engine
        self._rules = tuple(rules)
        self._duty = duty
        self._unreachable: set[UUID] = set()

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look()
            except Unavailable as error:
                log.warning("not looking for incidents", error=str(error))
            await pause(stop, EVERY_SECONDS)

    async def look(self) -> None:
        """Join, open, tell: once. Raises Unavailable."""
        for by in dict.fromkeys(rule.by for rule in self._rules):
            async with transaction(self._engine) as tx:
                await incidents.join(tx, by, max(rule.within for rule in self._rules if rule.by == by))
        for rule in self._rules:
            async with transaction(self._engine) as tx:
                opened = await incidents.open_where_due(tx, rule)
            for incident in opened:
                log.warning("incident", incident=str(incident), rule=rule.name)
        await self._tell()

    async def _tell(self) -> None:
        """Also of incidents that others open: a rule that watches a team's score, say. One that nobody can be told of
        stays untold, for when the on-call file knows somebody."""
        async with transaction(self._engine) as tx:
            for incident in await incidents.untold(tx, AT_ONCE):
                if to := self._recipients(incident):
                    await outbox.enqueue_incident(tx, incident.tenant, incident.id, to)
                    await incidents.told(tx, incident.id)

    def _recipients(self, incident: Untold) -> list[Recipient]:
        if incident.owner and (found := self._reached(incident.owner)):
            return found
        policy = self._duty.policy(None)
        for targets in (policy.fallback, policy.last_resort, *(step.tell for step in policy.steps)):
            if found := [each for target in targets for each in self._named(target)]:
                return found
        if incident.id not in self._unreachable:
            self._unreachable.add(incident.id)
            log.error("nobody to tell of an incident", incident=str(incident.id), dimension=incident.dimension)
        return []

    def _named(self, target: Target) -> list[Recipient]:
        return [] if target.kind == "on_call" else self._reached(target.id)

    def _reached(self, name: str) -> list[Recipient]:
        person = self._duty.people.get(name)
        if person is None:
            return [Recipient(name)] if name in self._duty.shared else []
        return [Recipient(channel, person.id) for channel in person.reach]
