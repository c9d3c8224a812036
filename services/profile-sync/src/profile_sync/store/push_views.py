"""How the CRM stands, as people see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from profile_sync.core.preferences import Customer

Trouble = Literal["erasing", "parked", "yielded", "drifted"]


@dataclass(frozen=True, slots=True)
class PushView:
    """The row of the outbox, if there is one; what the CRM was told, by field."""

    push: RowMapping | None
    fields: Sequence[RowMapping]


async def of_customer(tx: AsyncConnection, who: Customer) -> PushView:
    push = await tx.execute(_PUSH, who._asdict())
    fields = await tx.execute(_FIELDS, who._asdict())
    return PushView(push.mappings().one_or_none(), fields.mappings().all())


async def troubled(
    tx: AsyncConnection, tenant: str, trouble: Trouble | None, *, after: tuple[datetime, str] | None, limit: int
) -> Sequence[RowMapping]:
    """Customers whose CRM is not as it should be, the longest so first; each once, by the first trouble they have."""
    at, id_ = after or (None, None)
    values = {"tenant": tenant, "trouble": trouble, "at": at, "id": id_, "limit": limit}
    return (await tx.execute(_TROUBLED, values)).mappings().all()


async def lock(tx: AsyncConnection, who: Customer) -> bool | None:
    """Whether something is wrong that trying again may mend; None for somebody the outbox does not know."""
    found = (await tx.execute(_LOCK, who._asdict())).one_or_none()
    return None if found is None else bool(found.wrong)


_PUSH = text("""
    SELECT crm_push.*, crm_pause.until AS paused_until, crm_pause.reason AS pause_reason FROM crm_push
    LEFT JOIN crm_pause ON crm_pause.tenant = crm_push.tenant AND crm_pause.until > now()
    WHERE crm_push.tenant = :tenant AND customer_id = :customer_id
""")
_FIELDS = text("SELECT * FROM crm_field WHERE tenant = :tenant AND customer_id = :customer_id ORDER BY field")
# Of a parked row, due_at is when it was parked; of an erased customer's, noted_at when the erasure was asked for.
_TROUBLED = text("""
    SELECT * FROM (
        SELECT DISTINCT ON (push.customer_id)
            push.customer_id, push.reason, push.drifted, held.fields AS held, wrong.trouble, wrong.since
        FROM crm_push AS push
        CROSS JOIN LATERAL (
            SELECT array_agg(field ORDER BY field) AS fields, min(yielded_since) AS since FROM crm_field
            WHERE (tenant, customer_id) = (push.tenant, push.customer_id) AND yielded_since IS NOT NULL
        ) AS held
        CROSS JOIN LATERAL (VALUES
            (1, 'erasing', erasing, noted_at),
            (2, 'parked', NOT erasing AND state = 'parked', due_at),
            (3, 'yielded', NOT erasing AND state = 'yielded', coalesce(held.since, due_at)),
            (4, 'drifted', NOT erasing AND drifted_at IS NOT NULL, drifted_at)
        ) AS wrong (rank, trouble, applies, since)
        WHERE push.tenant = :tenant AND applies AND (CAST(:trouble AS text) IS NULL OR wrong.trouble = :trouble)
            AND (state IN ('parked', 'yielded') OR drifted_at IS NOT NULL OR (erasing AND attempts > 0))
        ORDER BY push.customer_id, wrong.rank
    ) AS found
    WHERE CAST(:at AS timestamptz) IS NULL OR (since, customer_id) > (:at, CAST(:id AS text))
    ORDER BY since, customer_id LIMIT :limit
""")
_LOCK = text("""
    SELECT state IN ('parked', 'yielded') OR drifted_at IS NOT NULL OR (erasing AND attempts > 0) AS wrong FROM crm_push
    WHERE tenant = :tenant AND customer_id = :customer_id FOR UPDATE
""")
