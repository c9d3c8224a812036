"""THE list of peers, and how each keeps an event."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from bench.ingest.events import Day
from bench.ingest.shapes import BATCH, SINGLE, Shape

from events import codec, strict_json

Matches = Callable[[Day, ConsumerRecord], bool]


@dataclass(frozen=True, slots=True)
class Peer:
    """One of those compared.

    Attributes:
        guarantees: what its 202 means and what it checks, in a line.
        matches: whether a record is an event of the day as this peer keeps it.
        paths: of the official shapes, by their names.
        open: whether it is driven in an open loop too.
    """

    name: str
    command: tuple[str, ...]
    guarantees: str
    matches: Matches
    paths: Mapping[str, str]
    open: bool = True

    def path(self, shape: Shape) -> str:
        return self.paths.get(shape.name, shape.path)


def _as_sent(day: Day, record: ConsumerRecord) -> bool:
    return bytes(record.value) == day.event(int(strict_json.loads(record.value)["id"]))


def _as_modelled(day: Day, record: ConsumerRecord) -> bool:
    """Every member that was sent, as it was sent; what the models add are defaults."""
    kept: dict[str, Any] = json.loads(record.value)
    sent: dict[str, Any] = json.loads(day.event(int(kept["id"])))
    modelled: dict[str, Any] = kept.pop("data")
    return sent.pop("data").items() <= modelled.items() and kept == sent


def _as_decoded(day: Day, record: ConsumerRecord) -> bool:
    """The event that a consumer of Amends decodes is the one that was sent, validated."""
    kept = codec.decode(record.headers, record.value)
    if not kept.id.isdigit():  # a plain report: it came without an id, and got one from its content
        number = int(kept.data.model_dump()["interaction_id"].removeprefix("call-"))
        return codec.payload(kept.type, strict_json.loads(day.data(number))) == kept.data
    return any(
        codec.structured(strict_json.loads(sent), tenant=kept.tenant, recorded_at=datetime.now(UTC)).data == kept.data
        for sent in (day.event(int(kept.id)), day.escaped(int(kept.id)))
    )


_OWN_PATHS = {shape.name: f"/{shape.name}" for shape in (SINGLE, BATCH)}
_STORED = "202 after acks=all"

INGEST = Peer(
    "ingest",
    (sys.executable, "-m", "ingest", "serve"),
    f"{_STORED}; API key, rate, size, depth, strict JSON, the whole contract; trace context, telemetry",
    _as_decoded,
    {},
)
BARE = Peer(
    "bare",
    (sys.executable, "-m", "bench.ingest.peers.bare", "group"),
    f"{_STORED}; no check of any kind, nothing decoded, no headers, a request to one partition; Amends's publisher",
    _as_sent,
    _OWN_PATHS,
)
BARE_SEND = Peer(
    "bare-simple",
    (sys.executable, "-m", "bench.ingest.peers.bare", "send"),
    f"{_STORED}; no check of any kind, nothing decoded, no headers, no key; aiokafka's send for each record",
    _as_sent,
    _OWN_PATHS,
    open=False,
)
USUAL = Peer(
    "usual",
    (sys.executable, "-m", "bench.ingest.peers.usual"),
    f"{_STORED}; FastAPI's declared model (types, no bounds); no authentication, key: the customer",
    _as_modelled,
    _OWN_PATHS,
)

PEERS = (BARE, INGEST, USUAL, BARE_SEND)
