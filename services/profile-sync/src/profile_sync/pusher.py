"""Making the CRM converge: claim a customer, read the profile, write what is ours to write, record how it went.

No transaction is open while the CRM is spoken to. A kill at any point is repaired by the next claim: what was about to
be written is on record before it is sent, so that it is recognised in the CRM as ours.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from events.runtime.errors import Unavailable
from profile_sync.core.converge import Plan, Profile, change, plan
from profile_sync.core.replies import (
    Done,
    Later,
    Park,
    Pause,
    Reason,
    Reply,
    Reread,
    backoff_seconds,
    decide,
    patience,
)
from profile_sync.crms.port import Crm
from profile_sync.store.pushes import Claim, Permission, Pushes
from profile_sync.telemetry import Result, Telemetry

log = structlog.get_logger()

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class _Settled:
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Withheld:
    why: Permission


_Outcome = _Settled | _Withheld | Later | Pause | Park


class Pusher:
    """``parallel``: how many customers are pushed at once. ``poll_seconds``: how often an idle outbox is looked at."""

    def __init__(
        self, pushes: Pushes, crm: Crm, telemetry: Telemetry, *, parallel: int = 8, poll_seconds: float = 0.5
    ) -> None:
        self._pushes = pushes
        self._crm = crm
        self._telemetry = telemetry
        self._parallel = parallel
        self._poll = poll_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Push until ``stop``; what is under way then is finished, which takes a few CRM timeouts at most."""
        stopping = asyncio.ensure_future(stop.wait())
        running: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                claims = await self._claim(self._parallel - len(running))
                running |= {asyncio.create_task(self._push(claim)) for claim in claims}
                full = len(running) >= self._parallel
                await asyncio.wait(
                    {stopping, *running},
                    timeout=None if full else 0 if claims else self._poll,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                running = {task for task in running if not _finished(task)}
        finally:
            stopping.cancel()
            await asyncio.gather(*running)

    async def _claim(self, room: int) -> Sequence[Claim]:
        try:
            return await self._pushes.claim(room) if room > 0 else []
        except Unavailable as error:
            log.warning("outbox not readable", error=str(error))
            await asyncio.sleep(1)
            return []

    async def _push(self, claim: Claim) -> None:
        try:
            result = await self._record(claim, await self._converge(claim))
        except Unavailable as error:  # the lease runs out and the push is repeated
            log.warning("push not recorded", tenant=claim.customer.tenant, error=str(error))
            result = Result.LOST
        self._telemetry.pushed(result)

    async def _converge(self, claim: Claim) -> _Outcome:
        for _ in range(ROUNDS):
            found = await self._crm.read(claim.customer)
            verdict = await self._write(claim, found) if isinstance(found, Profile) else _refused(found)
            if not isinstance(verdict, Reread):
                return verdict
        return Later(Reason.CONTENDED)

    async def _write(self, claim: Claim, profile: Profile) -> _Outcome | Reread:
        intended = plan(claim.wanted, claim.memory, profile)
        if not intended.writes:
            return _Settled(intended)
        permission = await self._pushes.intend(claim, intended)
        if permission is not Permission.GO:
            return _Withheld(permission)
        reply = await self._crm.write(claim.customer, change(claim.customer, claim.version, intended, profile))
        verdict = decide(reply, datetime.now(UTC))
        return _Settled(intended) if isinstance(verdict, Done) else verdict

    async def _record(self, claim: Claim, outcome: _Outcome) -> Result:
        if isinstance(outcome, Later):
            outcome = patience(outcome, claim.failing_since, datetime.now(UTC))
        match outcome:
            case _Settled(done):
                return await self._settle(claim, done)
            case _Withheld(why):
                await self._pushes.release(claim)
                return Result.HELD if why is Permission.PAUSED else Result.LOST
            case Park():
                log.warning("push parked", tenant=claim.customer.tenant, reason=outcome.reason)
                return _or_lost(Result.PARKED, await self._pushes.park(claim, outcome))
            case Pause():
                log.warning("pushes paused", tenant=claim.customer.tenant, reason=outcome.reason)
                return _or_lost(Result.PAUSED, await self._pushes.postpone(claim, outcome, outcome.seconds))
            case Later():
                seconds = backoff_seconds(claim.attempts, random.random())  # noqa: S311  (jitter, not a secret)
                return _or_lost(Result.LATER, await self._pushes.postpone(claim, outcome, seconds))

    async def _settle(self, claim: Claim, done: Plan) -> Result:
        if not await self._pushes.settle(claim, done):
            return Result.LOST
        if done.writes and claim.pending_since is not None:
            self._telemetry.written((datetime.now(UTC) - claim.pending_since).total_seconds())
        if done.yielded:
            return Result.YIELDED
        return Result.WRITTEN if done.writes else Result.UNCHANGED


def _refused(reply: Reply) -> Later | Pause | Park | Reread:
    """What to do about a reply that came instead of a profile."""
    verdict = decide(reply, datetime.now(UTC))
    return Later(Reason.UNREADABLE) if isinstance(verdict, Done) else verdict


def _or_lost(result: Result, ours: bool) -> Result:
    return result if ours else Result.LOST


def _finished(task: asyncio.Task[None]) -> bool:
    """Whether the task is over; raises what it raised, since that is a bug and must be seen."""
    if task.done():
        task.result()
    return task.done()
