"""Customers who are to be asked again, since they have been contacted. Rows are told on the topic, then forgotten."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.report import Asking

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
_TOLD = text(
    "DELETE FROM resurvey_request USING unnest(CAST(:cases AS uuid[]), CAST(:episodes AS int[])) AS told (id, number)"
    " WHERE case_id = told.id AND episode = told.number"
)


async def request(tx: AsyncConnection, case_id: UUID, episode: int) -> None:
    """Ask once an episode."""
    await tx.execute(_REQUEST, {"case_id": case_id, "episode": episode})


async def due(tx: AsyncConnection, limit: int) -> list[Asking]:
    return [Asking(*row) for row in await tx.execute(_DUE, {"limit": limit})]


async def told(tx: AsyncConnection, asked: Sequence[Asking]) -> None:
    if asked:
        values = {"cases": [each.case_id for each in asked], "episodes": [each.episode for each in asked]}
        await tx.execute(_TOLD, values)
