"""Responses that state a preference but not whose it is, until the contact they are about is reported."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from events.origin import Origin
from events.survey import SurveyResponse
from profile_sync.store import columns, kept


class Unclaimed(NamedTuple):
    """A response, and the customer who had the contact it is about."""

    event: Event[SurveyResponse]
    customer_id: str


async def keep(tx: AsyncConnection, events: Sequence[Event[SurveyResponse]]) -> None:
    """Of each response the newest report stays. Each names an interaction; an erased customer's is not kept."""
    newest = {(e.tenant, e.source, e.data.response_id): e for e in sorted(events, key=lambda e: (e.data.version, e.id))}
    rows = [
        (
            *(*key, e.data.version, e.id, e.data.interaction_id, e.time, e.recorded_at),
            *(e.data.model_dump_json(), kept(e.origin)),
        )
        for key, e in sorted(newest.items())
    ]
    await tx.execute(_KEEP, columns(_COLUMNS, rows))


async def settled(tx: AsyncConnection, events: Sequence[Event[SurveyResponse]]) -> None:
    """These responses say whose they are: what an older report of them said waits no longer."""
    rows = sorted({(event.tenant, event.source, event.data.response_id) for event in events})
    await tx.execute(_SETTLED, columns(("tenant", "source", "response_id"), rows))


async def claimed(tx: AsyncConnection, most: int) -> list[Unclaimed]:
    """Up to so many of which the customer is known by now, locked; they are taken out."""
    return [Unclaimed(_event(row), row.customer_id) for row in await tx.execute(_TAKE, {"most": most})]


async def strip(tx: AsyncConnection, tenant: str) -> None:
    """Forget the words of all of them."""
    await tx.execute(_STRIP, {"tenant": tenant})


async def forget(tx: AsyncConnection, before: datetime, most: int) -> int:
    """Those kept here since before then: nobody will claim them. Returns how many went."""
    return (await tx.execute(_FORGET, {"before": before, "most": most})).rowcount


def _event(row: Any) -> Event[SurveyResponse]:
    data = SurveyResponse.model_validate_json(row.data)
    origin = Origin.from_json(row.origin)
    return Event(row.event_id, row.source, row.tenant, row.time, row.recorded_at, data).came_of(origin)


_COLUMNS = (
    "tenant", "source", "response_id", "version", "event_id", "interaction_id", "time", "recorded_at", "data", "origin",
)  # fmt: skip
_KEEP = text("""
    INSERT INTO unclaimed
        (tenant, source, response_id, version, event_id, interaction_id, time, recorded_at, data, origin)
    SELECT tenant, source, response_id, version, event_id, interaction_id, time, recorded_at, data,
        CAST(origin AS jsonb)
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]), CAST(:version AS bigint[]),
        CAST(:event_id AS text[]), CAST(:interaction_id AS text[]), CAST(:time AS timestamptz[]),
        CAST(:recorded_at AS timestamptz[]), CAST(:data AS text[]), CAST(:origin AS text[])
    ) AS new (tenant, source, response_id, version, event_id, interaction_id, time, recorded_at, data, origin)
    WHERE NOT EXISTS (
        SELECT FROM erased_contact AS gone
        WHERE gone.tenant = new.tenant AND gone.interaction_id = new.interaction_id
    )
    ON CONFLICT (tenant, source, response_id) DO UPDATE SET
        version = excluded.version, event_id = excluded.event_id, interaction_id = excluded.interaction_id,
        time = excluded.time, recorded_at = excluded.recorded_at, data = excluded.data,
        origin = excluded.origin
    WHERE (unclaimed.version, unclaimed.event_id) < (excluded.version, excluded.event_id)
""")
_SETTLED = text("""
    DELETE FROM unclaimed WHERE (tenant, source, response_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:response_id AS text[]))
    )
""")
_TAKE = text("""
    WITH found AS MATERIALIZED (
        SELECT waiting.tenant, waiting.source, waiting.response_id, owner.customer_id
        FROM unclaimed AS waiting CROSS JOIN LATERAL (
            SELECT min(customer_id) AS customer_id FROM contact
            WHERE contact.tenant = waiting.tenant AND contact.interaction_id = waiting.interaction_id
            HAVING count(DISTINCT customer_id) = 1
        ) AS owner
        ORDER BY waiting.tenant, waiting.source, waiting.response_id LIMIT :most
        FOR UPDATE OF waiting SKIP LOCKED
    )
    DELETE FROM unclaimed USING found
    WHERE (unclaimed.tenant, unclaimed.source, unclaimed.response_id) = (found.tenant, found.source, found.response_id)
    RETURNING unclaimed.*, found.customer_id
""")
_STRIP = text("""
    UPDATE unclaimed SET data = CAST(CAST(data AS jsonb) - 'comment' AS text) WHERE tenant = :tenant
""")
_FORGET = text("""
    DELETE FROM unclaimed WHERE ctid IN (SELECT ctid FROM unclaimed WHERE kept_at < :before LIMIT :most)
""")
