"""Customers who were not won back, for somebody to think of them once more."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case.state import Cause, Outcome
from alerting.core.lost import GOOD_FROM, GOOD_WORDS, FollowUp
from alerting.store.causes_board import CHANNEL, OF_CASES, REASON, TEAM

# A customer is lost by the last case that did not win them back, unless a case since did, or they said something good.
# Scores are good on their own scale; two-way scales answer in words.
_LOST = f"""
    FROM (
        SELECT DISTINCT ON (customer_id) id FROM recovery_case
        WHERE tenant = :tenant AND state = 'closed' AND closed_at >= :since
          AND outcome IN ('not_recovered', 'unreachable') AND customer_id IS NOT NULL
        ORDER BY customer_id, closed_at DESC, id DESC
    ) last JOIN (SELECT c.*, {TEAM} AS team, {REASON} AS contact_reason, {CHANNEL} AS channel {OF_CASES}) c USING (id)
    LEFT JOIN lost_follow_up f ON f.case_id = c.id
    WHERE NOT EXISTS (
        SELECT FROM recovery_case won WHERE won.tenant = c.tenant AND won.customer_id = c.customer_id
          AND won.outcome = 'recovered' AND won.closed_at > c.closed_at)
      AND NOT EXISTS (
        SELECT FROM assessment said WHERE said.tenant = c.tenant AND said.customer_id = c.customer_id
          AND said.occurred_at > c.opened_at
          AND CASE jsonb_typeof(said.score)
              WHEN 'number' THEN said.score::float8 >= (CAST(:good_from AS jsonb) ->> said.scale)::float8
              ELSE said.score #>> '{{}}' = ANY(CAST(:good_words AS text[])) END)
"""  # noqa: S608  (fragments of ours)
_PAGE = text(
    f"""
    SELECT c.id AS case_id, c.customer_id, c.interaction_id, c.customer_tier, c.team, c.contact_reason, c.channel,
        c.opened_at, c.closed_at, c.closed_by, c.outcome, c.cause, c.remedy,
        EXISTS (SELECT FROM recovery_case again WHERE again.tenant = c.tenant AND again.customer_id = c.customer_id
            AND again.state <> 'closed') AS on_the_desk_again,
        f.at AS followed_up_at, f.who AS followed_up_by, f.note AS followed_up_note
    {_LOST}
      AND (CAST(:followed_up AS bool) IS NULL OR (f.case_id IS NOT NULL) = :followed_up)
      AND (CAST(:before_at AS timestamptz) IS NULL OR (c.closed_at, c.id) < (:before_at, CAST(:before_id AS uuid)))
    ORDER BY c.closed_at DESC, c.id DESC LIMIT :limit
    """  # noqa: S608  (fragments of ours)
)
_FOLLOW_UP = text(
    """
    INSERT INTO lost_follow_up (case_id, who, note)
    SELECT id, :who, :note FROM recovery_case
    WHERE tenant = :tenant AND id = :id AND outcome IN ('not_recovered', 'unreachable')
    ON CONFLICT (case_id) DO UPDATE SET at = now(), who = EXCLUDED.who, note = EXCLUDED.note
    """
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A customer who was not won back, by the last case that tried. Moments are UTC.

    ``on_the_desk_again``: another case of theirs is not closed yet.
    """

    case_id: UUID
    customer_id: str
    interaction_id: str | None
    customer_tier: str | None
    team: str | None
    contact_reason: str | None
    channel: str | None
    opened_at: datetime
    closed_at: datetime
    closed_by: str | None
    outcome: Outcome
    cause: Cause | None
    remedy: str | None
    on_the_desk_again: bool
    followed_up_at: datetime | None
    followed_up_by: str | None
    followed_up_note: str | None


async def page(
    tx: AsyncConnection,
    tenant: str,
    *,
    since: datetime,
    followed_up: bool | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Lost]:
    """Those lost last first, of the cases closed from ``since`` on.

    Args:
        followed_up: only those somebody has, or has not, seen to.
        before: ``closed_at`` and ``case_id`` of the last one of the page before.
    """
    at, id_ = before or (None, None)
    values = {"tenant": tenant, "since": since, "followed_up": followed_up, "limit": limit}
    good = {"good_from": json.dumps(GOOD_FROM), "good_words": list(GOOD_WORDS)}
    rows = await tx.execute(_PAGE, {**values, **good, "before_at": at, "before_id": id_})
    return [Lost(**row._mapping) for row in rows]


async def follow_up(tx: AsyncConnection, tenant: str, case_id: UUID, said: FollowUp) -> bool:
    """Mark the customer of a lost case as seen to; the last mark stays. False where there is no such lost case."""
    values = {"tenant": tenant, "id": case_id, "who": said.by, "note": said.note}
    return bool((await tx.execute(_FOLLOW_UP, values)).rowcount)
