"""Who asked to be forgotten. Of what is kept here only pieces of contacts name customers; what is to be fetched is
named by the vendor's ids of answers.

Their id is kept as a digest, for ever: a piece that comes later under it is kept without it.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events import codec
from events.runtime.database import transaction
from ingest.vendors.outcome import Part, Scalar


async def erase(engine: AsyncEngine, customers: Collection[tuple[str, str]]) -> None:
    """(tenant, customer id) of each. Doing it again does nothing. Raises Unavailable.

    Every contact of the tenant is looked at: facts are the adapters' own affair, and the id may be any of them.
    """
    for tenant, id_ in sorted(customers):
        async with transaction(engine) as tx:
            await tx.execute(_HOLD, {"tenant": tenant})
            await tx.execute(_REMEMBER, {"tenant": tenant, "customer": codec.key_of(tenant, id_)})
            await tx.execute(_FORGET, {"tenant": tenant, "id": json.dumps(id_), "like": f"%{_escaped(id_)}%"})


async def nobodys(tx: AsyncConnection, tenant: str, parts: Sequence[Part]) -> list[Part]:
    """The pieces without the ids of who was erased; nobody of the tenant is until the end of ``tx``."""
    await tx.execute(_SHARE, {"tenant": tenant})
    by_digest = {codec.key_of(tenant, value): value for value in _texts(parts)}
    rows = await tx.execute(_AMONG, {"tenant": tenant, "customers": sorted(by_digest)})
    gone = {by_digest[row.customer] for row in rows}
    return [replace(part, facts=_without(part.facts, gone)) for part in parts] if gone else list(parts)


def _texts(parts: Iterable[Part]) -> set[str]:
    return {value for part in parts for value in part.facts.values() if isinstance(value, str)}


def _without(facts: Mapping[str, Scalar], gone: Collection[str]) -> dict[str, Scalar]:
    return {key: value for key, value in facts.items() if value not in gone}


def _escaped(id_: str) -> str:
    return id_.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('amends contacts'), hashtext(:tenant))")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('amends contacts'), hashtext(:tenant))")
_REMEMBER = text("INSERT INTO erased_customer (tenant, customer) VALUES (:tenant, :customer) ON CONFLICT DO NOTHING")
_AMONG = text(
    "SELECT customer FROM erased_customer WHERE tenant = :tenant AND customer = ANY(CAST(:customers AS bytea[]))"
)
# A fact is [value, when it was seen]; the key is the adapter's. As text first: most contacts do not have it anywhere.
_FORGET = text("""
    UPDATE contact SET facts = coalesce(
        (SELECT json_object_agg(key, value) FROM json_each(facts)
         WHERE CAST(value -> 0 AS text) IS DISTINCT FROM CAST(:id AS text)), '{}'),
        revision = revision + 1
    WHERE tenant = :tenant AND CAST(facts AS text) LIKE :like AND EXISTS (
        SELECT FROM json_each(facts) WHERE CAST(value -> 0 AS text) = CAST(:id AS text))
""")
