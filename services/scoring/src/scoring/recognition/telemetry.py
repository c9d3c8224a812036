"""How the messages fare. Labels come from closed sets and start at zero."""

from enum import StrEnum
from typing import get_args

from prometheus_client import CollectorRegistry, Counter

from scoring.store.messages import Kind


class Attempt(StrEnum):
    """What became of one attempt to deliver a message."""

    SENT = "sent"
    RETRIED = "retried"
    PARKED = "parked"


class MessageTelemetry:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "amends_scoring_messages_total",
            "Attempts to deliver messages about awards and praise, by what became of them.",
            ["kind", "result"],
            registry=registry,
        )
        for kind in get_args(Kind):
            for result in Attempt:
                self._attempts.labels(kind, result)

    def attempted(self, kind: Kind, result: Attempt) -> None:
        self._attempts.labels(kind, result).inc()
