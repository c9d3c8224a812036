"""One delivery of a vendor, from bytes to what it says: the same for every adapter, for HTTP and for ``check``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events import codec
from events.envelope import Attributes
from events.problems import Invalid, Problem
from ingest.core import limits, wire
from ingest.core.formats import Format, parse
from ingest.core.limits import AHEAD_REFUSED, BATCH_EVENTS, TooLarge
from ingest.core.reading import Arrival, Placed
from ingest.core.source import Source
from ingest.vendors.outcome import Context, Fact, Ignored, Outcome, Part, Said, Thin
from ingest.vendors.vendor import Enrichment, Vendor


def format_of(vendor: Vendor, content_type: str | None) -> Format:
    """Which of the vendor's formats the Content-Type names; JSON under any name that ends in ``+json``, such as
    SurveyMonkey's ``application/vnd.surveymonkey.response.v1+json``. Raises wire.Unsupported."""
    if Format.JSON in vendor.formats and wire.is_some_json(content_type):
        return Format.JSON
    known = [media for format_ in vendor.formats for media in format_.value]
    named = wire.media_type(content_type, known)
    return next(format_ for format_ in vendor.formats if named in format_.value)


def read(vendor: Vendor, source: Source, format_: Format, raw: bytes, context: Context) -> list[Outcome]:
    """What the delivery says.

    Raises:
        Invalid: it can't be parsed, or lacks what is needed; nothing of it is taken then.
        TooLarge: it says too much at once.
    """
    return _checked(vendor.read(parse(format_, raw), source, context), context)


def fetched(
    enrichment: Enrichment, source: Source, document: Any, reference: Mapping[str, str], context: Context
) -> list[Said]:
    """What a fetched document says. Raises Invalid, TooLarge, as ``read`` does."""
    outcomes = _checked(enrichment.read(document, reference, source, context), context)
    return [outcome for outcome in outcomes if isinstance(outcome, Said)]


def placed(said: Said, source: Source, arrival: Arrival) -> Placed:
    """What was said, as an event in the source's name. Raises Invalid where its data tells of tomorrow."""
    attributes = Attributes(
        specversion="1.0",
        id=said.id,
        source=said.source or source.voices[0],
        type=said.data.TYPE,
        time=said.time,
    )
    event = codec.event(attributes, said.data, tenant=source.tenant, recorded_at=arrival.recorded_at)
    if late := limits.refused_moments(event):
        raise Invalid([Problem(said.at, "future", f"{name} is more than 24 hours ahead of our clock") for name in late])
    return Placed(said.at, arrival.stamp(event))


def assembled(vendor: Vendor, source: Source, contact: str, facts: Mapping[str, Fact], revision: int) -> Said | None:
    """The snapshot that the facts of one contact make, as an event; None while they make none."""
    if vendor.assemble is None:
        return None
    name = vendor.contact_id(source, contact)
    snapshot = vendor.assemble(name, facts, revision, source)
    if snapshot is None:
        return None
    return Said("", f"{name}:{revision}"[-128:], snapshot, max(fact.seen_at for fact in facts.values()))


def _checked(outcomes: Iterable[Outcome], context: Context) -> list[Outcome]:
    found = list(_bounded(outcomes))
    if problems := [problem for outcome in found for problem in _too_late(outcome, context)]:
        raise Invalid(problems)
    return found


def _bounded(outcomes: Iterable[Outcome]) -> Iterable[Outcome]:
    for number, outcome in enumerate(outcomes):
        if number >= BATCH_EVENTS:
            raise TooLarge(f"says over {BATCH_EVENTS} things; send them in several requests")
        yield outcome


def _too_late(outcome: Outcome, context: Context) -> Sequence[Problem]:
    moment = outcome.seen_at if isinstance(outcome, Part | Thin) else getattr(outcome, "time", None)
    if moment is None or moment - context.received_at <= AHEAD_REFUSED:
        return ()
    return [Problem(outcome.at, "future", "tells of a moment more than 24 hours ahead of our clock")]


def explained(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain values, for people: ``amends source check`` and the golden files show it so."""
    match outcome:
        case Said():
            data = outcome.data.model_dump(mode="json", exclude_defaults=True)
            time = outcome.time and outcome.time.isoformat()
            told = {"event": outcome.data.TYPE, "at": outcome.at, "id": outcome.id, "time": time}
            return told | ({"source": outcome.source} if outcome.source else {}) | {"data": data}
        case Part():
            facts = dict(outcome.facts)
            return {"part": outcome.contact, "at": outcome.at, "seen_at": outcome.seen_at.isoformat(), "facts": facts}
        case Thin():
            return {"fetch": dict(outcome.reference), "at": outcome.at, "id": outcome.id}
        case Ignored():
            return {"ignored": outcome.why, "at": outcome.at}
