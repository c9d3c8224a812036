"""Customers' words for the digest: kept masked, for a while, and forgotten with their customer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import Event
from scoring.core import facts
from scoring.core.digest.quotes import Remark
from scoring.core.digest.remark import Kept, newest
from scoring.core.facts.contact import Contact
from scoring.core.facts.pseudonym import NOBODY, digest
from scoring.core.window import Window

Person = tuple[str, str]
"""(tenant, digest of the customer's id)"""

_COLUMNS = (
    ("tenants", "text"),
    ("ids", "text"),
    ("versions", "bigint"),
    ("ats", "timestamptz"),
    ("texts", "text"),
    ("classes", "text"),
    ("teams", "text"),
    ("channels", "text"),
    ("reasons", "text"),
    ("interactions", "text"),
    ("customers", "text"),
)
# Writers share the lock of a tenant and whoever erases holds it alone, so that no remark is written past an erasure
# that is under way. Taken in one order, and after all that the handler locks.
_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('amends remarks'), hashtext(:tenant))")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtext('amends remarks'), hashtext(:tenant))")
_KEEP = text(
    "INSERT INTO remark AS r (tenant, id, version, at, words, class, team, channel, reason, interaction, customer)"  # noqa: S608
    f" SELECT * FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in _COLUMNS)})"
    " ON CONFLICT (tenant, id) DO UPDATE SET (version, at, words, class, team, channel, reason, interaction, customer)"
    " = (excluded.version, excluded.at, excluded.words, excluded.class, excluded.team, excluded.channel,"
    " excluded.reason, excluded.interaction, coalesce(excluded.customer, r.customer))"
    " WHERE excluded.version > r.version"
)
_LINK = text(
    "UPDATE remark r SET customer = new.customer"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:interactions AS text[]), CAST(:customers AS text[]))"
    " AS new(tenant, interaction, customer)"
    " WHERE r.customer IS NULL AND r.tenant = new.tenant AND r.interaction = new.interaction"
)
_CONTACTS = text(
    "SELECT f.tenant, f.id, f.state FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS wanted(tenant, id)"
    " JOIN fact f ON f.tenant = wanted.tenant AND f.id = wanted.id"
)
_ERASE = text(
    "INSERT INTO erased_customer (tenant, customer)"
    " SELECT * FROM unnest(CAST(:tenants AS text[]), CAST(:customers AS text[])) ON CONFLICT DO NOTHING"
)
_PURGE = text(
    "DELETE FROM remark r USING erased_customer e,"
    " unnest(CAST(:tenants AS text[]), CAST(:customers AS text[])) AS touched(tenant, customer)"
    " WHERE e.tenant = touched.tenant AND e.customer = touched.customer"
    " AND r.tenant = e.tenant AND r.customer = e.customer"
)
_PAGE = text(
    "SELECT r.id, r.at, r.words, r.class AS kind, r.team, r.channel, r.reason, f.id AS contact, f.state"
    " FROM remark r LEFT JOIN fact f ON f.tenant = r.tenant AND f.id = 'interaction/' || r.interaction"
    " WHERE r.tenant = :tenant AND r.words IS NOT NULL AND r.class = :class AND r.at >= :start AND r.at < :end"
    " ORDER BY r.at DESC, r.id LIMIT :most"
)


async def keep(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
    """A listener: keep the newest version of every remark, in whatever order they come; forget erased customers'."""
    remarks, visitors = newest(events), _visitors(events)
    erased = {_person(e.tenant, e.data.customer_id) for e in events if e.type == "customer.erased"}
    if not (remarks or visitors or erased):
        return
    await _lock(tx, {r.tenant for r in remarks} | {tenant for tenant, _ in visitors}, {t for t, _ in erased})
    if remarks:
        remarks = await _linked(tx, remarks)
        await tx.execute(_KEEP, _columns(remarks))
    if visitors:
        links = [(tenant, interaction, customer) for (tenant, interaction), customer in sorted(visitors.items())]
        await tx.execute(_LINK, _arrays(("tenants", "interactions", "customers"), links))
    if erased:
        await tx.execute(_ERASE, _arrays(("tenants", "customers"), sorted(erased)))
    people = erased | {(r.tenant, r.customer) for r in remarks if r.customer}
    people |= {(tenant, customer) for (tenant, _), customer in visitors.items()}
    if people:
        await tx.execute(_PURGE, _arrays(("tenants", "customers"), sorted(people)))


async def between(
    tx: AsyncConnection,
    tenant: str,
    window: Window,
    class_: str,
    *,
    most: int = 2_000,
) -> list[Remark]:
    """The newest remarks of a class in the window, with whom the contact they are about says it was with."""
    values = {"tenant": tenant, "start": window.start, "end": window.end, "class": class_, "most": most}
    return [_remark(row) for row in await tx.execute(_PAGE, values)]


async def _lock(tx: AsyncConnection, writers: set[str], erasers: set[str]) -> None:
    for tenant in sorted(writers | erasers):
        await tx.execute(_HOLD if tenant in erasers else _SHARE, {"tenant": tenant})


async def _linked(tx: AsyncConnection, remarks: list[Kept]) -> list[Kept]:
    """With the customer of the contact, where the remark itself names none: it must be found when they are erased.
    Without those about contacts of somebody who was."""
    wanted = sorted({(r.tenant, f"interaction/{r.interaction}") for r in remarks if r.interaction and not r.customer})
    if not wanted:
        return remarks
    known = {}
    for row in await tx.execute(_CONTACTS, _arrays(("tenants", "ids"), wanted)):
        contact = facts.load(row.id, row.state)
        if isinstance(contact, Contact) and contact.facts is not None:
            known[row.tenant, row.id] = contact.facts.customer
    found = [
        r if r.customer else replace(r, customer=known.get((r.tenant, f"interaction/{r.interaction}"))) for r in remarks
    ]
    return [r for r in found if r.customer != NOBODY]


def _visitors(events: Sequence[Event[Any]]) -> dict[tuple[str, str], str]:
    """Whose contact an interaction is: (tenant, interaction) to the digest of the customer."""
    return {
        (event.tenant, event.data.interaction_id): _person(event.tenant, event.data.customer_id)[1]
        for event in events
        if event.type == "interaction.reported" and event.data.customer_id is not None
    }


def _person(tenant: str, customer_id: str) -> Person:
    return tenant, digest(tenant, customer_id) or ""


def _columns(remarks: Sequence[Kept]) -> dict[str, list[Any]]:
    rows = [
        (r.tenant, r.id, r.version, r.at, r.text, r.class_, r.team, r.channel, r.reason, r.interaction, r.customer)
        for r in remarks
    ]
    return _arrays([name for name, _ in _COLUMNS], rows)


def _arrays(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _remark(row: Any) -> Remark:
    contact = facts.load(row.contact, row.state) if row.contact is not None else None
    said = contact.facts if isinstance(contact, Contact) else None
    return Remark(
        text=row.words,
        class_=row.kind,
        at=row.at,
        team=(said.team if said else None) or row.team,
        channel=(said.channel if said else None) or row.channel,
        reason=(said.reason if said else None) or row.reason,
    )
