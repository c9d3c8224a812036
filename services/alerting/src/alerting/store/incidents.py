"""Incidents: what cases have in common is looked for here, and kept with the cases it was found in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.incidents import CloseIncident, IncidentRule, Shared, Sighting, burst, title
from alerting.store import audit_log
from alerting.store.causes_board import CHANNEL, OF_CASES, REASON, TEAM

LATE = timedelta(hours=1)
"""A case joins an open incident also where nobody looked for that long."""

_KEYS: dict[Shared, str] = {"team": TEAM, "reason": REASON, "channel": CHANNEL, "cause": "c.cause"}
# Since when a case has what is shared (one index each, migration 0008), and the moment that counts: answers that waited
# for a broker came when Amends accepted them, not all at once when their cases opened.
_TIMES: dict[Shared, tuple[str, str]] = {
    "team": ("c.opened_at", "c.accepted_at"),
    "reason": ("c.opened_at", "c.accepted_at"),
    "channel": ("c.opened_at", "c.accepted_at"),
    "cause": ("c.closed_at", "c.closed_at"),
}
# Praise and strays are no bad answers. A case is in one incident of a kind, for good: it never opens a second one.
_FREE = """
    c.play <> 'thank' AND c.outcome IS DISTINCT FROM 'dismissed' AND NOT EXISTS (
        SELECT FROM incident_case l JOIN incident i ON i.id = l.incident_id
        WHERE l.case_id = c.id AND i.dimension = :by)
"""


def _seen(by: Shared) -> TextClause:
    since, at = _TIMES[by]
    extra = "AND c.cause IS NOT NULL" if by == "cause" else ""
    return text(
        f"""
        SELECT tenant, key, array_agg(id) AS ids, array_agg(at) AS moments, array_agg(customer) AS customers
        FROM (
            SELECT c.tenant, {_KEYS[by]} AS key, c.id, {at} AS at, coalesce(c.customer_id, c.id::text) AS customer
            {OF_CASES} WHERE {since} >= now() - CAST(:within AS interval) {extra} AND {_FREE}
        ) seen
        WHERE key IS NOT NULL AND (cardinality(CAST(:only AS text[])) = 0 OR key = ANY(CAST(:only AS text[])))
          AND NOT EXISTS (
            SELECT FROM incident i WHERE i.tenant = seen.tenant AND i.dimension = :by AND i.key = seen.key
              AND (i.state = 'open' OR i.closed_at > now() - CAST(:cool_down AS interval)))
        GROUP BY tenant, key HAVING count(DISTINCT customer) >= :cases ORDER BY tenant, key
        """  # noqa: S608  (fragments of ours)
    )


def _join(by: Shared) -> TextClause:
    since, _ = _TIMES[by]
    extra = "AND c.cause IS NOT NULL" if by == "cause" else ""
    return text(
        f"""
        WITH fitting AS (
            SELECT open.id AS incident_id, c.id AS case_id
            {OF_CASES} JOIN incident open ON open.tenant = c.tenant AND open.dimension = :by
                AND open.key = {_KEYS[by]} AND open.state = 'open'
            WHERE {since} >= now() - CAST(:within AS interval) {extra} AND {_FREE}
            ORDER BY c.id FOR KEY SHARE OF c SKIP LOCKED
        ), linked AS (
            INSERT INTO incident_case (incident_id, case_id) SELECT incident_id, case_id FROM fitting
            ON CONFLICT DO NOTHING RETURNING incident_id
        )
        UPDATE incident SET last_case_at = now()
        WHERE state = 'open' AND id IN (SELECT incident_id FROM linked)
        """  # noqa: S608  (fragments of ours)
    )


_SEEN = {by: _seen(by) for by in _KEYS}
_JOIN = {by: _join(by) for by in _KEYS}
_OPEN = text(
    "INSERT INTO incident (tenant, dimension, key, owner, title) VALUES (:tenant, :by, :key, :owner, :title)"
    " ON CONFLICT (tenant, dimension, key) WHERE state = 'open' DO NOTHING RETURNING id"
)
# A case that somebody works on right now is left for the next look: nobody waits for us, nor we for them.
_LINK = text(
    """
    INSERT INTO incident_case (incident_id, case_id)
    SELECT :incident, id FROM recovery_case WHERE id = ANY(CAST(:cases AS uuid[]))
    ORDER BY id FOR KEY SHARE SKIP LOCKED
    ON CONFLICT DO NOTHING
    """
)
_UNTOLD = text(
    "SELECT id, tenant, dimension, owner FROM incident WHERE told_at IS NULL AND state = 'open'"
    " ORDER BY opened_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED"
)
_TOLD = text("UPDATE incident SET told_at = now() WHERE id = :id")
_CLOSE = text(
    "UPDATE incident SET state = 'closed', version = version + 1, closed_at = now(), closed_by = :by,"
    " finding = :finding WHERE tenant = :tenant AND id = :id AND state = 'open'"
)


@dataclass(frozen=True, slots=True)
class Untold:
    """An incident whose owner has not been told, locked."""

    id: UUID
    tenant: str
    dimension: str
    owner: str | None


async def join(tx: AsyncConnection, by: Shared, within: timedelta) -> None:
    """Put cases of the last ``within`` (an hour at least) on the open incidents that they fit."""
    await tx.execute(_JOIN[by], {"by": by, "within": max(within, LATE)})


async def open_where_due(tx: AsyncConnection, rule: IncidentRule) -> list[UUID]:
    """Open the incidents that ``rule`` asks for now. Of two who do so at once, one does: the index sees to that."""
    values = {
        "by": rule.by,
        "within": rule.within,
        "cool_down": rule.cool_down,
        "cases": rule.cases,
        "only": sorted(rule.only),
    }
    opened: list[UUID] = []
    for row in (await tx.execute(_SEEN[rule.by], values)).all():
        sightings = [Sighting(*each) for each in zip(row.ids, row.moments, row.customers, strict=True)]
        found = burst(rule, sightings)
        if found is None:
            continue
        said = title(rule, row.key, found)
        about = {"tenant": row.tenant, "by": rule.by, "key": row.key, "owner": rule.owner, "title": said}
        incident: UUID | None = await tx.scalar(_OPEN, about)
        if incident is not None:
            await tx.execute(_LINK, {"incident": incident, "cases": row.ids})
            opened.append(incident)
    return opened


async def untold(tx: AsyncConnection, limit: int) -> Sequence[Untold]:
    """Locked; what another replica holds is its to tell."""
    return [Untold(*row) for row in await tx.execute(_UNTOLD, {"limit": limit})]


async def told(tx: AsyncConnection, incident_id: UUID) -> None:
    await tx.execute(_TOLD, {"id": incident_id})


async def close(tx: AsyncConnection, tenant: str, incident_id: UUID, said: CloseIncident) -> bool:
    """Whether it was open until now; False also where there is no such incident."""
    values = {"tenant": tenant, "id": incident_id, "by": said.by, "finding": said.finding}
    closed = bool((await tx.execute(_CLOSE, values)).rowcount)
    if closed:
        await audit_log.add(tx, tenant, said.by, "incident.closed", f"incident:{incident_id}")
    return closed
