"""OpenTelemetry's SDK, imported only where spans are told: the service they are of, and how they get to a collector.

They wait in a bounded queue (``OTEL_BSP_MAX_QUEUE_SIZE``, 2048) and are sent by a thread of their own: a collector that
is slow or away costs spans and nothing else.
"""

import logging
from collections.abc import Sequence
from importlib.metadata import version

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

log = structlog.get_logger()

CHATTY = ("opentelemetry.exporter", "opentelemetry.sdk._shared_internal")
"""Loggers with a line for every try and every span that finds no room."""


def provider(service: str, exporter: SpanExporter) -> TracerProvider:
    """Where tracers are from. It is not made that of the whole process: FastAPI would begin to tell of addresses, and
    there are customers' ids in them."""
    found = TracerProvider(resource=_resource(service), shutdown_on_exit=False)
    found.add_span_processor(BatchSpanProcessor(exporter))
    return found


def _resource(service: str) -> Resource:
    """What the operator says of us goes before what we say ourselves."""
    ours = {"service.name": service, "service.namespace": "amends", "service.version": version(f"amends-{service}")}
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})


class Collector(SpanExporter):
    """Over OTLP/HTTP, by OpenTelemetry's variables. One line when it goes away, and one when it is back."""

    def __init__(self) -> None:
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._collector = OTLPSpanExporter()
        self._lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._collector.export(spans)
        if result is not SpanExportResult.SUCCESS:
            if not self._lost:
                log.warning("the collector takes no spans; they are lost until it does")
            self._lost += len(spans)
        elif self._lost:
            log.info("the collector takes spans again", lost=self._lost)
            self._lost = 0
        return result

    def shutdown(self) -> None:
        self._collector.shutdown()  # type: ignore[no-untyped-call]
