"""What the CRM should hold by now and does not. Over all tenants; of customers only their number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, broken, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import PROFILE_SYNC, Service

# Seconds.
PUSH_LATE, ERASURE_LATE, NEWS_LATE = 3600, 4 * 3600, 300
_STATE = text(
    """
    SELECT push.*, news.*
    FROM (SELECT count(*) FILTER (WHERE state = 'parked') AS parked,
            count(*) FILTER (WHERE state = 'pending' AND NOT erasing) AS pending,
            extract(epoch FROM now() - min(pending_since) FILTER (WHERE state = 'pending' AND NOT erasing))::float8
                AS pending_age,
            count(*) FILTER (WHERE erasing) AS erasing,
            extract(epoch FROM now() - min(pending_since) FILTER (WHERE erasing))::float8 AS erasing_age
          FROM profile_sync.crm_push WHERE state IN ('pending', 'parked')) AS push,
    (SELECT count(*) AS news, extract(epoch FROM now() - min(at))::float8 AS news_age
          FROM profile_sync.announcement) AS news
    """
)
_PAUSES = text("SELECT reason, count(*) AS tenants FROM profile_sync.crm_pause WHERE until > now() GROUP BY reason")


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_crm, PROFILE_SYNC, table="announcement")


async def _crm(_: Service, tx: AsyncConnection) -> list[Finding]:
    state = (await tx.execute(_STATE)).one()
    return judged(state, [(row.reason, row.tenants) for row in await tx.execute(_PAUSES)])


def judged(now: Any, pauses: Sequence[tuple[str, int]] = ()) -> list[Finding]:
    """``now``: a row of the query; ``pauses``: why the CRM of how many tenants is left alone for now."""
    found = []
    if now.erasing and (now.erasing_age or 0) > ERASURE_LATE:
        said = f"the CRM still holds {count(now.erasing, 'erased customer')}, the oldest for {spoken(now.erasing_age)}"
        found.append(broken(said, "see the log of profile-sync: an erasure has a legal deadline"))
    if now.pending and (now.pending_age or 0) > PUSH_LATE:
        said = f"the CRM lacks {count(now.pending, 'customer')}, the oldest for {spoken(now.pending_age)}"
        found.append(broken(said, "start profile-sync, see its log and the pauses"))
    for reason, tenants in pauses:
        said = f"the CRM of {count(tenants, 'tenant')} is left alone for now: {reason}"
        found.append(warning(said, "mend the CRM or its token; it goes on by itself"))
    if now.parked:
        said = f"{count(now.parked, 'customer')} parked: the CRM does not take what they prefer"
        found.append(
            warning(said, "amends preferences parked, mend the fields, then amends preferences retry CUSTOMER")
        )
    if now.news and now.news_age > NEWS_LATE:
        said = f"{count(now.news, 'change')} not told on customer-notes, the oldest for {spoken(now.news_age)}"
        found.append(broken(said, "start profile-sync and Kafka, see the log"))
    return found or [fine("the CRM holds what it should")]
