"""What turns an event that was read quickly into a record: its key and its headers, as ``codec`` would make them."""

from datetime import datetime

from events import codec
from events.codec import Headers
from events.quick.reading import QuickEvent


class Stamp:
    """What all events of one request have in common.

    Args:
        tenant: whose events they are.
        recorded_at: when we took them, in UTC.
        request_id, traceparent, tracestate: of the request; an event's own trace context goes before it.
    """

    def __init__(
        self,
        tenant: str,
        recorded_at: datetime,
        *,
        request_id: str | None = None,
        traceparent: str | None = None,
        tracestate: str | None = None,
    ) -> None:
        self._tenant = tenant
        self._recorded = ("ce_time", recorded_at.isoformat().encode())
        self._ours: Headers = (
            ("ce_specversion", b"1.0"),
            ("ce_tenant", tenant.encode()),
            ("ce_recordedtime", self._recorded[1]),
            *_given(requestid=request_id),
            ("content-type", b"application/json"),
        )
        self._traced = self._ours + _given(traceparent=traceparent, tracestate=tracestate)
        self._types: dict[type, tuple[str, bytes]] = {}

    def key(self, event: QuickEvent) -> bytes:
        return codec.key_of(self._tenant, event.data.partition_key())

    def headers(self, event: QuickEvent) -> Headers:
        """In no particular order."""
        if event.traceparent:
            rest = self._ours + _given(traceparent=event.traceparent, tracestate=event.tracestate)
        else:
            rest = self._traced
        time = event.time
        return (
            ("ce_id", event.id.encode()),
            ("ce_source", event.source.encode()),
            self._types.get(type(event.data)) or self._type(event),
            ("ce_time", time.isoformat().encode()) if time else self._recorded,
            *rest,
        )

    def _type(self, event: QuickEvent) -> tuple[str, bytes]:
        header = self._types[type(event.data)] = ("ce_type", event.type.encode())
        return header


def _given(**context: str | None) -> Headers:
    return tuple((f"ce_{name}", value.encode()) for name, value in context.items() if value)
