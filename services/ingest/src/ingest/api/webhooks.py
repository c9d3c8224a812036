"""What vendors post: verified over the raw bytes, read by the source's adapter, kept or queued, then answered."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec

from events.customer import CustomerErased
from events.problems import Invalid
from events.runtime import tracing
from events.runtime.problem_details import ProblemError
from events.runtime.tracing import Span
from events.runtime.tracing_records import sending
from ingest.api import body
from ingest.api.accepted import Accepted
from ingest.api.access import Access, allow, too_many
from ingest.api.call import JSON, Answer, Call
from ingest.api.front import Route
from ingest.api.intake import arrival, wrong_source
from ingest.api.keeping import Keeping
from ingest.core import caller, records
from ingest.core.bucket import Buckets
from ingest.core.formats import Form, Format, parse
from ingest.core.gate import Strangers, Ticket
from ingest.core.limits import BATCH_BYTES, SINGLE_BYTES
from ingest.core.reading import Arrival
from ingest.core.signatures import Verdict
from ingest.core.signing_input import Signed
from ingest.sources.snapshot import HOOKS, Configured, Proof, Sources
from ingest.store.contacts import Contacts
from ingest.store.queue import Queue
from ingest.vendors import delivery
from ingest.vendors.outcome import Context, Ignored, Outcome, Part, Said, Thin
from ingest.vendors.vendor import Vendor

PREFIX = f"{HOOKS}/"
NAME = f"{HOOKS}/{{source}}"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where what is not an event yet waits, in PostgreSQL."""

    contacts: Contacts
    queue: Queue


class Webhooks:
    """``clock``: the time events are recorded at. ``kept`` is None where no source needs a database."""

    def __init__(
        self,
        sources: Callable[[], Sources],
        access: Access,
        keeping: Keeping,
        accepted: Accepted,
        kept: Kept | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._sources = sources
        self._access = access
        self._keeping = keeping
        self._accepted = accepted
        self._kept = kept
        self._clock = clock
        self._buckets: dict[str, Buckets[str]] = {}
        self._strangers = Strangers()

    def find(self, path: str) -> Route | None:
        """The route of a source, whether or not there is one of that name."""
        name = path.removeprefix(PREFIX)
        if name == path or not name or "/" in name:
            return None
        return Route(NAME, {"POST": partial(self._post, name), "HEAD": partial(self._head, name)})

    async def _head(self, name: str, _: Call) -> Answer:
        """Some vendors ask whether anybody is there before they take the address."""
        self._configured(name)
        return Answer(200)

    async def _post(self, name: str, call: Call) -> Answer:
        configured = self._configured(name)
        call.source = configured.source.voices[0]
        self._keeping.sources.know((call.source,))  # it may be configured since a moment ago only
        self._admit(configured, call)
        format_ = delivery.format_of(configured.vendor, call.headers.get("content-type"))
        key = self._access.writer(call) if configured.proof is Proof.KEY else None
        if key is not None and not configured.admits(key):
            raise wrong_source()
        if configured.vendor.enrichment is None:  # what is only announced is kept in PostgreSQL, Kafka or no Kafka
            self._keeping.store.check()
        with self._keeping.gate.admit() as ticket:
            raw = await self._body(configured, call, ticket)
            self._believe(configured, call, format_, raw)
            self._limit(configured)
            span = sending()
            arrived = arrival(call, configured.source.tenant, self._clock(), span)
            outcomes = await self._read(configured, call, format_, raw, arrived)
            allow(key, _types(configured, outcomes))
            return await self._keep(configured, outcomes, arrived, span)

    def _configured(self, name: str) -> Configured:
        found = self._sources().find(name)
        if found is None:
            raise ProblemError(404, "There is no such source", "amends source list shows those that are configured.")
        return found

    def _admit(self, configured: Configured, call: Call) -> None:
        """Raises ProblemError: 403 from a network it may not post from."""
        allowed = configured.source.allow_from
        address = caller.address(call.host)
        if allowed and (address is None or not any(address in network for network in allowed)):
            self._access.failed(call)
            raise ProblemError(403, "This source may not be posted to from there")

    async def _body(self, configured: Configured, call: Call, ticket: Ticket) -> bytes:
        """Raises what ``body.read`` raises."""
        if configured.proof is Proof.SIGNATURE:
            with self._strangers.admit(caller.neighbourhood(call.host), ticket) as stranger:
                raw, sent = await body.read(call, BATCH_BYTES, stranger)
        else:
            raw, sent = await body.read(call, BATCH_BYTES, ticket)
        self._keeping.telemetry.read(sent)
        return raw

    def _limit(self, configured: Configured) -> None:
        """Once it is believed: nobody else can use up what a source may send. Raises ProblemError: 429."""
        name, rate = configured.source.name, configured.source.rate
        bucket = self._buckets.get(name)
        if bucket is None or (bucket.per_second, bucket.burst) != (rate.per_second, rate.burst):
            bucket = self._buckets[name] = Buckets(rate.per_second, rate.burst)
        if wait := bucket.take(name, self._access.clock()):
            raise too_many("This source posts too often.", wait)

    def _believe(self, configured: Configured, call: Call, format_: Format, raw: bytes) -> None:
        """Raises ProblemError: 401 where the signature that is needed does not prove the sender to be the source."""
        if configured.proof is not Proof.SIGNATURE:
            return
        form = _form(raw) if format_ is Format.FORM else None
        request = Signed(call.scope["method"], self._public_url(call), call.headers, raw, form)
        verdict = configured.verify(format_, request, self._clock())
        if verdict is not Verdict.GENUINE:
            call.verdict = verdict.value
            self._access.failed(call)
            raise _not_signed()

    def _public_url(self, call: Call) -> str:
        """What the sender called, path and query as they came; behind a proxy only the configuration knows."""
        path: bytes = call.scope.get("raw_path") or call.scope["path"].encode()
        query: bytes = call.scope["query_string"]
        return (self._sources().public_url or "") + (path + (b"?" + query if query else b"")).decode("latin-1")

    async def _read(
        self, configured: Configured, call: Call, format_: Format, raw: bytes, arrived: Arrival
    ) -> list[Outcome]:
        context = Context(arrived.recorded_at, call.headers)
        read = partial(delivery.read, configured.vendor, configured.source, format_, raw, context)
        return await asyncio.to_thread(read) if len(raw) > SINGLE_BYTES else read()

    async def _keep(self, configured: Configured, outcomes: list[Outcome], arrived: Arrival, span: Span) -> Answer:
        vendor, source = configured.vendor, configured.source
        said = [outcome for outcome in outcomes if isinstance(outcome, Said)]
        parts = [outcome for outcome in outcomes if isinstance(outcome, Part)]
        things = [outcome for outcome in outcomes if isinstance(outcome, Thin)]
        ignored = sum(isinstance(outcome, Ignored) for outcome in outcomes)
        placed = [delivery.placed(each, source, arrived) for each in said]  # what is refused here leaves nothing behind
        if parts:
            snapshots = await self._database().contacts.assemble(vendor, source, parts)
            placed += [delivery.placed(each, source, arrived) for each in snapshots]
        if things:
            await self._database().queue.put(source, things, arrived.of(tracing.here(arrived.origin)))
        understood = records.of(placed)
        await self._keeping.keep(understood, span)
        self._accepted.say(understood, arrived.origin, queued=len(things), noted=len(parts))
        self._keeping.sources.told(source.voices[0], ignored=ignored, queued=len(things))
        return _answer(vendor, understood.ids, queued=len(things), noted=len(parts), ignored=ignored)

    def _database(self) -> Kept:
        if self._kept is None:  # refused when the configuration is read
            raise ProblemError(503, "This source needs a database", "Set DATABASE_URL.")
        return self._kept


def _types(configured: Configured, outcomes: Iterable[Outcome]) -> set[str]:
    """The types of events that need a scope."""
    found = {outcome.data.TYPE for outcome in outcomes if isinstance(outcome, Said)}
    erases = configured.vendor.erases and configured.proof is Proof.SIGNATURE
    return found - {CustomerErased.TYPE} if erases else found


def _form(raw: bytes) -> Form | None:
    """None for what is no form we accept: a stranger is told that it is not signed, not what is wrong with it."""
    try:
        found: Form = parse(Format.FORM, raw)
    except Invalid:
        return None
    return found


def _not_signed() -> ProblemError:
    return ProblemError(
        401,
        "The signature is not right",
        "Check the secret, the signature header, the public URL and the clocks; our log says which it was.",
        headers={"WWW-Authenticate": "Signature"},
    )


def _answer(vendor: Vendor, ids: list[str], *, queued: int, noted: int, ignored: int) -> Answer:
    if vendor.answer is not None:
        media = vendor.answer.media_type
        return Answer(vendor.answer.status, vendor.answer.body, [(b"content-type", media.encode())] if media else [])
    told = {"accepted": len(ids), "ids": ids, "queued": queued, "noted": noted, "ignored": ignored}
    return Answer(202, msgspec.json.encode(told), [JSON])
