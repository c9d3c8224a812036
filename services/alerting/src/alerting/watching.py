"""Rules that a clock fires, not an event: a promised call that was not made, a team whose CSAT drops."""

import asyncio
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.contact import Contact
from alerting.core.freshness import Freshness
from alerting.core.intake import Step, plan_again
from alerting.core.rules import call_back_missed, team_csat_drop
from alerting.core.rules.judging import around_contact, judge
from alerting.core.rules.policy import Policy
from alerting.core.rules.rule import Circumstances, Surroundings
from alerting.finding import Finding, settle
from alerting.opening import Opening
from alerting.store import contacts, history, team_csat, watches
from alerting.store.team_csat import Team
from alerting.store.watches import Watch
from alerting.telemetry import CaseTelemetry
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

POLL_SECONDS = 5.0
TEAMS_EVERY = 60
"""Polls: every five minutes."""
AT_ONCE = 100


class Watcher:
    """Several may run: a promise is looked at by one of them, and an incident opens once. Of incidents, whoever watches
    those tells."""

    def __init__(self, engine: AsyncEngine, policy: Policy, opening: Opening, telemetry: CaseTelemetry) -> None:
        self._engine = engine
        self._policy = policy
        self._opening = opening
        self._telemetry = telemetry

    async def run(self, stop: asyncio.Event) -> None:
        polls = 0
        while not stop.is_set():
            try:
                while await self.look_at_promises() == AT_ONCE:
                    continue
                if polls % TEAMS_EVERY == 0:
                    await self.look_at_teams()
                polls += 1
            except Unavailable as error:
                log.warning("waiting for a dependency", error=str(error))
            await pause(stop, POLL_SECONDS)

    async def look_at_promises(self) -> int:
        """Judge up to 100 promises whose time is over. Returns how many. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            due = await watches.due(tx, AT_ONCE)
            if due:
                fresh = Freshness(await tx.scalar(text("SELECT now()")), self._policy.fresh_for)
                await self._judge_promises(tx, due, fresh)
                await watches.done(tx, due)
        return len(due)

    async def _judge_promises(self, tx: AsyncConnection, due: list[Watch], fresh: Freshness) -> None:
        about = await contacts.lock(tx, [each.contact_key for each in due])
        promises = []
        for watch in due:
            stored = about[watch.contact_key]
            since = None if stored.erased else call_back_missed.promised_at(stored.contact)
            if since is not None:
                promises.append((watch, stored, since))
        kept = await history.answered_since(tx, [(stored.contact, since) for _, stored, since in promises])
        for (watch, stored, _), kept_at in zip(promises, kept, strict=True):
            said = judge(_promise(stored.contact, kept_at), self._policy)
            decision = fresh.only_fresh(said, occurred_at=watch.due_at, recorded_at=watch.due_at)
            step = plan_again(stored.known, decision)
            if step in (Step.OPEN, Step.RECORD):
                await settle(tx, Finding(stored, decision, step), self._opening, self._telemetry)

    async def look_at_teams(self) -> int:
        """Compare every team's CSAT with what it was. Returns how many incidents were opened. Raises Unavailable."""
        opened = 0
        if self._policy.anywhere("team"):
            async with transaction(self._engine) as tx:
                if await team_csat.take_turn(tx):
                    opened = await self._judge_teams(tx)
        return opened

    async def _judge_teams(self, tx: AsyncConnection) -> int:
        opened = 0
        for hours in sorted({settings.hours for settings in self._policy.variants(team_csat_drop.RULE)}):
            for team in await team_csat.compare(tx, hours, team_csat_drop.FEWEST):
                opened += await self._judge_team(tx, team, hours)
        return opened

    async def _judge_team(self, tx: AsyncConnection, team: Team, hours: int) -> bool:
        where = Surroundings(team=team.team)
        settings = self._policy.settings(team_csat_drop.RULE, where)
        found = Circumstances("team", where, csat=team.csat)
        if settings.hours != hours or not judge(found, self._policy).opens:
            return False
        title = team_csat_drop.title(team.team, team.csat, settings)
        incident = await team_csat.open_incident(tx, team, title, settings)
        if incident is not None:
            log.warning("a team's CSAT has dropped", incident=str(incident))
        return incident is not None


def _promise(contact: Contact, kept_at: datetime | None) -> Circumstances:
    return Circumstances("promise", around_contact(contact), contact=contact, kept_at=kept_at)
