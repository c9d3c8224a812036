"""Whether there is somebody to tell: of open cases, of incidents; and whether the calendars that say who answer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, broken, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import ALERTING, Service

# Who is released, lapses or is reopened is looked for anew. A house that tells nobody has told nobody in vain.
_STATE = text(
    """
    SELECT cases.*, incidents.*
    FROM (SELECT count(DISTINCT c.id) FILTER (WHERE t.what = 'exhausted' AND EXISTS (SELECT FROM alerting.notification n
                WHERE n.case_id = c.id AND n.episode = c.episode)) AS exhausted,
            count(DISTINCT c.id) FILTER (WHERE t.what = 'nobody_on_call') AS nobody
          FROM alerting.recovery_case c JOIN alerting.timeline t ON t.case_id = c.id
          WHERE c.state = 'open' AND t.what IN ('exhausted', 'nobody_on_call')
              AND NOT EXISTS (SELECT FROM alerting.timeline anew WHERE anew.case_id = c.id AND anew.id > t.id
                  AND anew.what IN ('released', 'lapsed', 'reopened'))) AS cases,
    (SELECT count(*) AS untold FROM alerting.incident
          WHERE state = 'open' AND told_at IS NULL AND opened_at < now() - interval '5 min') AS incidents
    """
)
# One that nobody reads any more is forgotten after a day.
_CALENDARS = text(
    """
    SELECT schedule, layer, extract(epoch FROM now() - fetched_at)::float8 AS age FROM alerting.oncall_calendar
    WHERE coalesce(fetched_at, '-infinity') < now() - interval '1 day' AND tried_at > now() - interval '1 day'
    ORDER BY schedule, layer
    """
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_alerting, ALERTING, table="oncall_calendar")


async def _alerting(_: Service, tx: AsyncConnection) -> list[Finding]:
    return judged((await tx.execute(_STATE)).one(), (await tx.execute(_CALENDARS)).all())


def judged(now: Any, stale: Sequence[Any]) -> list[Finding]:
    """``now``: a row of the query; ``stale``: the calendars that have not answered for a day."""
    found = []
    if now.exhausted:
        said = f"{count(now.exhausted, 'open case')} of which everybody was told, and nobody has come"
        found.append(broken(said, "amends case list --state open, and claim them or hand them over"))
    if now.nobody:
        said = f"{count(now.nobody, 'open case')} for which nobody was on call: the fallback was told"
        found.append(warning(said, "amends oncall now, amends oncall gaps, and put somebody on"))
    if now.untold:
        said = f"{count(now.untold, 'open incident')} of which nobody could be told"
        found.append(warning(said, "see the incidents of the desk; give their rule an owner in the on-call file"))
    for each in stale:
        copy = "never answered" if each.age is None else f"rests on a copy that is {spoken(each.age)} old"
        said = f"the calendar of layer {each.layer} of {each.schedule} {copy}"
        found.append(warning(said, "see the log of alerting; meanwhile amends oncall override add"))
    return found or [fine("whoever should be told can be")]
