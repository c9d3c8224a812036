"""Who asked to be forgotten, and taking them out of every row. Cases, contacts and scores stay, as nobody's.

Their id is kept as a digest, for ever: what is replayed or comes late under it finds nobody.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.contacts import Key
from events import codec


class Customer(NamedTuple):
    tenant: str
    customer_id: str


async def share(tx: AsyncConnection, tenants: Iterable[str]) -> None:
    """Before anything is written about customers: nobody of these tenants is erased until the end of ``tx``."""
    for tenant in sorted(set(tenants)):
        await tx.execute(_SHARE, {"tenant": tenant})


async def among(tx: AsyncConnection, customers: Collection[Customer]) -> set[Customer]:
    """Those of the customers who were erased."""
    if not customers:
        return set()
    by_digest = {(each.tenant, codec.key_of(*each)): each for each in customers}
    rows = await tx.execute(_AMONG, _columns(("tenant", "customer"), sorted(by_digest)))
    return {by_digest[row.tenant, row.customer] for row in rows}


async def remember(tx: AsyncConnection, customers: Collection[Customer]) -> None:
    """From now on they are nobody; whoever shares in their tenants waits until the end of ``tx``."""
    for tenant in sorted({each.tenant for each in customers}):
        await tx.execute(_HOLD, {"tenant": tenant})
    rows = sorted((each.tenant, codec.key_of(*each)) for each in customers)
    await tx.execute(_REMEMBER, _columns(("tenant", "customer"), rows))


async def contacts_of(tx: AsyncConnection, customers: Collection[Customer]) -> list[Key]:
    """Make every contact that was theirs nobody's. Returns them, locked."""
    who = _columns(Customer._fields, sorted(customers))
    named, told_of = await tx.execute(_CONTACTS, who), await tx.execute(_TOLD_OF, who)
    return [(row.tenant, row.interaction_id) for row in (*named, *told_of)]


async def nobodys(tx: AsyncConnection, contacts: Sequence[Key]) -> None:
    """Contacts that the caller has locked are of people who asked to be forgotten."""
    await tx.execute(_NOBODYS, _columns(("tenant", "interaction_id"), contacts))


async def cases_of(
    tx: AsyncConnection, customers: Collection[Customer], contacts: Sequence[Key]
) -> list[tuple[str, UUID]]:
    """(tenant, id) of their cases, and of those about these contacts that are nobody's. Nothing is locked."""
    rows = await tx.execute(_CASES, _about(customers, contacts))
    return [(row.tenant, row.id) for row in rows]


async def wipe(
    tx: AsyncConnection, customers: Collection[Customer], contacts: Sequence[Key], cases: Sequence[UUID]
) -> None:
    """Take out who it was and every word of theirs or about them. The caller holds the locks on the cases."""
    values = {**_about(customers, contacts), "cases": list(cases)}
    for statement in _WIPE:
        await tx.execute(statement, values)


def _about(customers: Collection[Customer], contacts: Sequence[Key]) -> dict[str, list[Any]]:
    return {
        **_columns(Customer._fields, sorted(customers)),
        **_columns(("contact_tenant", "contact_id"), contacts),
    }


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('amends customers'), hashtext(:tenant))")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('amends customers'), hashtext(:tenant))")
_AMONG = text(
    "SELECT tenant, customer FROM erased_customer"
    " WHERE (tenant, customer) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS bytea[])))"
)
_REMEMBER = text(
    "INSERT INTO erased_customer (tenant, customer)"
    " SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS bytea[])) ON CONFLICT DO NOTHING"
)
_WHO = "(SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))"
_THERE = "(SELECT * FROM unnest(CAST(:contact_tenant AS text[]), CAST(:contact_id AS text[])))"
_CONTACTS = text(
    "UPDATE contact SET customer_id = NULL, erased = true"  # noqa: S608  (fragments of ours)
    f" WHERE (tenant, customer_id) IN {_WHO} RETURNING tenant, interaction_id"
)
# Known as theirs by an answer or a case alone.
_TOLD_OF = text(
    f"""
    UPDATE contact SET erased = true
    WHERE customer_id IS NULL AND (tenant, interaction_id) IN (
        SELECT tenant, interaction_id FROM assessment WHERE (tenant, customer_id) IN {_WHO}
        UNION SELECT tenant, interaction_id FROM recovery_case WHERE (tenant, customer_id) IN {_WHO})
    RETURNING tenant, interaction_id
    """  # noqa: S608  (fragments of ours)
)
_NOBODYS = text(
    "UPDATE contact SET customer_id = NULL, erased = true WHERE (tenant, interaction_id) IN"
    " (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[])))"
)
_THEIRS = f"((tenant, customer_id) IN {_WHO} OR (customer_id IS NULL AND (tenant, interaction_id) IN {_THERE}))"
_CASES = text(f"SELECT tenant, id FROM recovery_case WHERE {_THEIRS} ORDER BY id")  # noqa: S608  (fragments of ours)
_OF_CASES = "= ANY(CAST(:cases AS uuid[]))"
# What Amends itself wrote down tells who was told and when: nothing of the customer. Of what people wrote, the part
# before the colon is ours: to whom it was handed over, what came of a call, when the next one was to be.
_WIPE = tuple(
    map(
        text,
        (
            f"UPDATE recovery_case SET customer_id = NULL, erased_at = coalesce(erased_at, now()) WHERE id {_OF_CASES}",  # noqa: S608
            "UPDATE timeline SET note = CASE WHEN what IN ('handed_over', 'attempted', 'appointed')"  # noqa: S608
            f" THEN split_part(note, ': ', 1) WHEN what = 'closed' THEN note END WHERE case_id {_OF_CASES}"
            " AND who IS NOT NULL",
            f"UPDATE call_attempt SET note = NULL WHERE case_id {_OF_CASES}",  # noqa: S608
            f"UPDATE lost_follow_up SET note = NULL WHERE case_id {_OF_CASES}",  # noqa: S608
            f"DELETE FROM resurvey_request WHERE case_id {_OF_CASES}",  # noqa: S608
            "UPDATE assessment SET customer_id = NULL, comment = NULL, author = NULL, url = NULL, words = NULL"  # noqa: S608
            f" WHERE {_THEIRS} OR case_id {_OF_CASES}",
            f"DELETE FROM noted_preference WHERE (tenant, customer_id) IN {_WHO}",  # noqa: S608
            f"DELETE FROM watch WHERE (tenant, interaction_id) IN {_THERE}",  # noqa: S608
        ),
    )
)
