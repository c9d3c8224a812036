"""The rows behind opening a case: find the one that is open about the same contact, or insert it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.rules.decision import Decision
from events.origin import NOWHERE, Origin

# About the same interaction, an unknown customer may be the known one; two different customers never share a case.
_FIND = text(
    """
    SELECT id FROM recovery_case
    WHERE tenant = :tenant AND state <> 'closed'
      AND coalesce(interaction_id, '') = coalesce(CAST(:interaction_id AS text), '')
      AND coalesce(subject, '') = coalesce(CAST(:subject AS text), '')
      AND (coalesce(customer_id, '') = coalesce(CAST(:customer_id AS text), '')
           OR (interaction_id IS NOT NULL AND (customer_id IS NULL OR CAST(:customer_id AS text) IS NULL)))
    ORDER BY opened_at, id LIMIT 1 FOR NO KEY UPDATE
    """
)
_NAME_CUSTOMER = text(
    """
    UPDATE recovery_case c SET customer_id = :customer_id WHERE id = :id AND customer_id IS NULL AND NOT EXISTS (
        SELECT FROM recovery_case o WHERE o.tenant = c.tenant AND o.state <> 'closed' AND o.customer_id = :customer_id
          AND o.interaction_id IS NOT DISTINCT FROM c.interaction_id AND o.subject IS NOT DISTINCT FROM c.subject)
    """
)
# What the contact's own report says goes before what the survey tool says of it.
_KNOWN = text(
    """
    SELECT now() AS now, contact.team, contact.channel, contact.customer_tier FROM (SELECT 1) AS one
    LEFT JOIN contact ON contact.tenant = :tenant AND contact.interaction_id = CAST(:interaction_id AS text)
    """
)
_OPEN = text(
    """
    INSERT INTO recovery_case (tenant, customer_id, interaction_id, subject, reason, play, event_id, answer_kind,
                               answer_id, accepted_at, customer_tier, claim_due_at, contact_due_at, terms, origin)
    VALUES (:tenant, :customer_id, :interaction_id, :subject, :reason, :play, :event_id, :kind,
            :answer_id, :accepted_at, :tier, :claim_due, :contact_due, :terms,
            :origin)
    ON CONFLICT DO NOTHING RETURNING id
    """
).bindparams(bindparam("terms", type_=JSONB), bindparam("origin", type_=JSONB(none_as_null=True)))


@dataclass(frozen=True, slots=True)
class About:
    """What a case is about, and the request it comes of. ``kind``, ``answer_id``: None where no answer opened it."""

    tenant: str
    customer_id: str | None
    interaction_id: str | None
    subject: str | None
    event_id: str
    accepted_at: datetime
    kind: str | None
    answer_id: str | None
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Fresh:
    """What decides how a new case is worked. ``now``: by the database's clock."""

    now: datetime
    team: str | None
    channel: str | None
    tier: str | None


async def find(tx: AsyncConnection, about: About) -> UUID | None:
    """The case that is open about the same contact, locked; it learns whose it is."""
    values = {name: getattr(about, name) for name in _FIND_NAMES}
    found: UUID | None = await tx.scalar(_FIND, values)
    if found is not None and about.customer_id:
        await tx.execute(_NAME_CUSTOMER, {"id": found, "customer_id": about.customer_id})
    return found


_FIND_NAMES = ("tenant", "customer_id", "interaction_id", "subject")


async def known(tx: AsyncConnection, about: About, answer: Answer | None) -> Fresh:
    row = (await tx.execute(_KNOWN, {"tenant": about.tenant, "interaction_id": about.interaction_id})).one()
    if answer is None:
        return Fresh(row.now, row.team, row.channel, row.customer_tier)
    tier = row.customer_tier or getattr(answer, "customer_tier", None)
    return Fresh(row.now, row.team or answer.team, row.channel or answer.channel, tier)


async def insert(
    tx: AsyncConnection,
    about: About,
    decision: Decision,
    tier: str | None,
    claim_due: datetime,
    contact_due: datetime,
    terms: Mapping[str, Any],
) -> UUID | None:
    """The new case; None where somebody else has just opened one about the same contact."""
    opened: UUID | None = await tx.scalar(
        _OPEN,
        {
            **{field.name: getattr(about, field.name) for field in fields(about)},
            "origin": about.origin.to_json(),
            "reason": decision.reason.value,
            "play": decision.play,
            "tier": tier,
            "claim_due": claim_due,
            "contact_due": contact_due,
            "terms": dict(terms),
        },
    )
    return opened
