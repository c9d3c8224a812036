"""Why customers were unhappy, as the recovery desk found when it closed their cases."""

from collections import Counter

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import facts
from scoring.core.clock import ms_of
from scoring.core.facts.case import Case
from scoring.core.window import Window

_CASES = text(
    "SELECT id, state FROM fact WHERE tenant = :tenant AND last_at >= :start AND first_at < :end"
    " AND id >= 'case/' AND id < 'case0'"
)


async def causes(tx: AsyncConnection, tenant: str, window: Window) -> list[tuple[str, str | None, int]]:
    """(cause, team, how many) of the cases closed in the window, the most frequent first."""
    start, end = ms_of(window.start), ms_of(window.end)
    counted: Counter[tuple[str, str | None]] = Counter()
    for row in await tx.execute(_CASES, {"tenant": tenant, "start": window.start, "end": window.end}):
        case = facts.load(row.id, row.state)
        if isinstance(case, Case) and case.cause and case.closed_at is not None and start <= case.closed_at < end:
            counted[case.cause, case.team] += 1
    return [(cause, team, n) for (cause, team), n in sorted(counted.items(), key=lambda c: (-c[1], str(c[0])))]
