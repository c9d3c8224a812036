"""One claim, from asking the vendor to saying how it ended.

No transaction is open while a vendor or Kafka is waited for. A kill at any point leaves the row to the next claim,
which publishes the same events under the same ids.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from events.origin import Origin
from events.problems import Invalid
from events.runtime import tracing
from events.runtime.errors import Unavailable
from events.runtime.tracing import Span
from events.runtime.tracing_records import sending, sent
from ingest.core import records
from ingest.core.breaker import State
from ingest.core.limits import COMPLAINTS, TooLarge
from ingest.core.reading import Arrival
from ingest.core.replies import Fetched, Later, Park, Patience, Pause, Reason, Refusal, backoff_seconds, given_up
from ingest.core.source import Api, Source
from ingest.fetch_telemetry import FetchTelemetry, Result
from ingest.fetching import Fetcher
from ingest.store.log import Store
from ingest.store.queue import Claim, Queue
from ingest.store.schema import Owner
from ingest.vendors import delivery
from ingest.vendors.outcome import Context
from ingest.vendors.vendor import Enrichment

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask."""

    enrichment: Enrichment
    source: Source
    api: Api
    token: str

    def __repr__(self) -> str:
        return f"Target({self.source.name})"  # never the token


@dataclass(frozen=True, slots=True)
class _Published:
    count: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Nothing is wrong with it, but it could not be published."""

    reason: Reason = Reason.KAFKA_AWAY


_Outcome = _Published | _Kept | Refusal


class Work:
    def __init__(
        self,
        queue: Queue,
        fetcher: Fetcher,
        store: Store,
        telemetry: FetchTelemetry,
        patience: Patience | None = None,
    ) -> None:
        self._queue = queue
        self._fetcher = fetcher
        self._store = store
        self._telemetry = telemetry
        self._patience = patience or Patience()

    def kafka_away(self) -> bool:
        return self._store.state() is State.OPEN

    def not_configured(self) -> Pause:
        return Pause(Reason.NOT_CONFIGURED, self._patience.unauthorized)

    async def pause(self, owner: Owner, verdict: Pause) -> None:
        say = log.warning if verdict.reason is Reason.THROTTLED else log.error
        say("fetching rests", source=owner.source, reason=verdict.reason, seconds=round(verdict.seconds))
        await self._queue.pause(owner, verdict)

    async def do(self, claim: Claim, target: Target) -> None:
        with tracing.following("fetch", _origin(claim)):
            await self._do(claim, target)

    async def _do(self, claim: Claim, target: Target) -> None:
        try:
            outcome = await self._fetched(claim, target)
        except Exception:  # an adapter's bug on one document must not stop the others
            log.exception("an enrichment failed by a fault of ours", **_about(claim))
            outcome = Later(Reason.OUR_FAULT)
        if isinstance(outcome, Later) and self._given_up(outcome, claim):
            outcome = Park(outcome.reason)
        try:
            result = await self._record(claim, outcome)
        except Unavailable as error:  # the lease runs out, and it is done again
            log.warning("the end of an enrichment could not be recorded", error=str(error), **_about(claim))
            result = Result.LOST
        self._telemetry.ended(result, None if isinstance(outcome, _Published) else outcome.reason)

    async def _fetched(self, claim: Claim, target: Target) -> _Outcome:
        found = await self._fetcher.fetch(target.enrichment, target.api, target.token, claim.reference)
        if not isinstance(found, Fetched):
            return found
        span = sending()
        try:
            understood = _understood(claim, target, found, span)
        except Invalid as error:
            return Park(Reason.UNMAPPABLE, tuple(problem.pointer for problem in error.problems[:COMPLAINTS]))
        except TooLarge as error:
            return Park(Reason.TOO_LARGE, error.pointers)
        return await self._published(understood, span)

    async def _published(self, understood: records.Understood, span: Span) -> _Published | _Kept:
        try:
            if understood.records:
                sent(span, understood.records)
                with span:
                    await self._store.publish(understood.records)
        except Unavailable:
            return _Kept()
        return _Published(len(understood.records))

    async def _record(self, claim: Claim, outcome: _Outcome) -> Result:
        match outcome:
            case _Published(count):
                result, ours = Result.PUBLISHED if count else Result.NOTHING, await self._queue.done(claim)
            case _Kept(reason):
                result, ours = Result.LATER, await self._queue.retry(claim, self._patience.kafka, reason, failing=False)
            case Later(reason):
                result, ours = Result.LATER, await self._queue.retry(claim, self._backoff(claim), reason)
            case Pause(reason, seconds):
                await self.pause(claim.owner, outcome)
                # Behind the others, further each time: should the vendor refuse this one alone, it holds up few.
                wait = seconds + self._backoff(claim)
                result, ours = Result.PAUSED, await self._queue.retry(claim, wait, reason, failing=False)
            case Park(reason):
                log.warning("an enrichment is parked", reason=reason, **_about(claim))
                result, ours = Result.PARKED, await self._queue.park(claim, outcome)
        return result if ours else Result.LOST

    def _given_up(self, outcome: Later, claim: Claim) -> bool:
        return given_up(outcome, claim.attempts, claim.failing_since, datetime.now(UTC), self._patience)

    def _backoff(self, claim: Claim) -> float:
        return backoff_seconds(claim.attempts, random.random(), self._patience)  # noqa: S311  (jitter, not a secret)


def _understood(claim: Claim, target: Target, found: Fetched, span: Span) -> records.Understood:
    """The records for Kafka. Raises Invalid, TooLarge."""
    now = datetime.now(UTC)
    arrival = Arrival(target.source.tenant, now, *span.carry(_origin(claim)))
    said = delivery.fetched(target.enrichment, target.source, found.document, claim.reference, Context(now))
    return records.of([delivery.placed(one, target.source, arrival) for one in said])


def _origin(claim: Claim) -> Origin:
    return Origin(claim.request_id, claim.traceparent, claim.tracestate)


def _about(claim: Claim) -> dict[str, str | None]:
    return {"source": claim.owner.source, "id": claim.id, "request_id": claim.request_id}
