"""What other services are told: written with what it tells of, in one transaction, and published afterwards.

A row is a record as Kafka will have it. It goes when the broker has acknowledged it: a kill in between publishes it
again, with the same event id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events import codec
from events.envelope import Event, Payload
from events.runtime.stream import Outgoing

SOURCE = "/amends/scoring"

_PUT = text(
    "INSERT INTO outbox (tenant, event_id, topic, key, headers, value)"
    " SELECT :tenant, event_id, topic, key, CAST(headers AS jsonb), value"
    " FROM unnest(CAST(:ids AS text[]), CAST(:topics AS text[]), CAST(:keys AS bytea[]), CAST(:headers AS text[]),"
    " CAST(:values AS bytea[])) WITH ORDINALITY AS new(event_id, topic, key, headers, value, place) ORDER BY place"
    " ON CONFLICT (tenant, event_id) DO NOTHING"
)
# The oldest of each key alone, also where somebody else is publishing that one: a key's records keep their order.
_NEXT = text(
    "SELECT o.id, o.topic, o.key, CAST(o.headers AS text) AS headers, o.value FROM outbox o"
    " WHERE NOT EXISTS (SELECT FROM outbox older WHERE older.key = o.key AND older.id < o.id)"
    " ORDER BY o.id LIMIT :most FOR UPDATE OF o SKIP LOCKED"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    record: Outgoing


async def put(tx: AsyncConnection, tenant: str, said: Sequence[Payload], at: datetime) -> None:
    """Have these published. The same said again while it still waits is one."""
    events = [Event(codec.identity_of(data.TYPE, data), SOURCE, tenant, at, at, data) for data in said]
    if not events:
        return
    encoded = [codec.encode(event) for event in events]
    values = {
        "tenant": tenant,
        "ids": [event.id for event in events],
        "topics": [codec.topic_of(event).name for event in events],
        "keys": [codec.key(event) for event in events],
        "headers": [json.dumps([(name, value.decode()) for name, value in headers]) for headers, _ in encoded],
        "values": [value for _, value in encoded],
    }
    await tx.execute(_PUT, values)


async def waiting(tx: AsyncConnection, most: int) -> list[Waiting]:
    """What may be published now, oldest first. Nobody else gets these until the transaction ends."""
    return [
        Waiting(row.id, Outgoing(row.topic, row.key, row.value, _headers(row.headers)))
        for row in await tx.execute(_NEXT, {"most": most})
    ]


async def oldest(tx: AsyncConnection) -> float:
    """Seconds that the oldest has waited; 0 where none waits."""
    found = await tx.scalar(
        text("SELECT extract(epoch FROM now() - created_at)::float8 FROM outbox ORDER BY id LIMIT 1")
    )
    return float(found or 0)


async def acknowledged(tx: AsyncConnection, published: Sequence[Waiting]) -> None:
    """The broker has them."""
    await tx.execute(
        text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": [one.id for one in published]}
    )


def _headers(written: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode()) for name, value in json.loads(written))
