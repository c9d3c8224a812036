"""Walks over all customers of the CRM: whether they get on, and whether they find much that the CRM has lost."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, warning
from amends.doctor.given import Given
from amends.services import PROFILE_SYNC, Service

MANY = 20
# A walk waits with a CRM that is left alone, which the check of the CRM tells.
_STATE = text(
    """
    SELECT walks.*, customers.*
    FROM (SELECT count(*) AS stuck FROM profile_sync.sweep s
          WHERE finished_at IS NULL AND cancelled_at IS NULL
            AND greatest(asked_at, queued_until) < now() - interval '1 h'
            AND NOT EXISTS (SELECT FROM profile_sync.crm_pause p WHERE p.tenant = s.tenant AND until > now())) AS walks,
    (SELECT count(*) AS drifted FROM profile_sync.crm_push WHERE drifted_at > now() - interval '1 h') AS customers
    """
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_walks, PROFILE_SYNC, table="sweep")


async def _walks(_: Service, tx: AsyncConnection) -> list[Finding]:
    return judged((await tx.execute(_STATE)).one())


def judged(now: Any) -> list[Finding]:
    """``now``: a row of the query."""
    found = []
    if now.stuck:
        said = f"{count(now.stuck, 'walk')} over all customers of the CRM did not get on for an hour"
        found.append(warning(said, "amends preferences sweeps, see the log of profile-sync"))
    if now.drifted >= MANY:
        said = f"the CRM lost fields of {count(now.drifted, 'customer')} within an hour; they were written again"
        found.append(warning(said, "find what overwrites them there: an import, a rule, another integration"))
    return found or [fine("the CRM keeps what was agreed")]
