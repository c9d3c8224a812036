"""Events for tests, with as little said as the fact under test needs."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from events import codec
from events.envelope import DEFAULT_TENANT, Event, Payload
from events.runtime.stream import Outgoing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def event(
    type_: str,
    data: dict[str, Any],
    *,
    tenant: str = DEFAULT_TENANT,
    id_: str | None = None,
    at: datetime | None = None,
) -> Event[Payload]:
    """An event accepted at ``at`` (noon, unless said), with an id of its own unless one is given."""
    attributes = codec.attributes(
        {"specversion": "1.0", "id": id_ or f"e-{next(_numbers)}", "source": "/test", "type": type_}
    )
    return codec.event(attributes, codec.payload(type_, data), tenant=tenant, recorded_at=at or NOON)


def interaction(interaction_id: str = "i-1", **said: Any) -> dict[str, Any]:
    """The data of a phone contact offered at noon."""
    return {"interaction_id": interaction_id, "channel": "phone", "offered_at": stamp(NOON), **said}


def answered(interaction_id: str = "i-1", *, wait: float = 10, talk: float = 60, **said: Any) -> dict[str, Any]:
    answered_at = NOON + timedelta(seconds=wait)
    return interaction(
        interaction_id,
        answered_at=stamp(answered_at),
        ended_at=stamp(answered_at + timedelta(seconds=talk)),
        talk_seconds=talk,
        **said,
    )


def csat(
    value: int | None, interaction_id: str | None = "i-1", response_id: str = "r-1", **said: Any
) -> dict[str, Any]:
    """The data of a CSAT answer on 1-5 given a minute after noon."""
    found = {
        "response_id": response_id,
        "instrument": "csat",
        "scale": "1-5",
        "value": value,
        "submitted_at": stamp(NOON + timedelta(minutes=1)),
        **said,
    }
    return found | ({"interaction_id": interaction_id} if interaction_id else {})


def stamp(instant: datetime) -> str:
    return instant.isoformat()


def record(happened: Event[Payload]) -> Outgoing:
    """As ingest writes it to its topic."""
    headers, value = codec.encode(happened)
    return Outgoing(codec.topic_of(happened).name, codec.key(happened), value, headers)
