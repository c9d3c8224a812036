"""The steps of a walk over all customers: the next few of them, into the outbox.

A step locks as the pusher does, customers first and the sweep's row last, so that the two cannot deadlock.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.sweeps import Purpose, Waiting, allowance
from profile_sync.store import erased
from profile_sync.store.sweeps import RUNS


async def step(tx: AsyncConnection, tenant: str, id_: UUID) -> int:
    """Put the next customers of the walk into the outbox, as many as its rate allows, or see that it is over.

    Returns how many. Several replicas may call it: one takes the step, the others nothing.
    """
    await erased.share(tx, {tenant})
    which = {"tenant": tenant, "id": id_}
    if not await tx.scalar(_TAKE_TURN, {"tenant": tenant}):
        return 0
    # Read only now: the turn may have been another's until a moment ago.
    sweep = (await tx.execute(_STANDING, which)).one_or_none()
    if sweep is None or sweep.paused:
        return 0
    which |= {"all": sweep.purpose == Purpose.BACKFILL}
    if sweep.total is None:
        await tx.execute(_COUNT, which)
        return 0
    waiting = Waiting(sweep.fresh, sweep.failing)
    may, used_until = allowance(sweep.rate_per_second, sweep.queued_until, sweep.now, waiting)
    if may == 0:
        return 0
    count, last = (await tx.execute(_QUEUE, {**which, "after": sweep.after, "limit": may})).one()
    over = count < may and sweep.fresh + count == 0
    moved = {"after": last or sweep.after, "count": count, "used_until": used_until, "over": over}
    await tx.execute(_MOVE, {"tenant": tenant, "id": id_, **moved})
    return int(count)


# An erased customer's fields are being cleared: there is nothing to agree on. What was parked waits for a person, or
# for a new CRM.
_AMONG = """
    crm_push.tenant = :tenant AND NOT erasing AND (:all OR state <> 'parked')
    AND (
        EXISTS (
            SELECT FROM note
            WHERE note.tenant = :tenant AND note.customer_id = crm_push.customer_id AND status = 'active'
        )
        OR EXISTS (
            SELECT FROM crm_field
            WHERE crm_field.tenant = :tenant AND crm_field.customer_id = crm_push.customer_id
        )
    )
"""
_TAKE_TURN = text("SELECT pg_try_advisory_xact_lock(hashtext('amends sweep'), hashtext(:tenant))")
_STANDING = text(f"""
    SELECT sweep.*, now(), waiting.*,
        EXISTS (SELECT FROM crm_pause WHERE crm_pause.tenant = :tenant AND until > now()) AS paused
    FROM sweep CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE attempts = 0) AS fresh, count(*) FILTER (WHERE attempts > 0) AS failing
        FROM crm_push WHERE tenant = :tenant AND crm_push.sweep = :id AND state = 'pending'
    ) AS waiting
    WHERE sweep.tenant = :tenant AND sweep.id = :id AND {RUNS}
""")  # noqa: S608
_COUNT = text(f"""
    UPDATE sweep SET total = (SELECT count(*) FROM crm_push WHERE {_AMONG}) WHERE tenant = :tenant AND id = :id
""")  # noqa: S608
# A row that is pending anyway is left as it stands: its next try is this sweep's look. Of the others the version is
# raised, so that what is written anew is not taken for the request of long ago, which had the same key.
_QUEUE = text(f"""
    WITH next AS MATERIALIZED (
        SELECT customer_id FROM crm_push WHERE {_AMONG} AND customer_id > :after
        ORDER BY customer_id LIMIT :limit FOR UPDATE
    ), queued AS (
        UPDATE crm_push SET
            sweep = :id,
            state = 'pending',
            version = CASE WHEN state = 'pending' THEN version ELSE version + 1 END,
            due_at = CASE WHEN state = 'pending' THEN due_at ELSE now() END,
            attempts = CASE WHEN state = 'pending' THEN attempts ELSE 0 END,
            reason = CASE WHEN state = 'pending' THEN reason END,
            failing_since = CASE WHEN state = 'pending' THEN failing_since END
        FROM next WHERE crm_push.tenant = :tenant AND crm_push.customer_id = next.customer_id
    )
    SELECT count(*), max(customer_id) FROM next
""")  # noqa: S608
_MOVE = text("""
    UPDATE sweep SET
        after = :after, queued = queued + :count, queued_until = :used_until,
        finished_at = CASE WHEN :over THEN now() END
    WHERE tenant = :tenant AND id = :id
""")
