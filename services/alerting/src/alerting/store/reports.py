"""Cases that have changed since the topic ``alerts`` was last told of them. The rows come by triggers (migration 0002).

A snapshot makes those before it needless: a case with several changes to tell is told once, as it stands.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.report import Standing
from events.origin import NOWHERE, Origin

_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('alerting case reports'), 0)")
# One statement, one view of the database: no row of case_report is newer than the case that is read with it.
_DUE = text(
    """
    WITH due AS (
        SELECT case_id, max(id) AS upto, max(changed_at) AS changed_at FROM case_report
        GROUP BY case_id ORDER BY min(id) LIMIT :limit
    )
    SELECT due.upto, c.id, c.tenant, c.revision, due.changed_at, c.state, c.customer_id, c.interaction_id,
        CASE c.answer_kind WHEN 'survey' THEN c.answer_id END AS response_id, a.instrument, a.scale, a.score,
        coalesce(contact.channel, a.channel) AS channel, coalesce(contact.team, a.team) AS team,
        coalesce(contact.agent, a.agent) AS agent, coalesce(contact.reason, a.contact_reason) AS contact_reason,
        c.opened_at, c.claimed_at, c.contacted_at, c.contact_due_at, c.closed_at, c.outcome, c.cause, c.origin
    FROM due JOIN recovery_case c ON c.id = due.case_id
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    ORDER BY due.upto
    """
)
_TOLD = text(
    "DELETE FROM case_report USING unnest(CAST(:cases AS uuid[]), CAST(:upto AS bigint[])) AS told (case_id, upto)"
    " WHERE case_report.case_id = told.case_id AND case_report.id <= told.upto"
)
_REVISED = text(
    "UPDATE recovery_case SET revision = revision + 1"
    " WHERE tenant = :tenant AND answer_kind = :kind AND answer_id = :answer_id"
)


@dataclass(frozen=True, slots=True)
class Due:
    """A case to tell of, the last of its changes that is told with it, and the request it came of."""

    case: Standing
    upto: int
    origin: Origin = NOWHERE


async def take_turn(tx: AsyncConnection) -> bool:
    """Whether we are the one who tells, until the transaction ends: two at once could tell old news last."""
    return bool(await tx.scalar(_TAKE_TURN))


async def due(tx: AsyncConnection, limit: int) -> list[Due]:
    """Those whose first change is the oldest."""
    rows = await tx.execute(_DUE, {"limit": limit})
    return [Due(Standing(*row[1:-1]), row.upto, Origin.from_json(row.origin)) for row in rows]


async def told(tx: AsyncConnection, reports: list[Due]) -> None:
    """Forget what has been told. Changes since then stay."""
    await tx.execute(_TOLD, {"cases": [each.case.case_id for each in reports], "upto": [each.upto for each in reports]})


async def answer_revised(tx: AsyncConnection, answer: Answer) -> None:
    """An answer was corrected or withdrawn: news of the case that it opened, if any, and of nothing else."""
    await tx.execute(_REVISED, {"tenant": answer.tenant, "kind": answer.kind, "answer_id": answer.id})
