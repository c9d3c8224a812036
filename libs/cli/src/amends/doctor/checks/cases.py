"""Recovery cases that go on by nothing, and people who were not told. Over all tenants; of cases only their number."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from amends.doctor.finding import Finding, broken, count, fine, spoken, warning
from amends.doctor.given import Given
from amends.services import ALERTING, Service

# Seconds after which nothing has come of what is due at once.
LATE, REPORTS_LATE = 300, 300
# A message is due later where whoever is to be told sleeps, and it may have gone into a bundle.
_STATE = text(
    f"""
    SELECT timers.*, cases.*, queued.*, dead.*, reports.*
    FROM (SELECT count(*) AS timers, extract(epoch FROM now() - min(due_at))::float8 AS timers_age
          FROM (SELECT due_at FROM alerting.timer UNION ALL SELECT due_at FROM alerting.watch) AS due
          WHERE due_at < now() - interval '{LATE} s') AS timers,
    (SELECT count(*) FILTER (WHERE NOT EXISTS (SELECT FROM alerting.timer t WHERE t.case_id = c.id)) AS forgotten,
            count(*) FILTER (WHERE state = 'open' AND claim_due_at < now()) AS unclaimed,
            extract(epoch FROM now() - min(claim_due_at) FILTER (WHERE state = 'open'))::float8 AS unclaimed_age
          FROM alerting.recovery_case c WHERE state <> 'closed') AS cases,
    (SELECT count(*) AS queued, count(*) FILTER (WHERE problem IS NOT NULL) AS failing
          FROM alerting.notification WHERE state = 'queued' AND created_at < now() - interval '{LATE} s'
            AND (attempts > 0 OR due_at < now() - interval '{LATE} s')) AS queued,
    (SELECT count(*) AS dead
          FROM (SELECT n.state, n.bundled_into FROM alerting.recovery_case c
                JOIN alerting.notification n ON n.case_id = c.id AND n.episode = c.episode WHERE c.state = 'open'
                UNION ALL SELECT n.state, NULL FROM alerting.incident i
                JOIN alerting.notification n ON n.incident_id = i.id WHERE i.state = 'open') AS told
          LEFT JOIN alerting.notification bundle ON bundle.id = told.bundled_into
          WHERE 'dead' IN (told.state, bundle.state)) AS dead,
    (SELECT count(*) AS reports, extract(epoch FROM now() - min(at))::float8 AS reports_age
          FROM (SELECT changed_at AS at FROM alerting.case_report
                UNION ALL SELECT requested_at FROM alerting.resurvey_request) AS untold) AS reports
    """  # noqa: S608 - numbers of ours
)


async def look(given: Given) -> list[Finding]:
    return await given.databases.each(_alerting, ALERTING, table="watch")


async def _alerting(_: Service, tx: AsyncConnection) -> list[Finding]:
    return judged((await tx.execute(_STATE)).one())


def judged(now: Any) -> list[Finding]:
    """``now``: a row of the query."""
    found = []
    if now.timers:
        said = f"{count(now.timers, 'step')} of cases overdue, the oldest for {spoken(now.timers_age)}: nobody is told"
        found.append(broken(said, "start alerting, see its log"))
    if now.forgotten:
        said = f"{count(now.forgotten, 'case')} without a next step: nothing of ours will happen to them"
        found.append(broken(said, "open the desk (/desk), claim them, and report it: this must not be"))
    if now.queued:
        of = f", {now.failing} of them failed before" if now.failing else ""
        said = f"{count(now.queued, 'message')} not sent for more than {spoken(LATE)}{of}"
        found.append(broken(said, "amends oncall check FILE; the delivery log of the desk says why"))
    if now.dead:
        said = f"{count(now.dead, 'message')} about open cases or incidents given up: somebody was not told"
        found.append(warning(said, "the delivery log of the desk says why; mend the channel and claim the cases"))
    if now.unclaimed:
        said = f"{count(now.unclaimed, 'case')} not claimed in time, the oldest {spoken(now.unclaimed_age)} late"
        found.append(warning(said, "amends case list --state open, and look at who is on call"))
    if now.reports and now.reports_age > REPORTS_LATE:
        said = f"{count(now.reports, 'change')} of cases not told on alerts, the oldest for {spoken(now.reports_age)}"
        found.append(broken(said, "start alerting and Kafka, see the log"))
    return found or [fine("every case has its next step, and nobody waits to be told")]
