"""People acting on cases: the transition, its timeline entry and what it makes needless, in one transaction."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from alerting.core.case import Action, Case, Claim, Close, Contact, Refusal, transition
from alerting.store import outbox, timeline
from alerting.store.timeline import What
from alerting.telemetry import CaseTelemetry
from events.runtime.database import transaction

_LOCK = text(
    "SELECT state, version, opened_at, claimed_by, claimed_at, contacted_at, closed_by, closed_at, outcome, cause,"
    " remedy, dismissal, now() AS now FROM recovery_case WHERE tenant = :tenant AND id = :id FOR UPDATE"
)
_WRITE = text(
    "UPDATE recovery_case SET state = :state, version = :version, claimed_by = :claimed_by, claimed_at = :claimed_at,"
    " contacted_at = :contacted_at, closed_by = :closed_by, closed_at = :closed_at, outcome = :outcome,"
    " cause = :cause, remedy = :remedy, dismissal = :dismissal WHERE id = :id"
)


class Cases:
    """Raises Unavailable while the database is away; an action is then not done, or its outcome unknown: read again."""

    def __init__(self, engine: AsyncEngine, telemetry: CaseTelemetry) -> None:
        self._engine = engine
        self._telemetry = telemetry

    async def act(self, tenant: str, case_id: UUID, action: Action) -> Case | Refusal | None:
        """The case after the action, or why it was refused; None where there is no such case."""
        async with transaction(self._engine) as tx:
            row = (await tx.execute(_LOCK, {"tenant": tenant, "id": case_id})).one_or_none()
            if row is None:
                return None
            result = transition(Case(*row[:-1]), action, row.now)
            if isinstance(result, Case):
                await _write(tx, case_id, result, action)
        if isinstance(result, Case) and result.outcome is not None:
            self._telemetry.closed(result.outcome)
        return result


async def _write(tx: AsyncConnection, case_id: UUID, case: Case, action: Action) -> None:
    await tx.execute(_WRITE, {**asdict(case), "id": case_id})
    await outbox.cancel(tx, case_id)
    match action:
        case Claim():
            await timeline.add(tx, case_id, What.CLAIMED, who=action.by)
        case Contact():
            await timeline.add(tx, case_id, What.CONTACTED, who=action.by, note=action.note)
        case Close():
            await timeline.add(tx, case_id, What.CLOSED, who=action.by, note=action.outcome)
