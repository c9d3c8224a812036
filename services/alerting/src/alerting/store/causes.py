"""The cause of one case: as it is suggested, and as it was chosen."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.case.state import Cause
from alerting.core.causes import Choice, ContactFacts, Facts, History, Suggestion, suggest
from alerting.core.causes.history import DAYS as HISTORY_DAYS
from alerting.store.causes_board import CHANNEL, OF_CASES, REASON, TEAM, Period

UNRESOLVED_DAYS = 14

_CONTACT = text(
    f"""
    SELECT c.reason AS opened_for, {CHANNEL} AS channel, {TEAM} AS team, {REASON} AS reason,
        contact.wait_seconds, contact.transfers, contact.abandoned, contact.resolved,
        CASE WHEN contact.version >= 0 THEN num_nonnulls(contact.team, contact.agent) > 0 END AS reached_queue,
        coalesce(earlier.n, 0) AS unresolved_before, earlier.same_agent
    {OF_CASES}
    LEFT JOIN LATERAL (
        SELECT count(*) AS n, bool_and(before.agent = contact.agent) AS same_agent FROM contact before
        WHERE before.tenant = c.tenant AND before.customer_id = c.customer_id AND before.resolved IS FALSE
          AND before.interaction_id <> contact.interaction_id
          AND before.offered_at < contact.offered_at
          AND before.offered_at >= contact.offered_at - make_interval(days => :days)
          AND (before.reason = contact.reason OR num_nulls(before.reason, contact.reason) > 0)
    ) earlier ON true
    WHERE c.tenant = :tenant AND c.id = :id AND c.play <> 'thank'
    """  # noqa: S608  (fragments of ours)
)
_KNOWN = text("SELECT EXISTS (SELECT FROM recovery_case WHERE tenant = :tenant AND id = :id)")
_COMMENTS = text("SELECT comment FROM assessment WHERE case_id = :id AND comment IS NOT NULL ORDER BY occurred_at")
# What only followed an earlier suggestion from history is no evidence of its own.
_HISTORY = text(
    """
    SELECT chosen, count(*) AS everywhere,
        count(*) FILTER (WHERE team = CAST(:team AS text) AND reason = CAST(:reason AS text)) AS here
    FROM cause_choice
    WHERE tenant = :tenant AND at >= now() - make_interval(days => :days) AND case_id <> :id
      AND (suggested = chosen AND sources = ARRAY['history']) IS NOT TRUE
    GROUP BY chosen
    """
)
_RECORD = text(
    f"""
    INSERT INTO cause_choice (case_id, tenant, team, reason, channel, suggested, strength, sources, chosen)
    SELECT c.id, c.tenant, {TEAM}, {REASON}, {CHANNEL}, CAST(:suggested AS text), CAST(:strength AS text),
        CAST(:sources AS text[]), CAST(:chosen AS text)
    {OF_CASES} WHERE c.tenant = :tenant AND c.id = :id AND c.play <> 'thank'
    ON CONFLICT (case_id) DO UPDATE SET team = EXCLUDED.team, reason = EXCLUDED.reason, channel = EXCLUDED.channel,
        suggested = EXCLUDED.suggested, strength = EXCLUDED.strength, sources = EXCLUDED.sources,
        chosen = EXCLUDED.chosen, at = now()
    """
)
_CHOICES = text(
    """
    SELECT suggested, strength, coalesce(sources, '{}') AS sources, chosen, count(*) AS n FROM cause_choice
    WHERE tenant = :tenant AND at >= :since AND at < :until
      AND (CAST(:team AS text) IS NULL OR team = :team)
      AND (CAST(:reason AS text) IS NULL OR reason = :reason)
      AND (CAST(:channel AS text) IS NULL OR channel = :channel)
    GROUP BY 1, 2, 3, 4
    """
)


async def known(tx: AsyncConnection, tenant: str, case_id: UUID) -> bool:
    """Whether there is such a case."""
    return bool(await tx.scalar(_KNOWN, {"tenant": tenant, "id": case_id}))


async def suggestion(tx: AsyncConnection, tenant: str, case_id: UUID) -> Suggestion | None:
    """The cause the case seems to have now; None where nothing speaks for any, for praise, and where there is no such
    case."""
    key = {"tenant": tenant, "id": case_id}
    row = (await tx.execute(_CONTACT, {**key, "days": UNRESOLVED_DAYS})).mappings().one_or_none()
    if row is None:
        return None
    comments = tuple((await tx.execute(_COMMENTS, {"id": case_id})).scalars())
    history = await _history(tx, {**key, "team": row["team"], "reason": row["reason"]})
    known = {name: value for name, value in row.items() if name not in ("team", "reason")}
    return suggest(Facts(comments, ContactFacts(**known), history))


async def _history(tx: AsyncConnection, about: Mapping[str, Any]) -> History:
    rows = (await tx.execute(_HISTORY, {**about, "days": HISTORY_DAYS})).all()
    return History({row.chosen: row.here for row in rows if row.here}, {row.chosen: row.everywhere for row in rows})


async def record_choice(tx: AsyncConnection, tenant: str, case_id: UUID, chosen: Cause) -> None:
    """Keep what was suggested beside what was chosen; of praise nothing. For the transaction that closes the case."""
    said = await suggestion(tx, tenant, case_id)
    await tx.execute(
        _RECORD,
        {
            "tenant": tenant,
            "id": case_id,
            "suggested": said.cause if said else None,
            "strength": said.strength if said else None,
            "sources": list(said.sources) if said else None,
            "chosen": chosen,
        },
    )


async def choices(tx: AsyncConnection, tenant: str, period: Period) -> list[Choice]:
    """What was suggested, and what was chosen, for the cases closed in ``period``."""
    rows = await tx.execute(_CHOICES, {"tenant": tenant, **asdict(period)})
    return [Choice(row.suggested, row.strength, tuple(row.sources), row.chosen, row.n) for row in rows]
