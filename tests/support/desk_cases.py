"""Cases for the desk to show, opened by what customers say as in production."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction
from support.alerting_member import Member, answered, event, reported

_FIND = text("SELECT id FROM recovery_case WHERE interaction_id = :interaction ORDER BY opened_at DESC LIMIT 1")


async def a_case(engine: AsyncEngine, number: int = 1, *, contact: dict[str, Any] | None = None, **said: Any) -> UUID:
    """The id of a case about the contact ``call-{number}``, which lasted six minutes of waiting and four of talking."""
    now = datetime.now(UTC)
    named = {"interaction_id": f"call-{number}", "customer_id": f"cus-{number}"}
    times = {"offered_at": now - timedelta(minutes=10), "answered_at": now - timedelta(minutes=4)}
    handler = Member(engine, 0, ("room",)).handler
    async with transaction(engine) as tx:
        await handler(tx, [event(reported(**{**named, **times, **(contact or {})}))])
        await handler(tx, [event(answered(**{**named, "response_id": f"r-{number}", **said}))])
        found: UUID = (await tx.execute(_FIND, {"interaction": f"call-{number}"})).scalar_one()
    return found


async def change(engine: AsyncEngine, case_id: UUID, assignments: str, **values: Any) -> None:
    """Make a case what it would take hours to become."""
    async with transaction(engine) as tx:
        await tx.execute(text(f"UPDATE recovery_case SET {assignments} WHERE id = :id"), {"id": case_id, **values})


async def minutes_ago(engine: AsyncEngine, case_id: UUID, minutes: int) -> None:
    """As if the case had opened that long ago, with its clocks running since."""
    back = "- make_interval(mins => :minutes)"
    await change(
        engine,
        case_id,
        f"opened_at = opened_at {back}, claim_due_at = claim_due_at {back}, contact_due_at = contact_due_at {back}",
        minutes=minutes,
    )


_INCIDENT = text(
    "INSERT INTO incident (tenant, dimension, key, owner, title)"
    " VALUES ('default', 'team', 'billing', 'p0', :title) RETURNING id"
)
_LINK = text("INSERT INTO incident_case (incident_id, case_id) VALUES (:incident, :case)")


async def an_incident(engine: AsyncEngine, cases: Iterable[UUID], title: str = "5 unhappy customers in 9 min") -> UUID:
    """An open incident that these cases are part of."""
    async with transaction(engine) as tx:
        made: UUID = (await tx.execute(_INCIDENT, {"title": title})).scalar_one()
        for case_id in cases:
            await tx.execute(_LINK, {"incident": made, "case": case_id})
    return made
