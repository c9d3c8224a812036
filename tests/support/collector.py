"""A collector of the test's own: takes spans as OTLP over HTTP and keeps them."""

from dataclasses import dataclass, field
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Proto

from amends.local.ports import free_port

KINDS = {Proto.SPAN_KIND_SERVER: "server", Proto.SPAN_KIND_PRODUCER: "producer", Proto.SPAN_KIND_CONSUMER: "consumer"}
KINDS |= {Proto.SPAN_KIND_CLIENT: "client", Proto.SPAN_KIND_INTERNAL: "internal"}


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    links: frozenset[tuple[str, str]]
    said: dict[str, Any]
    failed: bool


@dataclass
class Collector:
    """Takes spans as OTLP over HTTP."""

    port: int = field(default_factory=free_port)
    spans: list[Span] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """All that came, with what ``spans`` leaves out."""

    @property
    def environ(self) -> dict[str, str]:
        """What a service needs to tell it all its spans; they are sent when it stops, or never."""
        address = f"http://127.0.0.1:{self.port}"
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "600000"}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.raw.append(body)
        for each in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(each.resource.attributes)["service.name"]
            self.spans += [_span(service, span) for scope_spans in each.scope_spans for span in scope_spans.spans]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


def _span(service: str, span: Proto) -> Span:
    links = frozenset((link.trace_id.hex(), link.span_id.hex()) for link in span.links)
    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
    return Span(service, span.name, KINDS[span.kind], *ids, links, _values(span.attributes), span.status.code == 2)
