"""Cases, contacts and answers as rows, as far in the past as a test wants them."""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import alerting
from events.runtime.database import transaction

SCHEMA = "alerting"
MIGRATIONS = Path(alerting.__file__).parent / "migrations"

_CONTACT = text(
    "INSERT INTO contact (tenant, interaction_id, version, customer_id, channel, team, agent, reason, wait_seconds,"
    " transfers, abandoned, resolved, offered_at) VALUES (:tenant, :interaction, 1, :customer, :channel, :team, :agent,"
    " :reason, :wait_seconds, :transfers, :abandoned, :resolved, now() - CAST(:ago AS interval))"
    " ON CONFLICT DO NOTHING"
)
_CASE = text(
    "INSERT INTO recovery_case (tenant, customer_id, interaction_id, reason, play, event_id, answer_kind, answer_id,"
    " accepted_at, opened_at, contact_due_at, claim_due_at, state, claimed_by, closed_by, closed_at, outcome, cause,"
    " remedy, dismissal)"
    " VALUES (:tenant, :customer, :interaction, :opened_for, :play, :answer, 'survey', :answer,"
    " now() - CAST(:ago AS interval), now() - CAST(:opened_ago AS interval), now(), now(), :state, :by, :by,"
    " CASE WHEN CAST(:outcome AS text) IS NOT NULL THEN now() - CAST(:closed_ago AS interval) END, :outcome, :cause,"
    " :remedy, :dismissal) RETURNING id"
)
_ANSWER = text(
    "INSERT INTO assessment (tenant, kind, answer_id, version, verdict, reason, case_id, event_id, event_source,"
    " occurred_at, recorded_at, customer_id, interaction_id, instrument, scale, score, comment, language)"
    " VALUES (:tenant, 'survey', :answer, 1, 'open', :opened_for, CAST(:case_id AS uuid), :answer, '/survey',"
    " now() - CAST(:ago AS interval), now() - CAST(:ago AS interval), :customer, :interaction, 'csat', :scale,"
    " CAST(:score AS jsonb), :comment, 'en')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case with its contact and the answer that opened it. ``customer`` None: nobody knows."""

    tenant: str = "default"
    customer: str | None = "new"
    team: str | None = "billing"
    reason: str | None = "invoice"
    channel: str = "phone"
    agent: str | None = "a-17"
    ago: timedelta = timedelta(0)
    opened_ago: timedelta | None = None
    closed_ago: timedelta = timedelta(0)
    outcome: str | None = None
    cause: str | None = None
    comment: str | None = None
    opened_for: str = "low_score"
    play: str = "recover"
    wait_seconds: float | None = None
    transfers: int | None = None
    abandoned: bool | None = None
    resolved: bool | None = None
    scale: str = "1-5"
    score: Any = 1

    def values(self) -> dict[str, Any]:
        own = uuid.uuid4().hex[:12]
        kept = self.outcome is not None and self.outcome != "dismissed"
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "customer": f"cus-{own}" if self.customer == "new" else self.customer,
            "interaction": f"call-{own}",
            "answer": f"r-{own}",
            "opened_ago": self.ago if self.opened_ago is None else self.opened_ago,
            "state": "closed" if self.outcome else "open",
            "by": "Dana" if self.outcome else None,
            "remedy": "Refunded." if kept else None,
            "dismissal": "A test." if self.outcome == "dismissed" else None,
            "score": json.dumps(self.score),
        }


async def add_case(engine: AsyncEngine, **changes: Any) -> UUID:
    values = Row(**changes).values()
    async with transaction(engine) as tx:
        await tx.execute(_CONTACT, values)
        case_id: UUID = (await tx.execute(_CASE, values)).scalar_one()
        await tx.execute(_ANSWER, {**values, "case_id": case_id})
    return case_id


async def add_answer(engine: AsyncEngine, **changes: Any) -> None:
    """An answer that no case rests on."""
    async with transaction(engine) as tx:
        await tx.execute(_ANSWER, {**Row(**changes).values(), "case_id": None})


async def add_contact(engine: AsyncEngine, **changes: Any) -> None:
    async with transaction(engine) as tx:
        await tx.execute(_CONTACT, Row(**changes).values())
