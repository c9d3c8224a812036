"""From an answer to a case: open one, or join the one that is open about the same contact."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.rules.decision import Reason
from alerting.store import outbox, timeline
from alerting.store.timeline import What

# About the same interaction, an unknown customer may be the known one; two different customers never share a case.
_FIND = text(
    """
    SELECT id FROM recovery_case
    WHERE tenant = :tenant AND state <> 'closed'
      AND coalesce(interaction_id, '') = coalesce(CAST(:interaction_id AS text), '')
      AND coalesce(subject, '') = coalesce(CAST(:subject AS text), '')
      AND (coalesce(customer_id, '') = coalesce(CAST(:customer_id AS text), '')
           OR (interaction_id IS NOT NULL AND (customer_id IS NULL OR CAST(:customer_id AS text) IS NULL)))
    ORDER BY opened_at, id LIMIT 1 FOR UPDATE
    """
)
_OPEN = text(
    """
    INSERT INTO recovery_case (tenant, customer_id, interaction_id, subject, reason, event_id, answer_kind, answer_id,
                               accepted_at, contact_due_at)
    VALUES (:tenant, :customer_id, :interaction_id, :subject, :reason, :event_id, :kind, :answer_id, :accepted_at,
            now() + CAST(:contact_within AS interval))
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_NAME_CUSTOMER = text("UPDATE recovery_case SET customer_id = :customer_id WHERE id = :id AND customer_id IS NULL")


@dataclass(frozen=True, slots=True)
class Opening:
    """How cases are opened here: within which time the customer is to be contacted, and who is told."""

    contact_within: timedelta
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """The case an answer became evidence of, and whether it opened it."""

    case_id: UUID
    opened: bool


async def open_or_join(tx: AsyncConnection, answer: Answer, reason: Reason, opening: Opening) -> Taken:
    """The case for a bad answer. Only opening one tells anybody: a second answer is evidence on the first's case.

    The caller holds the lock on the interaction. Without an interaction a second member can get in between; then the
    unique index lets one of the two open the case, and the other finds it.
    """
    while True:
        if (found := await _join(tx, answer)) is not None:
            return Taken(found, opened=False)
        if (opened := await _open(tx, answer, reason, opening)) is not None:
            return Taken(opened, opened=True)


async def _join(tx: AsyncConnection, answer: Answer) -> UUID | None:
    found: UUID | None = await tx.scalar(
        _FIND,
        {
            "tenant": answer.tenant,
            "interaction_id": answer.interaction_id,
            "customer_id": answer.customer_id,
            "subject": answer.subject,
        },
    )
    if found is not None:
        await timeline.add(tx, found, What.ANSWER_ADDED)
        if answer.customer_id:
            await tx.execute(_NAME_CUSTOMER, {"id": found, "customer_id": answer.customer_id})
    return found


async def _open(tx: AsyncConnection, answer: Answer, reason: Reason, opening: Opening) -> UUID | None:
    opened: UUID | None = await tx.scalar(
        _OPEN,
        {
            "tenant": answer.tenant,
            "customer_id": answer.customer_id,
            "interaction_id": answer.interaction_id,
            "subject": answer.subject,
            "reason": reason,
            "event_id": answer.event_id,
            "kind": answer.kind,
            "answer_id": answer.id,
            "accepted_at": answer.recorded_at,
            "contact_within": opening.contact_within,
        },
    )
    if opened is not None:
        await timeline.add(tx, opened, What.OPENED)
        await outbox.enqueue(tx, answer.tenant, opened, outbox.OPENED_STEP, opening.channels)
    return opened
