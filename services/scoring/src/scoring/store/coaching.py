"""Reading what coaching looks at, and keeping what came of it."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from scoring.core import facts
from scoring.core.attribution import UNATTRIBUTED
from scoring.core.clock import ms_of
from scoring.core.measures import ANSWERS
from scoring.core.recognition.coaching import Where
from scoring.core.window import Window

# By id, which never changes: each fact is looked at once, however much is written meanwhile.
_PAGE = text(
    "SELECT id, state FROM fact WHERE tenant = :tenant AND id > :after AND last_at >= :from AND first_at < :to"
    " AND (starts_with(id, 'interaction/') OR starts_with(id, 'response/')) ORDER BY id LIMIT :most"
)
_KEPT = text("SELECT computed_at, starts, ends, CAST(advice AS text) AS advice FROM coaching WHERE tenant = :tenant")
_KEEP = text(
    "INSERT INTO coaching VALUES (:tenant, :computed_at, :starts, :ends, CAST(:advice AS jsonb))"
    " ON CONFLICT (tenant) DO UPDATE SET computed_at = excluded.computed_at, starts = excluded.starts,"
    " ends = excluded.ends, advice = excluded.advice"
)


class Kept(NamedTuple):
    """Advice as JSON, when it was computed, and the window it looked at."""

    computed_at: datetime
    start: datetime
    end: datetime
    advice: str


async def rows_after(
    tx: AsyncConnection, tenant: str, window: Window, after: str, most: int
) -> list[tuple[str, bytes]]:
    """The next facts that count in the window, by id."""
    values = {"tenant": tenant, "after": after, "from": window.start, "to": window.end, "most": most}
    return [(row.id, row.state) for row in await tx.execute(_PAGE, values)]


def answers(rows: list[tuple[str, bytes]], window: Window, into: dict[Where, Counter[str]]) -> None:
    """Add what the answers of these facts count within the window."""
    start, end = ms_of(window.start), ms_of(window.end)
    for id_, state in rows:
        for part in facts.load(id_, state).contributions():
            if part.family == ANSWERS.name and start <= part.at < end:
                whose = part.attribution
                where = Where(whose.team or UNATTRIBUTED, whose.agent or UNATTRIBUTED, whose.reason or UNATTRIBUTED)
                into.setdefault(where, Counter()).update(part.sums)


async def keep(tx: AsyncConnection, tenant: str, kept: Kept) -> None:
    values = {"tenant": tenant, "computed_at": kept.computed_at, "starts": kept.start, "ends": kept.end}
    await tx.execute(_KEEP, {**values, "advice": kept.advice})


async def find(tx: AsyncConnection, tenant: str) -> Kept | None:
    row = (await tx.execute(_KEPT, {"tenant": tenant})).one_or_none()
    return None if row is None else Kept(row.computed_at, row.starts, row.ends, row.advice)
