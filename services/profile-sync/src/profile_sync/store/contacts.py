"""Which contacts a customer had: to see by what they come, and whose a response is that does not say so."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.habits import LOOK_BACK, SOURCE, Seen
from profile_sync.core.preferences import Customer
from profile_sync.store import columns


class Contact(NamedTuple):
    """One inbound contact of a known customer, as last reported."""

    tenant: str
    source: str
    interaction_id: str
    version: int
    customer_id: str
    channel: str
    at: datetime
    event_id: str


async def keep(tx: AsyncConnection, contacts: Sequence[Contact]) -> None:
    """The newest report of each contact stays. Each contact at most once."""
    await tx.execute(_KEEP, columns(Contact._fields, sorted(contacts)))


async def others(tx: AsyncConnection, contacts: Sequence[Contact]) -> set[Customer]:
    """Customers whom some of these contacts were reported of before: a correction takes them away."""
    names = ("tenant", "source", "interaction_id", "customer_id")
    rows = [(each.tenant, each.source, each.interaction_id, each.customer_id) for each in contacts]
    return {Customer(row.tenant, row.customer_id) for row in await tx.execute(_OTHERS, columns(names, rows))}


async def customers_of(tx: AsyncConnection, interactions: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(tenant, interaction id) -> customer id, where one customer alone had it."""
    rows = await tx.execute(_CUSTOMERS_OF, columns(("tenant", "interaction_id"), sorted(interactions)))
    return {(row.tenant, row.interaction_id): row.customer_id for row in rows}


async def seen(tx: AsyncConnection, customers: Collection[Customer]) -> list[Seen]:
    """How these customers came lately."""
    also = {"habit": SOURCE, "look_back": LOOK_BACK}
    rows = await tx.execute(_SEEN, {**columns(Customer._fields, sorted(customers)), **also})
    return [
        Seen(
            Customer(row.tenant, row.customer_id),
            row.contacts,
            frozenset(row.channels or ()),
            row.last_at or row.noted_at,
            None if row.noted is None else (row.noted, row.noted_at),
        )
        for row in rows
    ]


async def forget(tx: AsyncConnection, before: datetime, most: int) -> int:
    """Contacts too old to tell of a habit. Returns how many went."""
    return (await tx.execute(_FORGET, {"before": before, "most": most})).rowcount


_KEEP = text("""
    INSERT INTO contact (tenant, source, interaction_id, version, customer_id, channel, at, event_id)
    SELECT * FROM unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:interaction_id AS text[]), CAST(:version AS bigint[]),
        CAST(:customer_id AS text[]), CAST(:channel AS text[]), CAST(:at AS timestamptz[]), CAST(:event_id AS text[])
    )
    ON CONFLICT (tenant, source, interaction_id) DO UPDATE SET
        version = excluded.version, customer_id = excluded.customer_id, channel = excluded.channel,
        at = excluded.at, event_id = excluded.event_id
    WHERE (contact.version, contact.event_id) < (excluded.version, excluded.event_id)
""")
_OTHERS = text("""
    SELECT DISTINCT contact.tenant, contact.customer_id
    FROM contact JOIN unnest(
        CAST(:tenant AS text[]), CAST(:source AS text[]), CAST(:interaction_id AS text[]), CAST(:customer_id AS text[])
    ) AS new (tenant, source, interaction_id, customer_id) USING (tenant, source, interaction_id)
    WHERE contact.customer_id <> new.customer_id
""")
_CUSTOMERS_OF = text("""
    SELECT tenant, interaction_id, min(customer_id) AS customer_id FROM contact
    WHERE (tenant, interaction_id) IN (
        SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]))
    )
    GROUP BY tenant, interaction_id HAVING count(DISTINCT customer_id) = 1
""")
_SEEN = text("""
    SELECT who.tenant, who.customer_id, lately.*, habit.noted, habit.noted_at
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])) AS who (tenant, customer_id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS contacts, array_agg(DISTINCT channel) AS channels, max(at) AS last_at
        FROM contact WHERE contact.tenant = who.tenant AND contact.customer_id = who.customer_id
            AND at > (
                SELECT max(at) FROM contact WHERE contact.tenant = who.tenant AND contact.customer_id = who.customer_id
            ) - CAST(:look_back AS interval)
    ) AS lately
    LEFT JOIN LATERAL (
        SELECT value #>> '{}' AS noted, stated_at AS noted_at
        FROM note JOIN response USING (tenant, source, response_id, version, event_id)
        WHERE note.tenant = who.tenant AND note.source = :habit AND note.response_id = who.customer_id
    ) AS habit ON true
    WHERE lately.contacts > 0 OR habit.noted IS NOT NULL
""")
_FORGET = text("""
    DELETE FROM contact WHERE ctid IN (SELECT ctid FROM contact WHERE at < :before LIMIT :most)
""")
