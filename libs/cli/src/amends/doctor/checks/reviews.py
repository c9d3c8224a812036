"""Doubtful preferences that wait for a person. Over all tenants; of customers nothing."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, warning
from amends.doctor.given import Given
from amends.services import PROFILE_SYNC, Service

DAYS = 7
# What habits suggest waits for nobody.
_STATE = text(
    f"""
    SELECT count(*) FROM profile_sync.note
    WHERE status = 'proposed' AND source <> 'urn:amends:habit' AND recorded_at < now() - interval '{DAYS} days'
    """  # noqa: S608 - a number of ours
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_proposed, PROFILE_SYNC, table="note")


async def _proposed(_: Service, tx: AsyncConnection) -> list[Finding]:
    waiting = int(await tx.scalar(_STATE) or 0)
    if not waiting:
        return [fine(f"no doubtful preference waits for over {DAYS} days")]
    said = f"{count(waiting, 'doubtful preference')} wait for somebody for over {DAYS} days"
    return [warning(said, "amends preferences review, then amends preferences accept or reject")]
