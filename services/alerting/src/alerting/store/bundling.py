"""Puts together what is too much for one recipient: the waiting rows become part of one row that says how many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.bulletin import BundleFacts
from alerting.core.throttle import Waiting, share
from alerting.store.outbox import wake
from alerting.store.ready import FIRST, PART, RANK, READY

AT_ONCE = 500
_WINDOW = "interval '1 minute'"

# Two dispatchers that count at the same time would both find room for the last one.
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('amends alerting throttle ' || :channel, 0))")
_WAITING = text(
    f"""
    SELECT n.id, n.tenant, coalesce(n.person, '') AS person, n.what, n.urgent, {FIRST} AS first
    {READY} ORDER BY {RANK}, n.due_at, n.id LIMIT {AT_ONCE} FOR UPDATE OF n SKIP LOCKED
    """
)
_TOLD = text(
    f"""
    SELECT tenant, person, count(*) FILTER (WHERE what IN ('page', 'reminder')) AS told,
           max(coalesce(sent_at, created_at)) FILTER (WHERE what = 'bundle') + {_WINDOW} AS next_bundle_at,
           max(id) FILTER (WHERE what = 'bundle' AND state = 'queued' AND attempts = 0) AS open_bundle
    FROM (
        SELECT id, tenant, coalesce(person, '') AS person, what, state, attempts, sent_at, created_at
        FROM notification WHERE channel = :channel AND state = 'sent' AND sent_at > now() - {_WINDOW}
        UNION ALL
        SELECT id, tenant, coalesce(person, '') AS person, what, state, attempts, sent_at, created_at
        FROM notification WHERE channel = :channel AND state = 'queued' AND (leased_until > now() OR what = 'bundle')
    ) told GROUP BY tenant, person
    """  # noqa: S608  (fragments of ours)
)
# Whoever acts on a case locks its row and then its notifications. We hold notifications already, so we must not wait
# for a case: one of them that is free stands for the bundle.
_ANCHOR = text(
    "SELECT c.id FROM recovery_case c JOIN notification n ON n.case_id = c.id WHERE n.id = ANY(CAST(:ids AS bigint[]))"
    " ORDER BY n.id LIMIT 1 FOR KEY SHARE OF c SKIP LOCKED"
)
_OPEN = text(
    """
    INSERT INTO notification (tenant, case_id, step, what, channel, person, dedup_key, due_at)
    SELECT CAST(:tenant AS text), case_id, step, 'bundle', channel, person,
           concat_ws('-', case_id, step, channel, person), greatest(now(), CAST(:due_at AS timestamptz))
    FROM (SELECT CAST(:case_id AS uuid) AS case_id, CAST(:step AS text) AS step, CAST(:channel AS text) AS channel,
                 nullif(CAST(:person AS text), '') AS person) one
    RETURNING id
    """
)
_JOIN = text("UPDATE notification SET state = 'bundled', bundled_into = :bundle WHERE id = ANY(CAST(:ids AS bigint[]))")
_PARTS = text(
    f"""
    SELECT DISTINCT c.id, coalesce(contact.team, a.team) AS team
    FROM notification n JOIN recovery_case c ON c.id = n.case_id
    LEFT JOIN assessment a ON (a.tenant, a.kind, a.answer_id) = (c.tenant, c.answer_kind, c.answer_id)
    LEFT JOIN contact ON contact.tenant = c.tenant AND contact.interaction_id = c.interaction_id
    WHERE n.bundled_into = :bundle AND {PART} ORDER BY c.id
    """  # noqa: S608  (fragments of ours)
)


@dataclass(slots=True)
class _Recipient:
    """What waits for one, and what they were told in the last minute."""

    waiting: list[Waiting] = field(default_factory=list)
    told: int = 0
    next_bundle_at: datetime | None = None
    open_bundle: int | None = None


async def divide(tx: AsyncConnection, channel: str, limit: int) -> list[int]:
    """Bundle what is beyond ``limit`` a minute for anybody on ``channel``; the ids that may be sent singly.

    A bundle that has been tried takes no more rows: who did get it would take the longer one for a repeat. Bundles for
    one recipient are at least a minute apart; what comes up in between joins the one that waits.
    """
    await tx.execute(_ALONE, {"channel": channel})
    found: dict[tuple[str, str], _Recipient] = defaultdict(_Recipient)
    for row in await tx.execute(_WAITING, {"channel": channel}):
        found[row.tenant, row.person].waiting.append(Waiting(row.id, row.what, row.first, row.urgent))
    if not found:
        return []
    for row in await tx.execute(_TOLD, {"channel": channel}):
        one = found[row.tenant, row.person]
        one.told, one.next_bundle_at, one.open_bundle = row.told, row.next_bundle_at, row.open_bundle
    single: list[int] = []
    for (tenant, person), one in found.items():
        shares = share(one.waiting, told=one.told, limit=limit, bundle_open=one.open_bundle is not None)
        single += shares.single
        if shares.bundled:
            await _bundle(tx, {"tenant": tenant, "person": person, "channel": channel}, one, shares.bundled)
    return single


async def _bundle(tx: AsyncConnection, whose: Mapping[str, str], one: _Recipient, ids: Sequence[int]) -> None:
    bundle = one.open_bundle
    if bundle is None:
        case_id: UUID | None = await tx.scalar(_ANCHOR, {"ids": list(ids)})
        if case_id is None:
            return
        values: dict[str, Any] = {"case_id": case_id, "step": f"b{min(ids)}", "due_at": one.next_bundle_at}
        bundle = await tx.scalar(_OPEN, {**whose, **values})
        await wake(tx)
    await tx.execute(_JOIN, {"ids": list(ids), "bundle": bundle})


async def parts(tx: AsyncConnection, bundle: int, tenant: str, made_at: datetime) -> BundleFacts:
    """What a bundle tells of: the cases in it that nobody has taken care of since."""
    rows = (await tx.execute(_PARTS, {"bundle": bundle})).all()
    teams: dict[str | None, int] = defaultdict(int)
    for row in rows:
        teams[row.team] += 1
    return BundleFacts(tenant, made_at, dict(teams), tuple(row.id for row in rows))
