"""How pushes ended, for many at once: what the outbox says of each customer then."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.converge import Plan
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Park, Reason
from profile_sync.store import columns, fields, sweeps
from profile_sync.store.claim import Claim


@dataclass(frozen=True, slots=True)
class Settled:
    """The CRM holds what ``plan`` wanted, but for what it yielded. ``drifted``: what it did not hold any more."""

    plan: Plan
    drifted: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Parked: the CRM would not take ``plan``, so that nothing of it was written."""

    reason: Reason
    plan: Plan


@dataclass(frozen=True, slots=True)
class Postponed:
    """Due again in ``seconds``. ``failed``: the CRM failed this customer, rather than asked for quiet."""

    reason: Reason
    seconds: float
    failed: bool


@dataclass(frozen=True, slots=True)
class Released:
    """Nothing was sent and nothing failed: anybody may take it."""


Outcome = Settled | Refused | Postponed | Park | Released
Ended = tuple[Claim, Outcome, Row[Any]]
"""The last: the row of the outbox as it stands, locked, and known to be ours."""


async def record(tx: AsyncConnection, ended: Sequence[Ended], recheck_seconds: float) -> None:
    settled = [(claim, outcome, row) for claim, outcome, row in ended if isinstance(outcome, Settled)]
    await _settle(tx, settled, recheck_seconds)
    rest = [(claim, outcome) for claim, outcome, _ in ended if not isinstance(outcome, Settled)]
    late = [(*c.customer, o.seconds, o.reason.value, o.failed) for c, o in rest if isinstance(o, Postponed)]
    await _each(tx, _POSTPONE, ("seconds", "reason", "failed"), late)
    parked = [(*c.customer, c.version, o.reason.value) for c, o in rest if isinstance(o, Park | Refused)]
    await _each(tx, _PARK, ("version", "reason"), parked)
    refused = [(c.customer, dict(c.memory), o.plan) for c, o in rest if isinstance(o, Refused)]
    await fields.withdraw_attempts(tx, refused)
    await _each(tx, _RELEASE, (), [claim.customer for claim, outcome in rest if isinstance(outcome, Released)])
    for _, outcome, row in ended:
        if row.sweep is not None and isinstance(outcome, Settled | Park | Refused):
            await sweeps.checked(tx, row.sweep, isinstance(outcome, Settled) and bool(outcome.drifted))


async def _settle(tx: AsyncConnection, settled: Sequence[tuple[Claim, Settled, Row[Any]]], recheck: float) -> None:
    rows = [
        (*claim.customer, claim.version, claim.noted_at, bool(done.plan.yielded), ",".join(done.drifted) or None)
        for claim, done, _ in settled
    ]
    await _each(tx, _SETTLE, ("version", "noted_at", "yielded", "drifted"), rows, recheck=recheck)
    await fields.remember(tx, [(claim.customer, dict(claim.memory), done.plan) for claim, done, _ in settled])
    gone = [claim.customer for claim, _, row in settled if claim.erasing and row.version == claim.version]
    await fields.forget(tx, gone)
    await _each(tx, _FORGET, (), gone)


async def _each(
    tx: AsyncConnection, statement: TextClause, also: Iterable[str], rows: Sequence[Sequence[Any]], **values: Any
) -> None:
    if rows:
        await tx.execute(statement, {**columns((*Customer._fields, *also), rows), **values})


_SETTLE = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, attempts = 0, reason = NULL, failing_since = NULL, sweep = NULL,
        agreed_at = now(), agreed_version = done.version,
        drifted_at = CASE WHEN done.drifted IS NULL THEN drifted_at ELSE now() END,
        drifted = coalesce(string_to_array(done.drifted, ','), crm_push.drifted),
        pending_since = CASE WHEN crm_push.noted_at IS DISTINCT FROM done.noted_at THEN crm_push.noted_at END,
        state = CASE
            WHEN crm_push.version > done.version THEN 'pending' WHEN done.yielded THEN 'yielded' ELSE 'done'
        END,
        due_at = CASE WHEN crm_push.version > done.version THEN now() ELSE now() + make_interval(secs => :recheck) END
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:version AS bigint[]),
        CAST(:noted_at AS timestamptz[]), CAST(:yielded AS boolean[]), CAST(:drifted AS text[])
    ) AS done (tenant, customer_id, version, noted_at, yielded, drifted)
    WHERE crm_push.tenant = done.tenant AND crm_push.customer_id = done.customer_id
""")
_POSTPONE = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, reason = late.reason,
        attempts = attempts + CASE WHEN late.failed THEN 1 ELSE 0 END,
        failing_since = CASE WHEN late.failed THEN coalesce(failing_since, now()) END,
        due_at = now() + make_interval(secs => late.seconds)
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:seconds AS double precision[]),
        CAST(:reason AS text[]), CAST(:failed AS boolean[])
    ) AS late (tenant, customer_id, seconds, reason, failed)
    WHERE crm_push.tenant = late.tenant AND crm_push.customer_id = late.customer_id
""")
_PARK = text("""
    UPDATE crm_push SET
        lease = NULL, leased_until = NULL, reason = parked.reason, attempts = 0, failing_since = NULL, sweep = NULL,
        state = CASE WHEN crm_push.version > parked.version THEN 'pending' ELSE 'parked' END,
        due_at = now()
    FROM unnest(
        CAST(:tenant AS text[]), CAST(:customer_id AS text[]), CAST(:version AS bigint[]), CAST(:reason AS text[])
    ) AS parked (tenant, customer_id, version, reason)
    WHERE crm_push.tenant = parked.tenant AND crm_push.customer_id = parked.customer_id
""")
_RELEASE = text("""
    UPDATE crm_push SET lease = NULL, leased_until = NULL
    WHERE (tenant, customer_id) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))
""")
_FORGET = text("""
    DELETE FROM crm_push
    WHERE (tenant, customer_id) IN (SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:customer_id AS text[])))
""")
