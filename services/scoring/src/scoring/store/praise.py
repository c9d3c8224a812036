"""Praise: top scores with a comment, once per answer, and whom they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import facts
from scoring.core.attribution import UNATTRIBUTED
from scoring.core.facts.contact import Contact
from scoring.core.facts.customer import Customer
from scoring.core.facts.pseudonym import NOBODY

State = Literal["waiting", "recorded", "passed_on", "kept", "unattributed", "withdrawn"]

_WRITE = text(
    "INSERT INTO praise"
    " (tenant, response_id, version, said_at, interaction, customer, agent, team, comment, state, due_at)"
    " SELECT tenant, response_id, version, said_at, interaction, customer, agent, team,"
    " CASE WHEN fresh THEN comment END,"
    " CASE WHEN comment IS NULL THEN 'withdrawn' WHEN fresh THEN 'waiting' ELSE 'recorded' END, now() + :pause"
    " FROM (SELECT *, said_at >= now() - CAST(:fresh AS interval) AS fresh"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[]), CAST(:versions AS bigint[]),"
    " CAST(:said AS timestamptz[]), CAST(:interactions AS text[]), CAST(:customers AS text[]),"
    " CAST(:agents AS text[]), CAST(:teams AS text[]), CAST(:comments AS text[]))"
    " AS new(tenant, response_id, version, said_at, interaction, customer, agent, team, comment)"
    ") AS new ON CONFLICT (tenant, response_id) DO UPDATE SET"
    " (version, said_at, interaction, customer, agent, team, comment, state, due_at)"
    " = (excluded.version, excluded.said_at, excluded.interaction, coalesce(excluded.customer, praise.customer),"
    " excluded.agent, excluded.team, excluded.comment, excluded.state, excluded.due_at)"
    " WHERE excluded.version > praise.version AND praise.state IN ('waiting', 'recorded', 'withdrawn')"
)
_LINK = text(
    "UPDATE praise SET customer = new.customer"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:interactions AS text[]), CAST(:customers AS text[]))"
    " AS new(tenant, interaction, customer)"
    " WHERE praise.customer IS NULL AND praise.state = 'waiting'"
    " AND praise.tenant = new.tenant AND praise.interaction = new.interaction"
)
_DUE = text(
    "SELECT p.tenant, p.response_id, p.said_at, p.comment, p.customer, a.contact, f.state AS fact"
    " FROM praise p LEFT JOIN answer a ON a.tenant = p.tenant AND a.id = p.response_id"
    " LEFT JOIN fact f ON f.tenant = p.tenant AND f.id = a.contact"
    " WHERE p.state = 'waiting' AND p.due_at <= now() ORDER BY p.due_at LIMIT :most FOR UPDATE OF p SKIP LOCKED"
)
_CONTACTS = text(
    "SELECT a.tenant, a.id, a.contact, f.state"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS said(t, i)"
    " JOIN answer a ON a.tenant = t AND a.id = i JOIN fact f ON f.tenant = a.tenant AND f.id = a.contact"
)
_SETTLE = text(
    "UPDATE praise SET state = :state, agent = :agent, team = :team, customer = :customer, comment = NULL"
    " WHERE tenant = :tenant AND response_id = :response_id"
)
_LATER = text("UPDATE praise SET due_at = now() + :pause WHERE tenant = :tenant AND response_id = :response_id")
# No version is newer than the last: without the digest, nothing else would tell whose words a correction brings back.
_BLANK = text(
    "UPDATE praise SET comment = NULL, customer = NULL, version = 9223372036854775807,"
    " state = CASE WHEN state = 'waiting' THEN 'withdrawn' ELSE state END"
    " FROM unnest(CAST(:tenants AS text[]), CAST(:customers AS text[])) AS erased(tenant, id)"
    " WHERE praise.tenant = erased.tenant AND praise.customer = erased.id RETURNING praise.tenant, response_id"
)
_COUNTS = text(
    "SELECT coalesce(agent, :nobody) AS agent, count(*) AS n FROM praise"
    " WHERE tenant = :tenant AND said_at >= :since AND state <> 'withdrawn' GROUP BY 1 ORDER BY n DESC, 1"
)


@dataclass(frozen=True, slots=True)
class Said:
    """Praise as it comes. ``said_at`` is no later than we accepted it, give or take minutes; ``comment`` is masked,
    and None where this version is no praise; ``customer`` is a digest; agent and team as the survey has them."""

    tenant: str
    response_id: str
    version: int
    said_at: datetime
    comment: str | None
    interaction: str | None = None
    customer: str | None = None
    agent: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Praise that waits to be passed on, and the contact its answer hangs on now (None: not known)."""

    tenant: str
    response_id: str
    said_at: datetime
    comment: str
    customer: str | None
    contact: Contact | None


async def write(tx: AsyncConnection, said: Sequence[Said], *, fresh: timedelta, pause: timedelta) -> None:
    """Keep what is newer than what is known, of each answer one version; what has been passed on stays as it was.

    What is older than ``fresh`` by the database's clock is kept without its words and not passed on; the rest is due
    after ``pause``.
    """
    if not said:
        return
    known = await _customers(tx, [one for one in said if one.comment is not None and one.customer is None])
    gone = {key for key, customer in known.items() if customer == NOBODY}
    said = [replace(one, comment=None) if (one.tenant, one.response_id) in gone else one for one in said]
    rows = sorted(said, key=lambda one: (one.tenant, one.response_id))
    values = {
        "tenants": [row.tenant for row in rows],
        "ids": [row.response_id for row in rows],
        "versions": [row.version for row in rows],
        "said": [row.said_at for row in rows],
        "interactions": [row.interaction for row in rows],
        "customers": [row.customer or known.get((row.tenant, row.response_id)) or None for row in rows],
        "agents": [row.agent for row in rows],
        "teams": [row.team for row in rows],
        "comments": [row.comment for row in rows],
        "fresh": fresh,
        "pause": pause,
    }
    await tx.execute(_WRITE, values)


async def link(tx: AsyncConnection, visitors: Mapping[tuple[str, str], str]) -> None:
    """Praise that waits is whose the contact is, where the answer did not say. ``visitors``: (tenant, interaction id)
    to the digest of the customer."""
    if not visitors:
        return
    values = {
        "tenants": [tenant for tenant, _ in visitors],
        "interactions": [interaction for _, interaction in visitors],
        "customers": list(visitors.values()),
    }
    await tx.execute(_LINK, values)


async def _customers(tx: AsyncConnection, said: Sequence[Said]) -> dict[tuple[str, str], str | None]:
    """Whose words they are by the contact, if that is known: they must be found when the customer is erased."""
    if not said:
        return {}
    values = {"tenants": [one.tenant for one in said], "ids": [one.response_id for one in said]}
    rows = await tx.execute(_CONTACTS, values)
    return {(row.tenant, row.id): _customer(facts.load(row.contact, row.state)) for row in rows}


async def due(tx: AsyncConnection, most: int) -> list[Due]:
    """What is due. Nobody else gets these until the transaction ends."""
    found = []
    for row in await tx.execute(_DUE, {"most": most}):
        fact = facts.load(row.contact, row.fact) if row.fact is not None else None
        contact = fact if isinstance(fact, Contact) else None
        found.append(Due(row.tenant, row.response_id, row.said_at, row.comment or "", row.customer, contact))
    return found


async def settle(
    tx: AsyncConnection, one: Due, state: State, agent: str | None = None, team: str | None = None
) -> None:
    """What became of it. The words go: they are in the messages, if anywhere."""
    customer = _customer_of(one)
    values = {"state": state, "agent": agent, "team": team, "customer": customer}
    await tx.execute(_SETTLE, {**values, "tenant": one.tenant, "response_id": one.response_id})


async def later(tx: AsyncConnection, one: Due, pause: timedelta) -> None:
    await tx.execute(_LATER, {"pause": pause, "tenant": one.tenant, "response_id": one.response_id})


async def is_erased(tx: AsyncConnection, one: Due) -> bool:
    """Whether who said it has asked to be forgotten."""
    customer = _customer_of(one)
    if customer == NOBODY:
        return True
    id_ = f"customer/{customer}"
    state = await tx.scalar(
        text("SELECT state FROM fact WHERE tenant = :tenant AND id = :id"), {"tenant": one.tenant, "id": id_}
    )
    fact = facts.load(id_, state) if customer and state is not None else None
    return isinstance(fact, Customer) and fact.erased


async def erase(tx: AsyncConnection, customers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Forget the words and the digests of (tenant, customer). Returns (tenant, response id) of what they had said."""
    ordered = sorted(customers)
    values = {"tenants": [tenant for tenant, _ in ordered], "customers": [digest for _, digest in ordered]}
    return [(row.tenant, row.response_id) for row in await tx.execute(_BLANK, values)]


async def counts(tx: AsyncConnection, tenant: str, since: datetime) -> dict[str, int]:
    """How much praise each agent got, the most first; ``unattributed`` where nobody can be named (yet)."""
    values = {"tenant": tenant, "since": since, "nobody": UNATTRIBUTED}
    return {row.agent: row.n for row in await tx.execute(_COUNTS, values)}


def _customer_of(one: Due) -> str | None:
    """The contact may know who said it where the survey did not."""
    return one.customer or _customer(one.contact)


def _customer(contact: object) -> str | None:
    return contact.facts.customer if isinstance(contact, Contact) and contact.facts else None
