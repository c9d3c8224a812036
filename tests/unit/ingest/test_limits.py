from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events import codec
from events.envelope import Event
from ingest.core import limits

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def call(**moments: timedelta) -> Event[Any]:
    """A call recorded now, whose moments lie so far from now."""
    said = {name: (NOW + away).isoformat() for name, away in moments.items() if name != "time"}
    data = codec.payload("interaction.reported", {"interaction_id": "c", "channel": "phone", **said})
    time = (NOW + moments.get("time", timedelta(0))).isoformat()
    attributes = codec.attributes(
        {"specversion": "1.0", "id": "1", "source": "/s", "type": "interaction.reported", "time": time}
    )
    return codec.event(attributes, data, tenant="default", recorded_at=NOW)


@pytest.mark.parametrize(
    ("away", "flagged", "refused"),
    [
        (timedelta(days=-3000), False, False),
        (timedelta(0), False, False),
        (timedelta(minutes=5), False, False),
        (timedelta(minutes=5, microseconds=1), True, False),
        (timedelta(hours=24), True, False),
        (timedelta(hours=24, microseconds=1), True, True),
    ],
)
@pytest.mark.parametrize("name", ["time", "offered_at"])
def test_a_moment_ahead_of_our_clock(name: str, away: timedelta, flagged: bool, refused: bool) -> None:
    event = call(**{"offered_at": timedelta(0), name: away})
    assert limits.is_ahead(event) is flagged
    assert limits.refused_moments(event) == ([name if name == "time" else f"data/{name}"] if refused else [])


def test_every_moment_of_a_payload_is_looked_at() -> None:
    zero = timedelta(0)
    event = call(offered_at=zero, answered_at=zero, ended_at=zero, first_response_at=zero, updated_at=zero)
    found = {name for name, _ in limits.instants(event)}
    assert found == {"time", *(f"data/{n}_at" for n in ("offered", "answered", "ended", "first_response", "updated"))}
