"""What is known of customers from before: one query for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.contact import Contact
from alerting.core.rerating import Worked
from alerting.core.rules.repeat_unresolved import FARTHEST as FARTHEST_CONTACT
from alerting.core.rules.rule import Score
from alerting.core.rules.score_fell import FARTHEST as FARTHEST_SCORE
from alerting.store.assessments import COLUMNS, answer_of
from alerting.store.contacts import Key, columns, stored_of

# More than the one before, since that one may be told anew in the batch that asks.
_SCORES = text(
    """
    SELECT asked.number, a.answer_id, a.occurred_at, a.scale, a.score
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS text[]), CAST(:instrument AS text[]),
                CAST(:answer AS text[]), CAST(:before AS timestamptz[]))
        WITH ORDINALITY AS asked (tenant, customer, instrument, answer, before, number)
    CROSS JOIN LATERAL (
        SELECT answer_id, occurred_at, scale, score FROM assessment
        WHERE tenant = asked.tenant AND customer_id = asked.customer AND occurred_at < asked.before
          AND occurred_at >= asked.before - CAST(:farthest AS interval) AND kind = 'survey'
          AND instrument = asked.instrument AND score IS NOT NULL AND answer_id <> asked.answer
        ORDER BY occurred_at DESC, answer_id DESC LIMIT 5
    ) a ORDER BY asked.number, a.occurred_at DESC, a.answer_id DESC
    """
)
_LATER = text(
    f"""
    SELECT DISTINCT ON (a.tenant, a.kind, a.answer_id) {COLUMNS}
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS text[]), CAST(:instrument AS text[]),
                CAST(:after AS timestamptz[])) AS asked (tenant, customer, instrument, after)
    JOIN assessment a ON a.tenant = asked.tenant AND a.customer_id = asked.customer AND a.occurred_at > asked.after
        AND a.occurred_at <= asked.after + CAST(:farthest AS interval)
    WHERE a.kind = 'survey' AND a.instrument = asked.instrument AND a.score IS NOT NULL
    ORDER BY a.tenant, a.kind, a.answer_id
    """  # noqa: S608  (fragments of ours)
)
_CASES = text(
    """
    SELECT c.id, c.tenant, c.customer_id, c.interaction_id, c.state = 'closed', c.contacted_at
    FROM unnest(CAST(:tenants AS text[]), CAST(:interactions AS text[])) AS asked (tenant, interaction)
    JOIN recovery_case c ON c.tenant = asked.tenant AND c.interaction_id = asked.interaction
    WHERE c.state <> 'closed' OR c.contacted_at > now() - interval '40 days'
    UNION
    SELECT c.id, c.tenant, c.customer_id, c.interaction_id, c.state = 'closed', c.contacted_at
    FROM unnest(CAST(:tenants AS text[]), CAST(:customers AS text[])) AS asked (tenant, customer)
    JOIN recovery_case c ON c.tenant = asked.tenant AND c.customer_id = asked.customer
    WHERE c.state <> 'closed' OR c.contacted_at > now() - interval '40 days'
    """
)
_RERATE = text(
    "UPDATE recovery_case SET rerated_percent = :percent, rerated_at = :at"
    " WHERE id = :id AND (rerated_at IS NULL OR rerated_at <= :at) RETURNING id"
)
_HOLD = text("SELECT id FROM recovery_case WHERE id = :id AND state <> 'closed' FOR UPDATE")
_ASKED_CONTACTS = """
    FROM unnest(CAST(:tenant AS text[]), CAST(:customer AS text[]), CAST(:reason AS text[]),
                CAST(:offered AS timestamptz[]))
        WITH ORDINALITY AS asked (tenant, customer, reason, offered, number)
"""
_EARLIER = text(
    f"""
    SELECT asked.number, c.* {_ASKED_CONTACTS}
    CROSS JOIN LATERAL (
        SELECT {columns("contact")} FROM contact
        WHERE tenant = asked.tenant AND customer_id = asked.customer AND offered_at < asked.offered
          AND offered_at >= asked.offered - CAST(:farthest AS interval) AND reason = asked.reason
          AND outbound IS NOT TRUE
        ORDER BY offered_at DESC, interaction_id DESC LIMIT 10
    ) c ORDER BY asked.number, c.offered_at DESC, c.interaction_id DESC
    """  # noqa: S608  (fragments of ours)
)
_LATER_UNRESOLVED = text(
    f"""
    SELECT DISTINCT c.tenant, c.interaction_id {_ASKED_CONTACTS}
    CROSS JOIN LATERAL (
        SELECT tenant, interaction_id FROM contact
        WHERE tenant = asked.tenant AND customer_id = asked.customer AND offered_at > asked.offered
          AND offered_at <= asked.offered + CAST(:farthest AS interval) AND reason = asked.reason
          AND resolved IS FALSE AND outbound IS NOT TRUE
        ORDER BY offered_at, interaction_id LIMIT 10
    ) c
    """  # noqa: S608  (fragments of ours)
)
_KEPT = text(
    """
    SELECT asked.number, coalesce(
        (SELECT own.answered_at FROM contact own
         WHERE own.tenant = asked.tenant AND own.interaction_id = asked.interaction),
        (SELECT min(other.answered_at) FROM contact other
         WHERE other.tenant = asked.tenant AND other.customer_id = asked.customer AND other.answered_at > asked.since
           AND other.offered_at >= asked.since - interval '1 day'))
    FROM unnest(CAST(:tenant AS text[]), CAST(:interaction AS text[]), CAST(:customer AS text[]),
                CAST(:since AS timestamptz[]))
        WITH ORDINALITY AS asked (tenant, interaction, customer, since, number)
    """
)


async def scores(tx: AsyncConnection, answers: Sequence[Answer]) -> list[list[Score]]:
    """For each answer of a known customer: up to five that they gave before to the same question, newest first."""
    found: list[list[Score]] = [[] for _ in answers]
    if answers:
        asked = {
            "tenant": [each.tenant for each in answers],
            "customer": [each.customer_id for each in answers],
            "instrument": [each.instrument for each in answers],
            "answer": [each.id for each in answers],
            "before": [each.occurred_at for each in answers],
        }
        for number, *score in await tx.execute(_SCORES, {**asked, "farthest": FARTHEST_SCORE}):
            found[number - 1].append(Score(*score))
    return found


async def later_answers(tx: AsyncConnection, answers: Sequence[Answer]) -> list[Answer]:
    """What the same customers answered to the same questions after these, reported before them."""
    asked = {
        "tenant": [each.tenant for each in answers],
        "customer": [each.customer_id for each in answers],
        "instrument": [each.instrument for each in answers],
        "after": [each.occurred_at for each in answers],
    }
    found = await tx.execute(_LATER, {**asked, "farthest": FARTHEST_SCORE}) if answers else ()
    return [answer_of(row) for row in found]


async def cases(tx: AsyncConnection, answers: Sequence[Answer]) -> list[Worked]:
    """The cases about the contacts and the customers of these answers: those not closed, and those worked lately."""
    asked = {
        "tenants": [each.tenant for each in answers],
        "interactions": [each.interaction_id for each in answers],
        "customers": [each.customer_id for each in answers],
    }
    return [Worked(*row) for row in await tx.execute(_CASES, asked)] if answers else []


async def rerate(tx: AsyncConnection, case_id: UUID, percent: float, at: datetime) -> bool:
    """Keep what the customer says now, 0 to 100. False where they have said something newer."""
    return bool(await tx.scalar(_RERATE, {"id": case_id, "percent": percent, "at": at}))


async def hold(tx: AsyncConnection, case_id: UUID) -> bool:
    """Lock a case; False where it has been closed."""
    return bool(await tx.scalar(_HOLD, {"id": case_id}))


async def earlier_contacts(tx: AsyncConnection, contacts: Sequence[Contact]) -> list[list[Contact]]:
    """For each contact: up to ten of the same customer about the same thing before it, newest first."""
    found: list[list[Contact]] = [[] for _ in contacts]
    if contacts:
        for number, *row in await tx.execute(_EARLIER, _about(contacts)):
            found[number - 1].append(stored_of(row).contact)
    return found


async def later_unresolved(tx: AsyncConnection, contacts: Sequence[Contact]) -> list[Key]:
    """Contacts that are repeats of these, reported before them: events come in any order."""
    if not contacts:
        return []
    return [(row.tenant, row.interaction_id) for row in await tx.execute(_LATER_UNRESOLVED, _about(contacts))]


async def answered_since(tx: AsyncConnection, promises: Sequence[tuple[Contact, datetime]]) -> list[datetime | None]:
    """For each contact and moment: when it, or any contact of its customer after that moment, was answered."""
    asked = {
        "tenant": [contact.tenant for contact, _ in promises],
        "interaction": [contact.interaction_id for contact, _ in promises],
        "customer": [contact.customer_id for contact, _ in promises],
        "since": [since for _, since in promises],
    }
    found: list[datetime | None] = [None] * len(promises)
    for number, kept_at in await tx.execute(_KEPT, asked) if promises else ():
        found[number - 1] = kept_at
    return found


def _about(contacts: Sequence[Contact]) -> dict[str, object]:
    return {
        "tenant": [each.tenant for each in contacts],
        "customer": [each.customer_id for each in contacts],
        "reason": [each.reason for each in contacts],
        "offered": [each.offered_at for each in contacts],
        "farthest": FARTHEST_CONTACT,
    }
