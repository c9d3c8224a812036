"""People acting on cases: the transition, what is written down of it and what it makes needless, in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.case import (
    UNSETTLED,
    Action,
    Appoint,
    Attempt,
    Case,
    Claim,
    Close,
    Contact,
    HandOver,
    Note,
    Refusal,
    Release,
    Reopen,
    Why,
    transition,
)
from alerting.core.case.transition import Terms
from alerting.core.clocks.clock import Clocks
from alerting.core.message import FOLLOW_UPS
from alerting.core.message import What as Told
from alerting.paging import Pager, Waiting
from alerting.store import audit_log, cases, causes, outbox, resurveys, timeline, timers
from alerting.store.cases import Locked
from alerting.store.timeline import What
from alerting.store.timers import Kind
from alerting.telemetry import CaseTelemetry
from events.runtime.database import transaction


class Cases:
    """What people do to cases, whether by page, API or command line.

    Every method raises Unavailable while the database is away; an action is then not done, or its outcome unknown:
    read again.

    Args:
        follows: which destinations want to hear how a case goes on, by what is told.
        lease: how long a claim holds without a sign of work.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        pager: Pager,
        follows: Mapping[Told, tuple[str, ...]],
        lease: timedelta,
        telemetry: CaseTelemetry,
    ) -> None:
        self._engine = engine
        self._pager = pager
        self._follows = follows
        self._lease = lease
        self._telemetry = telemetry

    async def act(self, tenant: str, case_id: UUID, action: Action) -> Case | Refusal | None:
        """The case after the action, or why it was refused; None where there is no such case."""
        try:
            return await self._act(tenant, case_id, action)
        except IntegrityError:  # somebody opened the twin between our look and our write
            return await self._act(tenant, case_id, action)

    async def _act(self, tenant: str, case_id: UUID, action: Action) -> Case | Refusal | None:
        async with transaction(self._engine) as tx:
            locked = await cases.lock(tx, tenant, case_id)
            if locked is None:
                return None
            if isinstance(action, Reopen) and (why := await _not_again(tx, case_id)):
                return Refusal(why, locked.case)
            result = transition(locked.case, action, locked.now, self.terms(locked))
            if isinstance(result, Case):
                await self._write(tx, tenant, locked, result, action)
        if isinstance(result, Case) and isinstance(action, Close) and result.outcome is not None:
            self._telemetry.closed(result.outcome)
        return result

    def terms(self, locked: Locked) -> Terms:
        """The rules of the house for one case, as they were frozen when it opened."""
        clocks = Clocks.from_json(locked.terms.get("clocks"))
        return Terms(self._lease, clocks.resumed, clocks.contact_due, clocks.claim_due)

    async def _write(self, tx: AsyncConnection, tenant: str, locked: Locked, case: Case, action: Action) -> None:
        if not isinstance(action, Note):
            await cases.write(tx, locked.id, case)
        word = f"case.{type(action).__name__.lower()}"
        await audit_log.add(tx, tenant, action.by, word, f"case:{locked.id}", {"version": case.version})
        await _AFTER[type(action)](_Act(self, tx, tenant, locked, case, action))

    async def look_for_somebody(self, tx: AsyncConnection, tenant: str, locked: Locked, case: Case) -> None:
        """The case is open again: from the first step of its policy on. Joins the caller's transaction."""
        # Also what was said of the episode that has ended: told late, it would end the alarm of the new one.
        await outbox.cancel(tx, locked.id, ("page", "reminder", *FOLLOW_UPS))
        await timers.clear(tx, locked.id, (Kind.LEASE, Kind.SETTLE))
        waiting = Waiting(locked.id, tenant, locked.terms.get("policy"), case.episode)
        await self.tell(tx, locked.id, case, "reopened")
        await self._pager.begin(tx, waiting, locked.now)

    async def tell(self, tx: AsyncConnection, case_id: UUID, case: Case, what: Told) -> None:
        await outbox.follow_up(tx, case_id, what, case.version, self._follows.get(what, ()))

    async def remind(self, tx: AsyncConnection, tenant: str, locked: Locked, case: Case) -> None:
        step, policy = f"v{case.version}-reminder", locked.terms.get("policy")
        await self._pager.remind(tx, tenant, locked.id, case.claimed_by, step, locked.now, policy=policy)


async def _not_again(tx: AsyncConnection, case_id: UUID) -> Why | None:
    """Why a case that was closed must stay so."""
    if await cases.is_nobodys(tx, case_id):
        return Why.FORGOTTEN
    return Why.ANOTHER_IS_OPEN if await cases.has_open_twin(tx, case_id) else None


class _Act:
    """One action that was allowed, and everything it touches."""

    def __init__(
        self, everything: Cases, tx: AsyncConnection, tenant: str, locked: Locked, case: Case, action: Any
    ) -> None:
        self.cases, self.tx, self.tenant, self.locked, self.case, self.action = (
            everything,
            tx,
            tenant,
            locked,
            case,
            action,
        )
        self.id = locked.id

    async def note(self, what: What, note: str | None = None) -> None:
        await timeline.add(self.tx, self.id, what, who=self.action.by, note=note)

    async def timer(self, kind: Kind, due_at: datetime | None) -> None:
        if due_at is None:
            await timers.clear(self.tx, self.id, (kind,))
        else:
            await timers.start(self.tx, self.id, kind, due_at)

    async def tell(self, what: Told) -> None:
        await self.cases.tell(self.tx, self.id, self.case, what)


async def _claimed(act: _Act) -> None:
    await outbox.cancel(act.tx, act.id)
    await timers.clear(act.tx, act.id, (Kind.ESCALATION,))
    await act.timer(Kind.LEASE, act.case.leased_until)
    await act.note(What.CLAIMED)
    await act.tell("claimed")


async def _released(act: _Act) -> None:
    await act.note(What.RELEASED, act.action.note)
    await act.cases.look_for_somebody(act.tx, act.tenant, act.locked, act.case)


async def _handed_over(act: _Act) -> None:
    await outbox.cancel(act.tx, act.id, ("reminder",))
    await act.timer(Kind.LEASE, act.case.leased_until)
    said = f": {act.action.note}" if act.action.note else ""
    await act.note(What.HANDED_OVER, f"to {act.action.to}{said}")
    await act.cases.remind(act.tx, act.tenant, act.locked, act.case)


async def _noted(act: _Act) -> None:
    await act.note(What.NOTED, act.action.note)


async def _attempted(act: _Act) -> None:
    tried: Attempt = act.action
    await cases.add_attempt(act.tx, act.id, tried)
    await act.timer(Kind.LEASE, act.case.leased_until)
    said = f": {tried.note}" if tried.note else ""
    await act.note(What.ATTEMPTED, f"{tried.channel}, {tried.result.replace('_', ' ')}{said}")


async def _appointed(act: _Act) -> None:
    await act.timer(Kind.CALL_BACK, act.case.callback_at)
    if act.case.state == "claimed":
        await act.timer(Kind.LEASE, act.case.leased_until)
        if act.case.contact_due_at > act.locked.now:  # what is overdue was told when it became so
            await act.timer(Kind.CONTACT_DUE, act.case.contact_due_at)
    said = f": {act.action.note}" if act.action.note else ""
    await act.note(What.APPOINTED, f"{act.action.at.isoformat(timespec='minutes')}{said}")


async def _contacted(act: _Act) -> None:
    await outbox.cancel(act.tx, act.id)
    await timers.clear(act.tx, act.id)
    await act.timer(Kind.SETTLE, act.locked.now + UNSETTLED)
    await act.note(What.CONTACTED, act.action.note)
    await resurveys.request(act.tx, act.id, act.case.episode)
    await act.tell("contacted")


async def _closed(act: _Act) -> None:
    await outbox.cancel(act.tx, act.id)
    await timers.clear(act.tx, act.id)
    await act.note(What.CLOSED, act.action.outcome)
    if act.case.cause is not None:
        await causes.record_choice(act.tx, act.tenant, act.id, act.case.cause)
    await act.tell("closed")


async def _reopened(act: _Act) -> None:
    await act.note(What.REOPENED, act.action.reason)
    await act.timer(Kind.CONTACT_DUE, act.case.contact_due_at)
    await act.cases.look_for_somebody(act.tx, act.tenant, act.locked, act.case)


_AFTER: dict[type[Action], Callable[[_Act], Awaitable[None]]] = {
    Claim: _claimed,
    Release: _released,
    HandOver: _handed_over,
    Note: _noted,
    Attempt: _attempted,
    Appoint: _appointed,
    Contact: _contacted,
    Close: _closed,
    Reopen: _reopened,
}
