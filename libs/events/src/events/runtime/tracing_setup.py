"""Whether spans are told, and to whom: to a collector over OTLP/HTTP, where OpenTelemetry's own variables name one.
Else nothing of its SDK is even imported.
"""

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog

from events.runtime import tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

log = structlog.get_logger()

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
FLUSH_SECONDS = 3.0
"""How long leaving may wait until the last spans are sent."""

_provider: "TracerProvider | None" = None


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's variables name a collector, and do not say that it is to be left alone."""
    off = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    none = environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    return not off and not none and any(environ.get(name, "").strip() for name in ENDPOINTS)


def configure_tracing(service: str, exporter: "SpanExporter | None" = None) -> None:
    """Call once, from a service's main; ``service``: its name. Without a collector it does nothing.

    Args:
        exporter: takes the spans in the collector's place.
    """
    if exporter is None and not is_wanted(os.environ):
        return
    from events.runtime import tracing_export

    global _provider  # noqa: PLW0603  (as with logging, there is one for a process)
    asked = {os.environ[name].strip() for name in PROTOCOLS if os.environ.get(name, "").strip()}
    if asked - {"http/protobuf"}:
        log.warning("spans are sent by http/protobuf alone", asked=sorted(asked))
    _provider = tracing_export.provider(service, exporter or tracing_export.Collector())
    tracing.use(_provider.get_tracer("amends"))
    log.info("tracing")


def close_tracing(seconds: float = FLUSH_SECONDS) -> None:
    """Send what waits, for at most so long; from then on no span is made. The process may be left by ``os._exit``."""
    global _provider  # noqa: PLW0603
    tracing.use(None)
    if _provider is not None:
        leaving = threading.Thread(target=_provider.shutdown, daemon=True)
        leaving.start()
        leaving.join(seconds)
        _provider = None
