"""Notifications as rows: queued in the transaction that makes them needed, cancelled in the one that ends the need.

``store.leasing`` hands them to dispatchers and keeps what became of them; ``store.deliveries`` shows that to people.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.message import What

WAKE = "amends_alerting_notification"
"""The PostgreSQL channel on which a transaction that queued something says so when it commits."""

# Whoever sleeps is told once in the morning, not once for every step of the night.
# A page is keyed by its step and so is told once, whoever tells it; so is what follows, by the version of the case.
_ENQUEUE = text(
    """
    INSERT INTO notification (tenant, case_id, incident_id, step, episode, what, urgent, channel, person, dedup_key,
                              due_at)
    SELECT CAST(:tenant AS text), CAST(:case_id AS uuid), CAST(:incident_id AS uuid), CAST(:step AS text),
           CAST(:episode AS int), CAST(:what AS text), CAST(:urgent AS bool), channel, nullif(person, ''),
           concat_ws('~', concat_ws('-', coalesce(CAST(:case_id AS uuid), CAST(:incident_id AS uuid)),
                                    CAST(:step AS text), channel), nullif(person, '')),
           coalesce(due_at, now())
    FROM unnest(CAST(:channels AS text[]), CAST(:persons AS text[]), CAST(:due AS timestamptz[]))
         AS told (channel, person, due_at)
    WHERE told.due_at IS NULL OR NOT EXISTS (
        SELECT FROM notification w
        WHERE w.case_id = CAST(:case_id AS uuid) AND w.episode = CAST(:episode AS int) AND w.what = 'page'
          AND w.state = 'queued' AND w.attempts = 0 AND w.due_at > now()
          AND w.channel = told.channel AND w.person = told.person)
    ON CONFLICT (dedup_key) DO NOTHING
    """
)
# Also to whom a page may have reached: it is under way, or was tried and nobody knows what became of it. Who was told
# of the case in a bundle is shown by the queue how it went on: a storm must not be followed by another.
_FOLLOW_UP = text(
    """
    INSERT INTO notification (tenant, case_id, step, episode, what, channel, person, dedup_key)
    SELECT DISTINCT ON (channel, person) tenant, case_id, CAST(:step AS text), episode, CAST(:what AS text), channel,
           person, concat_ws('~', concat_ws('-', case_id, CAST(:step AS text), channel), person)
    FROM notification
    WHERE case_id = :case_id AND what = 'page' AND channel = ANY(CAST(:channels AS text[]))
      AND (state = 'sent' OR (state IN ('queued', 'cancelled') AND attempts > 0))
    ORDER BY channel, person, id DESC
    ON CONFLICT (dedup_key) DO NOTHING
    """
)
# What is part of a bundle that has not been sent is as good as queued.
_CANCEL = text(
    """
    UPDATE notification n SET state = 'cancelled'
    WHERE case_id = :case_id AND what = ANY(CAST(:whats AS text[]))
      AND (state = 'queued' OR (state = 'bundled' AND NOT EXISTS (
           SELECT FROM notification b WHERE b.id = n.bundled_into AND b.state IN ('sent', 'dead'))))
    """
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One destination, and whose address there; ``person`` None where the destination is shared.

    ``due_at``: not before then, where that is not at once.
    """

    channel: str
    person: str | None = None
    due_at: datetime | None = None


def page_step(episode: int, number: int) -> str:
    """The step of the page that is the ``number``-th, from 1, of an episode."""
    return f"e{episode}p{number}"


def page_number(step: str) -> int:
    """Which page of its episode that is; 1 for what is no page."""
    number = step.rpartition("p")[2]
    return int(number) if number.isdecimal() else 1


async def enqueue(
    tx: AsyncConnection,
    tenant: str,
    case_id: UUID,
    what: What,
    step: str,
    recipients: Sequence[Recipient],
    *,
    episode: int = 1,
    urgent: bool = False,
) -> None:
    """One notification per recipient. ``step`` makes it unique: the same step is told each of them once."""
    values = {"case_id": case_id, "incident_id": None, "what": what, "step": step, "episode": episode, "urgent": urgent}
    await _enqueue(tx, tenant, values, recipients)


async def enqueue_incident(
    tx: AsyncConnection, tenant: str, incident_id: UUID, recipients: Sequence[Recipient]
) -> None:
    """Tell of a systemic incident, each recipient once."""
    about = {"case_id": None, "incident_id": incident_id, "what": "incident", "step": "opened"}
    await _enqueue(tx, tenant, {**about, "episode": 1, "urgent": True}, recipients)


async def _enqueue(
    tx: AsyncConnection, tenant: str, values: Mapping[str, Any], recipients: Sequence[Recipient]
) -> None:
    if not recipients:
        return
    columns = {
        "channels": [each.channel for each in recipients],
        "persons": [each.person or "" for each in recipients],
        "due": [each.due_at for each in recipients],
    }
    await tx.execute(_ENQUEUE, {"tenant": tenant, **values, **columns})
    await wake(tx)


async def follow_up(tx: AsyncConnection, case_id: UUID, what: What, version: int, channels: Iterable[str]) -> None:
    """Tell those who were paged how the case went on, on the destinations that can make use of it."""
    wanted = list(channels)
    if wanted:
        values = {"case_id": case_id, "what": what, "step": f"v{version}-{what}", "channels": wanted}
        await tx.execute(_FOLLOW_UP, values)
        await wake(tx)


async def wake(tx: AsyncConnection) -> None:
    await tx.execute(text("SELECT pg_notify(:wake, '')"), {"wake": WAKE})


async def cancel(tx: AsyncConnection, case_id: UUID, whats: Iterable[What] = ("page", "reminder")) -> None:
    """Nobody needs to be told any more."""
    await tx.execute(_CANCEL, {"case_id": case_id, "whats": list(whats)})
