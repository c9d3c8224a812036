"""What is known around one case, and how the queue stands: for the desk."""

import json
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.clocks.clock import Clocks
from alerting.core.clocks.moment import best_moment
from alerting.core.clocks.queue import Count, Queue, Waiting
from alerting.core.clocks.standing import NAMES, Name, Pace
from alerting.core.context import Context, OtherCase, PastAnswer, PastContact
from alerting.store import preferences

MOST = 20
"""Of the customer's contacts, answers and cases, the newest so many are shown."""

_CONTACT = """
    contact.interaction_id, contact.channel, contact.team, contact.agent, contact.reason, contact.offered_at,
    contact.ended_at, contact.wait_seconds, contact.handle_seconds, contact.transfers, contact.abandoned,
    contact.resolved, contact.callback_queued
"""
_ANSWER = """
    kind, answer_id, occurred_at AS answered_at, interaction_id, channel, instrument, scale, score, comment, case_id
"""
# A contact of version -1 has not been reported: somebody has only locked it.
_CASE = text(
    f"""
    SELECT coalesce(c.customer_id, contact.customer_id) AS customer, c.interaction_id AS about,
        c.terms->>'clocks' AS clocks, contact.version >= 0 AS reported, {_CONTACT}
    FROM recovery_case c
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    WHERE c.tenant = :tenant AND c.id = :id
    """  # noqa: S608  (words of ours)
)
_CONTACTS = text(
    f"""
    SELECT {_CONTACT} FROM contact
    WHERE tenant = :tenant AND customer_id = :customer_id AND offered_at IS NOT NULL
    ORDER BY offered_at DESC LIMIT :most
    """  # noqa: S608  (words of ours)
)
# An answer that does not say who gave it is the customer's where it is about one of their contacts.
_ANSWERS = text(
    f"""
    SELECT * FROM (
        (SELECT {_ANSWER} FROM assessment
         WHERE tenant = :tenant AND customer_id = :customer_id AND occurred_at IS NOT NULL
         ORDER BY occurred_at DESC LIMIT :most)
        UNION ALL
        (SELECT {_ANSWER} FROM assessment
         WHERE tenant = :tenant AND customer_id IS NULL AND interaction_id = ANY(CAST(:interactions AS text[]))
           AND occurred_at IS NOT NULL)
    ) AS found ORDER BY answered_at DESC, kind, answer_id LIMIT :most
    """  # noqa: S608  (words of ours)
)
_CASES = text(
    """
    SELECT id, play, reason, state, opened_at, closed_at, outcome, cause, remedy FROM recovery_case
    WHERE tenant = :tenant AND customer_id = :customer_id AND id <> :id
    ORDER BY opened_at DESC, id LIMIT :most
    """
)
LAST_CONTACTS = 50
"""So many contacts say how long one takes."""

_LATELY = """
    WITH lately AS (
        SELECT extract(epoch FROM contacted_at - claimed_at)::float8 AS seconds FROM recovery_case
        WHERE tenant = :tenant AND contacted_at IS NOT NULL AND claimed_at IS NOT NULL
        ORDER BY contacted_at DESC LIMIT :last
    ), pace AS (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median, count(*) AS contacts FROM lately
    ), working AS (
        SELECT count(DISTINCT timeline.who) AS people FROM timeline JOIN recovery_case ON recovery_case.id = case_id
        WHERE tenant = :tenant AND who IS NOT NULL AND at > now() - interval '1 hour'
    )
"""
_PACE = text(f"{_LATELY} SELECT median, contacts, people FROM pace CROSS JOIN working")  # noqa: S608  (words of ours)
_QUEUE = text(
    f"""{_LATELY}
    SELECT now() AS now, median, contacts, people, id, row_number() OVER (ORDER BY contact_due_at, id) AS position,
        terms->>'clocks' AS clocks, claim_due_at, contact_due_at, claimed_at, contact_paused_until
    FROM pace CROSS JOIN working
    LEFT JOIN recovery_case ON tenant = :tenant AND state IN ('open', 'claimed')
    ORDER BY position
    """  # noqa: S608  (words of ours)
)
_TENANTS = text("SELECT DISTINCT tenant FROM recovery_case WHERE state IN ('open', 'claimed') ORDER BY tenant")


async def context(tx: AsyncConnection, tenant: str, case_id: UUID, now: datetime) -> Context | None:
    """Everything around a case; None where there is no such case. Five queries at most, each by an index."""
    row = (await tx.execute(_CASE, {"tenant": tenant, "id": case_id})).one_or_none()
    if row is None:
        return None
    clocks = _clocks(row.clocks)
    contact = _contact(row) if row.reported else None
    if row.customer is None:
        return Context(case_id, None, contact, best_moment(clocks, None, now))
    of_customer = {"tenant": tenant, "customer_id": row.customer, "most": MOST}
    contacts = tuple(_contact(each) for each in await tx.execute(_CONTACTS, of_customer))
    interactions = [each.interaction_id for each in contacts] + [row.about] * (row.about is not None)
    answers = await tx.execute(_ANSWERS, {**of_customer, "interactions": interactions})
    cases = await tx.execute(_CASES, {**of_customer, "id": case_id})
    stated = await preferences.of_customer(tx, tenant, row.customer)
    return Context(
        case_id,
        row.customer,
        contact,
        best_moment(clocks, stated.contact_time, now),
        contacts,
        tuple(PastAnswer(*each) for each in answers),
        tuple(OtherCase(*each) for each in cases),
        stated,
    )


async def pace(tx: AsyncConnection, tenant: str) -> Pace:
    """How fast a team works through its queue just now."""
    return Pace(*(await tx.execute(_PACE, {"tenant": tenant, "last": LAST_CONTACTS})).one())


async def queue(tx: AsyncConnection, tenant: str) -> Queue:
    """The cases whose customers wait, with what the forecast needs, in one query."""
    rows = (await tx.execute(_QUEUE, {"tenant": tenant, "last": LAST_CONTACTS})).all()
    first = rows[0]  # there is one also where nobody waits
    waiting = tuple(
        Waiting(
            row.id,
            row.position,
            _clocks(row.clocks),
            row.claim_due_at,
            row.contact_due_at,
            row.claimed_at,
            row.contact_paused_until,
        )
        for row in rows
        if row.id is not None
    )
    return Queue(first.now, Pace(first.median, first.contacts, first.people), waiting)


async def counts(tx: AsyncConnection) -> dict[Name, Count]:
    """Cases whose clocks are overdue, and those whose are likely to be: over all tenants, each by its own pace."""
    tenants = (await tx.execute(_TENANTS)).scalars().all()
    found = [(await queue(tx, tenant)).counts() for tenant in tenants]
    return {
        name: Count(sum(each[name].breached for each in found), sum(each[name].predicted for each in found))
        for name in NAMES
    }


@lru_cache(1024)
def _clocks(kept: str | None) -> Clocks:
    """Most cases are worked under one of a few: they are read once."""
    return Clocks.from_json(json.loads(kept) if kept else None)


def _contact(row: Row[Any]) -> PastContact:
    return PastContact(**{each.name: row._mapping[each.name] for each in fields(PastContact)})
