"""The request that something came of. It is kept beside a row, so that it is still known when the row is due."""

import re
from collections.abc import Mapping
from typing import NamedTuple

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED = 0x01


class Origin(NamedTuple):
    """All None where a record, or a row, does not say: it is older than this, or nobody's request led to it.

    Attributes:
        request_id: what the request is called in our logs and in its answer's ``X-Request-Id``.
        traceparent, tracestate: W3C trace context of what comes next to it.
    """

    request_id: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None

    @property
    def sampled(self) -> bool:
        """Whether whoever began the trace wants to see it."""
        found = TRACEPARENT.fullmatch(self.traceparent or "")
        return found is not None and bool(int(found[3], 16) & _SAMPLED)

    @property
    def said(self) -> dict[str, str]:
        """For a log line: ``request_id`` and ``trace_id``, as far as known."""
        found = TRACEPARENT.fullmatch(self.traceparent or "")
        values = {"request_id": self.request_id, "trace_id": found[1] if found else None}
        return {name: value for name, value in values.items() if value}

    def to_json(self) -> dict[str, str] | None:
        """For a column; None where there is nothing to keep."""
        return {name: value for name, value in self._asdict().items() if value} or None

    @classmethod
    def from_json(cls, kept: Mapping[str, str] | None) -> "Origin":
        """From a column. A key that a newer release added is passed over."""
        return cls(*((kept or {}).get(name) for name in cls._fields))


NOWHERE = Origin()
