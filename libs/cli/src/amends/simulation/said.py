"""What a sender says: an event before Amends has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from events import codec
from events.envelope import Payload

Form = Literal["batch", "structured", "binary", "plain", "webhook"]
"""The ways one may post it: in a CloudEvents batch, alone in either HTTP mode, as plain JSON, to a webhook (signed)."""


@dataclass(frozen=True, slots=True)
class Said:
    """One event. Equal identity is the same event, however often it is posted."""

    id: str
    source: str
    time: datetime
    payload: Payload

    @property
    def identity(self) -> tuple[str, str]:
        return (self.source, self.id)

    @property
    def data(self) -> dict[str, Any]:
        return self.payload.model_dump(mode="json", exclude_defaults=True)

    @property
    def context(self) -> dict[str, str]:
        """The CloudEvents attributes."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.payload.TYPE,
            "time": self.time.isoformat(),
        }

    @property
    def document(self) -> Mapping[str, Any]:
        """The event in the CloudEvents JSON format."""
        return {**self.context, "data": self.data}


@dataclass(frozen=True, slots=True)
class Planned:
    """One posting: ``at`` seconds after the start."""

    at: float
    said: Said
    form: Form = "batch"


def say(payload: Payload, source: str, time: datetime) -> Said:
    """The id follows from the content, as it does where a sender gives none: so it may be posted in any form."""
    return Said(codec.identity_of(payload.TYPE, payload), source, time, payload)
