"""Spans of our own, where ``tracing_setup`` found somebody to tell of them. Else there are none, and they cost nothing.

A trace begins with a request over HTTP or where its sender began it, and goes on through Kafka and through rows to
whatever comes of that request, however much later. Nothing else begins one: an idle service tells nothing.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from types import TracebackType

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, NonRecordingSpan, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events.origin import NOWHERE, Origin

Attributes = Mapping[str, str | int | bool]

CLIENT = SpanKind.CLIENT
MOST_LINKS = 64
"""A batch of records comes of at most so many requests that are worth naming."""

_W3C = TraceContextTextMapPropagator()
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Trace with this from now on, in the whole process; None: not at all."""
    global _tracer  # noqa: PLW0603  (as with logging, there is one for a process)
    _tracer = tracer


def on() -> bool:
    return _tracer is not None


class Span:
    """What is being done. ``with`` makes it what further spans and log lines belong to, and tells of it at the end; one
    that was begun and never entered is never told of. This class is the one that is told of to nobody."""

    def __enter__(self) -> "Span":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None

    def carry(self, origin: Origin) -> Origin:
        """What comes of this comes of the same request, but next to this in its trace."""
        return origin

    def say(self, attributes: Attributes, *, name: str | None = None) -> None:
        """Add attributes: from closed sets or our own ids, nothing of a customer. ``name``: a better one."""

    def fail(self, why: str) -> None:
        """It did not do what it should; ``why`` from a closed set."""


class _Told(Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._scope = trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False)

    def __enter__(self) -> Span:
        self._scope.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:  # its type, never its message: that may hold what a customer said
            self.fail(kind.__qualname__)
        self._scope.__exit__(kind, error, at)

    def carry(self, origin: Origin) -> Origin:
        told: dict[str, str] = {}
        _W3C.inject(told, trace.set_span_in_context(self._span))
        return origin._replace(traceparent=told.get("traceparent"))

    def say(self, attributes: Attributes, *, name: str | None = None) -> None:
        self._span.set_attributes(dict(attributes))
        if name is not None:
            self._span.update_name(name)

    def fail(self, why: str) -> None:
        self._span.set_attribute("error.type", why)
        self._span.set_status(Status(StatusCode.ERROR))


UNTOLD = Span()


def serving(name: str, caller: Origin, attributes: Attributes) -> Span:
    """A request over HTTP: where traces begin, unless the caller began one."""
    return UNTOLD if _tracer is None else _begun(_tracer, name, SpanKind.SERVER, caller, (), attributes)


def following(
    name: str, origin: Origin, attributes: Attributes | None = None, *, kind: SpanKind = SpanKind.INTERNAL
) -> Span:
    """What comes of a request, in its trace; linked to what is being done now, where that is of another one."""
    if _tracer is None or not origin.sampled:
        return UNTOLD
    now = trace.get_current_span().get_span_context()
    return _begun(_tracer, name, kind, origin, [Link(now)] if now.is_valid else [], attributes)


def part(name: str, attributes: Attributes | None = None, *, kind: SpanKind = SpanKind.INTERNAL) -> Span:
    """A part of what is being done now; of nothing, where nothing is told of that."""
    if _tracer is None or not trace.get_current_span().is_recording():
        return UNTOLD
    return _Told(_tracer.start_span(name, kind=kind, attributes=attributes))


def gathering(name: str, origins: Iterable[Origin], attributes: Attributes, *, kind: SpanKind) -> Span:
    """What is done for many requests at once: linked to each, and in the trace of the one where there is only one."""
    if _tracer is None:
        return UNTOLD
    distinct = {each.traceparent: each for each in origins if each.traceparent}
    seen = list(islice((each for each in distinct.values() if each.sampled), MOST_LINKS))
    if not seen:
        return UNTOLD
    links = [Link(_context(each)) for each in seen]
    return _begun(_tracer, name, kind, seen[0] if len(seen) == 1 else NOWHERE, links, attributes)


def here(origin: Origin) -> Origin:
    """``origin``, next to what is being done now: for what comes of it later."""
    if _tracer is None or not trace.get_current_span().is_recording():
        return origin
    return _Told(trace.get_current_span()).carry(origin)


def note(attributes: Attributes) -> None:
    """Say something of what is being done now."""
    if _tracer is not None:
        trace.get_current_span().set_attributes(dict(attributes))


def now() -> dict[str, str]:
    """For a log line: ``trace_id`` and ``span_id`` of what is being done."""
    if _tracer is None:
        return {}
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}


def _begun(
    tracer: Tracer, name: str, kind: SpanKind, parent: Origin, links: Iterable[Link], attributes: Attributes | None
) -> Span:
    within = trace.set_span_in_context(NonRecordingSpan(_context(parent)))
    return _Told(tracer.start_span(name, within, kind, attributes, list(links)))


def _context(origin: Origin) -> trace.SpanContext:
    """Without ``tracestate``, which travels but is told to nobody: it may hold whatever the sender put there."""
    carried = {"traceparent": origin.traceparent or ""}
    return trace.get_current_span(_W3C.extract(carried, Context())).get_span_context()
