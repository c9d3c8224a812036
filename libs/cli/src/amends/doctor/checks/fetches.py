"""What vendors announced and ingest has yet to fetch from them, and what it gave up. Over all tenants, by source."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import INGEST, Service

LATE = 3600
"""Seconds."""
_BACKLOGS = text(
    """
    SELECT source, count(*) FILTER (WHERE state = 'parked') AS parked,
        count(*) FILTER (WHERE state = 'waiting') AS waiting,
        extract(epoch FROM now() - min(received_at) FILTER (WHERE state = 'waiting'))::float8 AS age
    FROM ingest.enrichment WHERE state IN ('waiting', 'parked') GROUP BY source ORDER BY source
    """
)
# A vendor that asks us to slow down is obeyed: nothing to mend.
_PAUSES = text(
    "SELECT DISTINCT source, reason FROM ingest.enrichment_source"
    " WHERE paused_until > now() AND reason <> 'throttled' ORDER BY source"
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_ingest, INGEST, table="enrichment_source")


async def _ingest(_: Service, tx: AsyncConnection) -> list[Finding]:
    backlogs = (await tx.execute(_BACKLOGS)).all()
    return judged(backlogs, [(row.source, row.reason) for row in await tx.execute(_PAUSES)])


def judged(backlogs: Sequence[Any], pauses: Sequence[tuple[str, str]]) -> list[Finding]:
    """``backlogs``: rows of the query; ``pauses``: which source is left alone for now, and why."""
    found = []
    for now in backlogs:
        if now.waiting and now.age > LATE:
            said = f"{count(now.waiting, 'thing')} that {now.source} announced not fetched, the oldest waits for"
            found.append(warning(f"{said} {spoken(now.age)}", "see the log of ingest: what the vendor answers"))
        if now.parked:
            said = f"{count(now.parked, 'thing')} that {now.source} announced given up"
            fix = f"amends source parked {now.source}, mend what it says, then the same with --release"
            found.append(warning(said, fix))
    for source, reason in pauses:
        said = f"the vendor of {source} is left alone for now: {reason}"
        found.append(warning(said, "mend its credentials, or wait for it; it goes on by itself"))
    return found or [fine("what vendors announced is fetched")]
