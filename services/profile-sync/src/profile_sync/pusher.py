"""Making the CRM converge: claim customers, bring each up to date, record how it went.

No transaction is open while the CRM is spoken to. A kill at any point is repaired by the next claim: what was about to
be written is on record before it is sent, so that it is recognised in the CRM as ours.
"""

import asyncio
import random
from datetime import UTC, datetime

import structlog

from events.runtime import tracing
from events.runtime.errors import Unavailable
from profile_sync.batching import Together
from profile_sync.converging import Converging, Ended, Turn, Withheld, clock
from profile_sync.core.replies import ERASING_CAP_SECONDS, Later, Park, Pause, backoff_seconds, patience
from profile_sync.crms.port import Crm
from profile_sync.store.claim import Claim
from profile_sync.store.outcomes import Outcome, Postponed, Refused, Released, Settled
from profile_sync.store.pushes import Permission, Pushes
from profile_sync.telemetry import Result, Telemetry

log = structlog.get_logger()


class Pusher:
    """``parallel``: how many calls to the CRM are made at once. ``poll_seconds``: between looks at an idle outbox.

    About twice as many customers are worked on, and claimed some at a time, so that the CRM does not wait for the
    database.
    """

    def __init__(
        self, pushes: Pushes, crm: Crm, telemetry: Telemetry, *, parallel: int = 8, poll_seconds: float = 0.5
    ) -> None:
        self._pushes = pushes
        self._telemetry = telemetry
        self._most = 2 * parallel
        self._full = self._most - max(1, parallel // 2)
        self._poll = poll_seconds
        self._converge = Converging(pushes, crm, parallel)
        self._record = Together(pushes.record)

    async def run(self, stop: asyncio.Event) -> None:
        """Push until ``stop``; what is under way then is finished, which takes a few CRM timeouts at most."""
        stopping = asyncio.ensure_future(stop.wait())
        running: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                turns = await self._claim(self._most - len(running))
                running |= {asyncio.create_task(self._push(turn)) for turn in turns}
                full = len(running) > self._full
                await asyncio.wait(
                    {stopping, *running},
                    timeout=None if full else 0 if turns else self._poll,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                running = {task for task in running if not _finished(task)}
        finally:
            stopping.cancel()
            await asyncio.gather(*running)

    async def _claim(self, room: int) -> list[Turn]:
        """Of a tenant whose CRM is in doubt one customer at most: the probe."""
        now, breakers = clock(), self._converge.breakers
        self._telemetry.breakers([breaker.state(now) for breaker in breakers.values()])
        rooms = {tenant: breaker.room(now) for tenant, breaker in breakers.items()}
        doubted = {tenant: more for tenant, more in rooms.items() if more is not None}
        try:
            claims = await self._pushes.claim(room, but=doubted) if room > 0 else []
            for tenant in (tenant for tenant, more in doubted.items() if more and len(claims) < room):
                probes = await self._pushes.claim(1, only=tenant)
                claims += [probe for probe in probes if breakers[tenant].admits(probe.customer, clock())]
        except Unavailable as error:
            log.warning("outbox not readable", error=str(error))
            await asyncio.sleep(1)
            return []
        return [Turn(claim, now) for claim in claims]

    async def _push(self, turn: Turn) -> None:
        origin = turn.claim.origin
        with tracing.following("push preferences", origin, {"amends.attempt": turn.claim.attempts}) as span:
            try:
                result = await self._ended(turn.claim, await self._converge(turn))
            except Unavailable as error:  # the lease runs out and the push is repeated
                log.warning("push not recorded", tenant=turn.claim.customer.tenant, error=str(error), **origin.said)
                result = Result.LOST
            span.say({"amends.result": result.value})
        self._telemetry.pushed(result)

    async def _ended(self, claim: Claim, ended: Ended) -> Result:
        if isinstance(ended, Later):
            ended = patience(ended, claim.failing_since, datetime.now(UTC))
        if isinstance(ended, Park | Refused):
            about = {"reason": ended.reason, "erasing": claim.erasing, **claim.origin.said}
            log.warning("push parked", tenant=claim.customer.tenant, **about)
            if claim.erasing:  # no newer note will ever give it another chance
                ended = Later(ended.reason, ERASING_CAP_SECONDS)
        if not await self._record((claim, _outcome(claim, ended))):
            return Result.LOST
        if isinstance(ended, Settled):
            self._tell(claim, ended)
        return _result(ended)

    def _tell(self, claim: Claim, done: Settled) -> None:
        if done.drifted:
            self._telemetry.drifted()
        if not done.plan.idle and claim.pending_since is not None:
            log.info("profile written", tenant=claim.customer.tenant, **claim.origin.said)
            self._telemetry.written((datetime.now(UTC) - claim.pending_since).total_seconds())


def _outcome(claim: Claim, ended: Ended) -> Outcome:
    match ended:
        case Withheld():
            return Released()
        case Pause(reason, seconds):
            return Postponed(reason, seconds, failed=False)
        case Later(reason, cap):
            seconds = backoff_seconds(claim.attempts, random.random(), cap)  # noqa: S311  (jitter, not a secret)
            return Postponed(reason, seconds, failed=True)
        case Settled() | Park() | Refused():
            return ended


def _result(ended: Ended) -> Result:
    match ended:
        case Settled(plan) if plan.yielded:
            return Result.YIELDED
        case Settled(plan):
            return Result.UNCHANGED if plan.idle else Result.WRITTEN
        case Withheld(why):
            return Result.HELD if why is Permission.PAUSED else Result.LOST
        case Park() | Refused():
            return Result.PARKED
        case Pause():
            return Result.PAUSED
        case Later():
            return Result.LATER


def _finished(task: asyncio.Task[None]) -> bool:
    """Whether the task is over; raises what it raised, since that is a bug and must be seen."""
    if task.done():
        task.result()
    return task.done()
