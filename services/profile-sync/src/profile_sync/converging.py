"""One customer's turn: read the profile, write what is ours to write, as long as the CRM lets us."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from events.runtime import tracing
from events.runtime.tracing import CLIENT, Span
from profile_sync.batching import Together
from profile_sync.core.breaker import Breaker
from profile_sync.core.converge import NOTHING, Profile, change, drifted, plan
from profile_sync.core.replies import UNKNOWN, Done, Later, Park, Pause, Reason, Reply, Reread, Verdict, decide
from profile_sync.crms.port import Crm
from profile_sync.store.claim import Claim
from profile_sync.store.outcomes import Refused, Settled
from profile_sync.store.pushes import Permission, Pushes

log = structlog.get_logger()

ROUNDS = 3
FRESH_SECONDS = 0.1
"""So old may be what the outbox said of pauses when a call goes out."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Withheld:
    """Nothing more was sent."""

    why: Permission


Ended = Settled | Withheld | Later | Pause | Park | Refused


@dataclass(slots=True)
class Turn:
    """One customer's.

    Attributes:
        granted: when the lease and the permission to call were last asked for, in seconds of the loop's clock.
        unsure: something may have been written that the CRM did not say it took.
    """

    claim: Claim
    granted: float
    unsure: bool = False


class Converging:
    """``parallel``: how many calls to the CRM are made at once."""

    def __init__(self, pushes: Pushes, crm: Crm, parallel: int) -> None:
        self._pushes = pushes
        self._crm = crm
        self._calls = asyncio.Semaphore(parallel)
        self._intend = Together(pushes.intend)
        self._paused = Together(pushes.paused)
        self.breakers: defaultdict[str, Breaker] = defaultdict(Breaker)

    async def __call__(self, turn: Turn) -> Ended:
        """Raises Unavailable where the database is away."""
        customer = turn.claim.customer
        try:
            return await self._rounds(turn)
        finally:
            self.breakers[customer.tenant].ended(customer)

    async def _rounds(self, turn: Turn) -> Ended:
        claim = turn.claim
        if not claim.wanted and not claim.memory:
            return Settled(NOTHING)
        for _ in range(ROUNDS):
            found = await self._call(turn, "read profile", lambda: self._crm.read(claim.customer))
            if isinstance(found, Withheld):
                return found
            if claim.erasing and isinstance(found, Reply) and found.status in UNKNOWN:
                found = Profile({}, exists=False)  # so there is nothing of ours either
            verdict = await (self._write(turn, found) if isinstance(found, Profile) else self._refused(turn, found))
            if not isinstance(verdict, Reread):
                return verdict
        return Later(Reason.CONTENDED)

    async def _write(self, turn: Turn, profile: Profile) -> Ended | Reread:
        claim = turn.claim
        await self._heard(turn, Done())
        intended = plan(claim.wanted, claim.memory, profile)
        if intended.idle:
            return Settled(intended)
        turn.granted = clock()
        permission = await self._intend((claim, intended))
        if permission is not Permission.GO:
            return Withheld(permission)
        asked = change(claim.customer, claim.version, intended, profile)
        reply = await self._call(turn, "write profile", lambda: self._crm.write(claim.customer, asked))
        if isinstance(reply, Withheld):
            return reply
        verdict = await self._heard(turn, decide(reply, datetime.now(UTC)))
        if isinstance(verdict, Park) and reply.refused and not turn.unsure:
            return Refused(verdict.reason, intended)
        if not isinstance(verdict, Done):
            turn.unsure = True
            return verdict
        looked_again = claim.agreed and claim.pending_since is None and not (claim.erasing or claim.backfill)
        return Settled(intended, drifted(intended, claim.memory) if looked_again else ())

    async def _refused(self, turn: Turn, reply: Reply) -> Later | Pause | Park | Reread:
        """What to do about a reply that came instead of a profile."""
        verdict = decide(reply, datetime.now(UTC))
        verdict = await self._heard(turn, Later(Reason.UNREADABLE) if isinstance(verdict, Done) else verdict)
        return Later(Reason.UNREADABLE) if isinstance(verdict, Done) else verdict

    async def _call(self, turn: Turn, name: str, make: Callable[[], Awaitable[T]]) -> T | Reply | Withheld:
        """Only where nobody has been told to leave the CRM alone, and never for longer than the lease."""
        customer = turn.claim.customer
        async with self._calls:
            stale = clock() - turn.granted > FRESH_SECONDS
            paused = stale and await self._paused(customer.tenant)
            if paused or not self.breakers[customer.tenant].admits(customer, clock()):
                return Withheld(Permission.PAUSED)
            with tracing.part(name, kind=CLIENT) as span:
                found = await _within(make, turn.granted + self._pushes.lease_seconds)
                if isinstance(found, Reply):
                    _say(span, found)
                return found

    async def _heard(self, turn: Turn, verdict: Verdict) -> Verdict:
        """Let the tenant's other customers know of it, here and in the other replicas."""
        customer = turn.claim.customer
        pause = self.breakers[customer.tenant].heard(customer, verdict, clock())
        if pause is not None:
            log.warning("pushes paused", tenant=customer.tenant, reason=pause.reason, seconds=round(pause.seconds))
            await self._pushes.pause(customer.tenant, pause)
        return verdict


async def _within(make: Callable[[], Awaitable[T]], moment: float) -> T | Reply:
    try:
        async with asyncio.timeout_at(moment):
            return await make()
    except TimeoutError:
        return Reply(failure=Reason.TIMEOUT)


def _say(span: Span, reply: Reply) -> None:
    if reply.status is not None:
        span.say({"http.response.status_code": reply.status})
    if reply.failure is not None:
        span.fail(reply.failure.value)
    elif reply.status is not None and reply.status >= 400:
        span.fail(str(reply.status))


def clock() -> float:
    return asyncio.get_running_loop().time()
