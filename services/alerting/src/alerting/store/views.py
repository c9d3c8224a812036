"""Cases as they are shown: one case with all that belongs to it, all cases a page at a time, the service in numbers."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.case import STATES, State
from alerting.store.case_view import (
    COLUMNS,
    FROM,
    AttemptView,
    CaseDetail,
    CaseView,
    EvidenceView,
    NotificationView,
    TimelineEntry,
)
from alerting.store.queue import WANTED, Wanted
from events.runtime.database import transaction

ANY = Wanted()
NOTIFICATION_STATES = ("queued", "sent", "dead", "cancelled", "bundled")

_ONE = text(f"SELECT {COLUMNS} {FROM} WHERE c.tenant = :tenant AND c.id = :id")
_PAGE = text(
    f"""SELECT {COLUMNS} {FROM}
    WHERE {WANTED}
      AND (CAST(:after_at AS timestamptz) IS NULL OR (c.opened_at, c.id) > (:after_at, CAST(:after_id AS uuid)))
    ORDER BY c.opened_at, c.id LIMIT :limit"""
)
_EVIDENCE = text(
    "SELECT kind, answer_id, instrument, scale, score, comment, language, network, author, url, verdict, reason,"
    " occurred_at AS answered_at FROM assessment WHERE case_id = :id ORDER BY occurred_at, answer_id"
)
_TIMELINE = text("SELECT at, who, what, note FROM timeline WHERE case_id = :id ORDER BY id")
_NOTIFICATIONS = text(
    "SELECT channel, step, state, attempts, due_at, sent_at, problem, what, person FROM notification"
    " WHERE case_id = :id AND what <> 'bundle' ORDER BY id"  # of a bundle, the case is one among others
)
_ATTEMPTS = text("SELECT at, who, channel, result, note FROM call_attempt WHERE case_id = :id ORDER BY id")
_CASE_COUNTS = text("SELECT state, count(*) FROM recovery_case WHERE tenant = :tenant GROUP BY state")
_NOTIFICATION_COUNTS = text("SELECT state, count(*) FROM notification WHERE tenant = :tenant GROUP BY state")


@dataclass(frozen=True, slots=True)
class Totals:
    cases: dict[str, int]
    notifications: dict[str, int]


class Views:
    """Reading. Every method raises Unavailable while the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self,
        tenant: str,
        *,
        state: State | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
        among: Wanted = ANY,
    ) -> list[CaseView]:
        """Cases by when they were opened, which never changes: a page does not shift while one reads on."""
        after_at, after_id = after or (None, None)
        values = {"tenant": tenant, **asdict(among), "state": state, "limit": limit}
        values |= {"after_at": after_at, "after_id": after_id}
        async with transaction(self._engine) as tx:
            return [CaseView(**row._mapping) for row in await tx.execute(_PAGE, values)]

    async def one(self, tenant: str, case_id: UUID) -> CaseDetail | None:
        async with transaction(self._engine) as tx:
            return await detail(tx, tenant, case_id)

    async def totals(self, tenant: str) -> Totals:
        async with transaction(self._engine) as tx:
            cases = {row.state: row[1] for row in await tx.execute(_CASE_COUNTS, {"tenant": tenant})}
            sent = {row.state: row[1] for row in await tx.execute(_NOTIFICATION_COUNTS, {"tenant": tenant})}
        return Totals(
            {state: cases.get(state, 0) for state in STATES},
            {state: sent.get(state, 0) for state in NOTIFICATION_STATES},
        )


async def detail(tx: AsyncConnection, tenant: str, case_id: UUID) -> CaseDetail | None:
    """The case with everything that belongs to it; None where there is no such case."""
    row = (await tx.execute(_ONE, {"tenant": tenant, "id": case_id})).one_or_none()
    if row is None:
        return None
    key: dict[str, Any] = {"id": case_id}
    return CaseDetail(
        CaseView(**row._mapping),
        [EvidenceView(**found._mapping) for found in await tx.execute(_EVIDENCE, key)],
        [TimelineEntry(*found) for found in await tx.execute(_TIMELINE, key)],
        [NotificationView(*found) for found in await tx.execute(_NOTIFICATIONS, key)],
        [AttemptView(*found) for found in await tx.execute(_ATTEMPTS, key)],
    )
