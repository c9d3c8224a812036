"""From a decision to a case: open one, or join the one that is open about the same contact."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.case import Play
from alerting.core.clocks.policy import ClockPolicy
from alerting.core.duty import Duty
from alerting.core.rules.decision import Decision
from alerting.paging import Pager, Waiting
from alerting.store import intake, preferences, timeline, timers
from alerting.store.intake import About, Fresh
from alerting.store.timeline import What
from alerting.store.timers import Kind
from events.origin import NOWHERE, Origin
from events.runtime import tracing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """The case an answer became evidence of, and whether it opened it."""

    case_id: UUID
    opened: bool


class Opening:
    """How cases are opened here: who is told, and by when the customer is to be contacted.

    Every method joins the caller's transaction, which holds the lock on the interaction (``contacts.lock``). Without
    an interaction a second member can get in between; then the unique index lets one of the two open the case, and the
    other finds it.
    """

    def __init__(self, duty: Duty, clocks: ClockPolicy, pager: Pager) -> None:
        self._duty = duty
        self._clocks = clocks
        self._pager = pager

    async def open_or_join(self, tx: AsyncConnection, answer: Answer, decision: Decision) -> Taken:
        """The case for a bad answer. Only opening one tells anybody: a second answer is evidence on the first's."""
        about = About(
            answer.tenant, answer.customer_id, answer.interaction_id, answer.subject, answer.event_id,
            answer.recorded_at, answer.kind, answer.id, answer.origin,
        )  # fmt: skip
        return await self._open_or_join(tx, about, decision, answer)

    async def open_for_contact(
        self,
        tx: AsyncConnection,
        tenant: str,
        interaction_id: str,
        customer_id: str | None,
        event_id: str,
        recorded_at: datetime,
        decision: Decision,
        origin: Origin = NOWHERE,
    ) -> Taken:
        """The case for a contact that went wrong before anybody was asked. An open case about it is left as it is."""
        about = About(tenant, customer_id, interaction_id, None, event_id, recorded_at, None, None, origin)
        return await self._open_or_join(tx, about, decision, None)

    async def _open_or_join(
        self, tx: AsyncConnection, about: About, decision: Decision, answer: Answer | None
    ) -> Taken:
        while True:
            if (found := await intake.find(tx, about)) is not None:
                await timeline.add(tx, found, What.ANSWER_ADDED, note=None if answer else str(decision.reason))
                log.info("case joined", case=str(found), event_id=about.event_id, **about.origin.said)
                return Taken(found, opened=False)
            known = await intake.known(tx, about, answer)
            with tracing.following("open case", about.origin) as span:
                opened = await self._open(tx, replace(about, origin=span.carry(about.origin)), decision, known)
                if opened is not None:
                    said = {"case": str(opened), "reason": decision.reason.value}
                    span.say({f"amends.{name}": value for name, value in said.items()})
                    # Said before it is committed: where that fails, the batch comes again and opens another.
                    log.info("case opened", **said, event_id=about.event_id, **about.origin.said)
                    return Taken(opened, opened=True)

    async def _open(self, tx: AsyncConnection, about: About, decision: Decision, known: Fresh) -> UUID | None:
        play: Play = decision.play
        prefers = None
        if self._clocks.waits_for_preferred_time:
            prefers = await preferences.contact_time(tx, about.tenant, about.customer_id)
        clocks = self._clocks.clocks(
            team=known.team, channel=known.channel, tier=known.tier, play=play, contact_time=prefers
        )
        policy = self._duty.policy_for(
            play=play, reason=decision.reason, team=known.team, channel=known.channel, tier=known.tier
        )
        claim_due, contact_due = clocks.claim_due(known.now), clocks.contact_due(known.now)
        terms = {"policy": policy.name, "clocks": clocks.to_json()}
        opened = await intake.insert(tx, about, decision, known.tier, claim_due, contact_due, terms)
        if opened is not None:
            await timeline.add(tx, opened, What.OPENED)
            await timers.start(tx, opened, Kind.CONTACT_DUE, contact_due)
            await self._pager.begin(tx, Waiting(opened, about.tenant, policy.name, 1), known.now)
        return opened
