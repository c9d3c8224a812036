"""Customers who are to be asked again, since they have been contacted. Rows are told on the topic, then forgotten."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.scales import Instrument
from events.vocabulary import Channel

_REQUEST = text("INSERT INTO resurvey_request (case_id, episode) VALUES (:case_id, :episode) ON CONFLICT DO NOTHING")
_DUE = text(
    """
    SELECT r.case_id, r.episode, r.requested_at, c.tenant, c.customer_id, c.interaction_id,
        CASE c.answer_kind WHEN 'survey' THEN c.answer_id END AS response_id, a.instrument,
        coalesce(contact.channel, a.channel) AS channel
    FROM resurvey_request r JOIN recovery_case c ON c.id = r.case_id
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    ORDER BY r.requested_at LIMIT :limit
    """
)
_TOLD = text("DELETE FROM resurvey_request WHERE case_id = :case_id AND episode = :episode")


@dataclass(frozen=True, slots=True)
class Request:
    case_id: UUID
    episode: int
    requested_at: datetime
    tenant: str
    customer_id: str | None
    interaction_id: str | None
    response_id: str | None
    instrument: Instrument | None
    channel: Channel | None


async def request(tx: AsyncConnection, case_id: UUID, episode: int) -> None:
    """Ask once an episode."""
    await tx.execute(_REQUEST, {"case_id": case_id, "episode": episode})


async def due(tx: AsyncConnection, limit: int) -> list[Request]:
    return [Request(*row) for row in await tx.execute(_DUE, {"limit": limit})]


async def told(tx: AsyncConnection, requests: list[Request]) -> None:
    for each in requests:
        await tx.execute(_TOLD, {"case_id": each.case_id, "episode": each.episode})
