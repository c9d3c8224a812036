"""What happens to cases by itself: whoever does not answer is followed by the next, a claim without work lapses,
appointments and broken promises are called to mind. Rows with a due time, the database's clock, one case at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.acting import Cases
from alerting.core.case import UNSETTLED, Case
from alerting.core.case.transition import opened_again
from alerting.core.escalation.policy import Search
from alerting.paging import Pager, Waiting
from alerting.store import cases, timeline, timers
from alerting.store.cases import Locked
from alerting.store.timeline import What
from alerting.store.timers import Kind, Timer
from alerting.telemetry import PagingTelemetry
from events.runtime.database import transaction
from events.runtime.errors import Unavailable
from events.runtime.waiting import pause

log = structlog.get_logger()

POLL_SECONDS = 1.0
AT_ONCE = 100
FAULT_SECONDS = 60.0
"""A case whose timers we cannot serve must not hold up the others."""

Fire = Callable[["Timekeeper", AsyncConnection, Locked, Timer], Awaitable[Case]]


class Timekeeper:
    """Several replicas may run: whoever locks the case first does what is due, and the others find it done."""

    def __init__(self, engine: AsyncEngine, acting: Cases, pager: Pager, telemetry: PagingTelemetry) -> None:
        self._engine = engine
        self.acting = acting
        self.pager = pager
        self.telemetry = telemetry

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.look() == AT_ONCE:
                    continue
            except Unavailable as error:
                log.warning("waiting for a dependency", error=str(error))
            await pause(stop, POLL_SECONDS)

    async def look(self) -> int:
        """Do what is due of up to 100 cases. Returns of how many something was due. Raises Unavailable."""
        async with transaction(self._engine) as tx:
            due = await timers.due_cases(tx, AT_ONCE)
        return sum([await self._attend(case_id) for case_id in due])

    async def _attend(self, case_id: UUID) -> bool:
        """Whether it was free to be attended to."""
        try:
            async with transaction(self._engine) as tx:
                if (locked := await cases.lock_if_free(tx, case_id)) is not None:
                    await self._fire(tx, locked)
                return locked is not None
        except Unavailable:
            raise
        except Exception:
            log.exception("a timer failed by a fault of ours", case=str(case_id))
            async with transaction(self._engine) as tx:
                await timers.put_off(tx, case_id, FAULT_SECONDS)
            return True

    async def _fire(self, tx: AsyncConnection, locked: Locked) -> None:
        for timer in await timers.due(tx, locked.id):
            locked = replace(locked, case=await _FIRE[timer.kind](self, tx, locked, timer))


async def _escalate(keeper: Timekeeper, tx: AsyncConnection, locked: Locked, timer: Timer) -> Case:
    if locked.case.state != "open":
        await timers.clear(tx, locked.id, (Kind.ESCALATION,))
        return locked.case
    waiting = Waiting(locked.id, locked.tenant, locked.terms.get("policy"), locked.case.episode)
    await keeper.pager.go_on(tx, waiting, Search.from_json(timer.data), locked.now)
    return locked.case


async def _lapse(keeper: Timekeeper, tx: AsyncConnection, locked: Locked, timer: Timer) -> Case:
    await timers.clear(tx, locked.id, (timer.kind,))
    if locked.case.state != "claimed":
        return locked.case
    changes = opened_again(locked.case, locked.now, keeper.acting.terms(locked))
    moved = replace(locked.case, version=locked.case.version + 1, **changes)
    await cases.write(tx, locked.id, moved)
    await timeline.add(tx, locked.id, What.LAPSED, note=locked.case.claimed_by)
    await keeper.acting.look_for_somebody(tx, locked.tenant, locked, moved)
    keeper.telemetry.lapsed()
    return moved


async def _call_back(keeper: Timekeeper, tx: AsyncConnection, locked: Locked, timer: Timer) -> Case:
    await timers.clear(tx, locked.id, (timer.kind,))
    await _remind(keeper, tx, locked, f"call-back-{timer.due_at:%Y%m%d%H%M}", What.CALL_BACK_DUE)
    return locked.case


async def _overdue(keeper: Timekeeper, tx: AsyncConnection, locked: Locked, timer: Timer) -> Case:
    await timers.clear(tx, locked.id, (timer.kind,))
    if locked.case.contacted_at is None and locked.case.state != "closed":
        await _remind(keeper, tx, locked, f"overdue-{timer.due_at:%Y%m%d%H%M}", What.BREACHED)
        keeper.telemetry.breached()
    return locked.case


async def _settle(keeper: Timekeeper, tx: AsyncConnection, locked: Locked, timer: Timer) -> Case:
    if locked.case.state != "contacted":
        await timers.clear(tx, locked.id, (timer.kind,))
        return locked.case
    await timers.start(tx, locked.id, timer.kind, locked.now + UNSETTLED)
    await _remind(keeper, tx, locked, f"settle-{timer.due_at:%Y%m%d%H%M}", What.SETTLE_DUE, urgent=False)
    return locked.case


async def _remind(
    keeper: Timekeeper, tx: AsyncConnection, locked: Locked, step: str, what: What, *, urgent: bool = True
) -> None:
    await timeline.add(tx, locked.id, what)
    who = locked.case.claimed_by
    policy = locked.terms.get("policy")
    await keeper.pager.remind(tx, locked.tenant, locked.id, who, step, locked.now, policy=policy, urgent=urgent)


_FIRE: dict[Kind, Fire] = {
    Kind.ESCALATION: _escalate,
    Kind.LEASE: _lapse,
    Kind.CALL_BACK: _call_back,
    Kind.CONTACT_DUE: _overdue,
    Kind.SETTLE: _settle,
}
