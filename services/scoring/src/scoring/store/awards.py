"""Who was awarded what, and how the periods under way stand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.scorecard import Figure

_ADD = text(
    "INSERT INTO award (tenant, award_id, rule, title, period, starts, ends, dimension, key, score, shared, parts,"
    " figures) VALUES (:tenant, :award_id, :rule, :title, :period, :start, :end, :dimension, :key, :score, :shared,"
    " CAST(:parts AS jsonb), CAST(:figures AS jsonb))"
)
_RECENT = text(
    "SELECT award_id, rule, title, period, starts, ends, dimension, key, score, shared, CAST(parts AS text) AS parts,"
    " CAST(figures AS text) AS figures FROM award WHERE tenant = :tenant AND ends >= :since"
    " ORDER BY ends DESC, rule, key LIMIT :limit"
)
_LEAD = text(
    "INSERT INTO leader (tenant, rule, place, title, period, dimension, key, rank, score, figures)"
    " VALUES (:tenant, :rule, :place, :title, :period, :dimension, :key, :rank, :score, CAST(:figures AS jsonb))"
)
_LEADERS = text(
    "SELECT rule, title, period, dimension, key, rank, score, CAST(figures AS text) AS figures FROM leader"
    " WHERE tenant = :tenant ORDER BY rule, place"
)


@dataclass(frozen=True, slots=True)
class Award:
    """One award. ``parts``: what each metric gave to ``score``, from 0 to 1, before its weight. ``shared``: others
    earned it too."""

    award_id: str
    rule: str
    title: str
    period: Literal["day", "week"]
    start: datetime
    end: datetime
    dimension: Literal["agent", "team"]
    key: str
    score: float
    shared: bool = False
    parts: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leader:
    """One place in the period that is under way."""

    rule: str
    title: str
    period: Literal["day", "week"]
    dimension: Literal["agent", "team"]
    key: str
    rank: int
    score: float
    figures: Mapping[str, Figure] = field(default_factory=dict)


async def newest_round(tx: AsyncConnection, tenant: str, rule: str) -> datetime | None:
    """When the newest period began that the rule has been applied to."""
    values = {"tenant": tenant, "rule": rule}
    found: datetime | None = await tx.scalar(
        text("SELECT max(starts) FROM award_round WHERE tenant = :tenant AND rule = :rule"), values
    )
    return found


async def close_round(tx: AsyncConnection, tenant: str, rule: str, start: datetime) -> bool:
    """Whether this is the first to close that period."""
    made = await tx.execute(
        text("INSERT INTO award_round VALUES (:tenant, :rule, :start) ON CONFLICT DO NOTHING"),
        {"tenant": tenant, "rule": rule, "start": start},
    )
    return made.rowcount == 1


async def add(tx: AsyncConnection, tenant: str, awards: Sequence[Award]) -> None:
    for award in awards:
        values = {name: getattr(award, name) for name in ("award_id", "rule", "title", "period", "start", "end")}
        values |= {name: getattr(award, name) for name in ("dimension", "key", "score", "shared")}
        values |= {"tenant": tenant, "parts": json.dumps(dict(award.parts)), "figures": _written(award.figures)}
        await tx.execute(_ADD, values)


async def recent(tx: AsyncConnection, tenant: str, since: datetime, limit: int) -> list[Award]:
    """Awards of periods that ended at ``since`` or later, the newest first."""
    return [
        Award(
            award_id=row.award_id,
            rule=row.rule,
            title=row.title,
            period=row.period,
            start=row.starts,
            end=row.ends,
            dimension=row.dimension,
            key=row.key,
            score=row.score,
            shared=row.shared,
            parts=json.loads(row.parts),
            figures=_read(row.figures),
        )
        for row in await tx.execute(_RECENT, {"tenant": tenant, "since": since, "limit": limit})
    ]


async def show_leaders(tx: AsyncConnection, tenant: str, leaders: Sequence[Leader]) -> None:
    """Replace what is shown of the tenant, in this order."""
    await tx.execute(text("DELETE FROM leader WHERE tenant = :tenant"), {"tenant": tenant})
    for place, leader in enumerate(leaders):
        values: dict[str, Any] = {"tenant": tenant, "place": place, "figures": _written(leader.figures)}
        values |= {
            name: getattr(leader, name) for name in ("rule", "title", "period", "dimension", "key", "rank", "score")
        }
        await tx.execute(_LEAD, values)


async def leaders(tx: AsyncConnection, tenant: str) -> list[Leader]:
    """How the day or week under way stands, by rule, best first; about a minute old."""
    return [
        Leader(row.rule, row.title, row.period, row.dimension, row.key, row.rank, row.score, _read(row.figures))
        for row in await tx.execute(_LEADERS, {"tenant": tenant})
    ]


def _written(figures: Mapping[str, Figure]) -> str:
    return json.dumps({name: figure.model_dump() for name, figure in figures.items()})


def _read(written: str) -> dict[str, Figure]:
    return {name: Figure.model_validate(figure) for name, figure in json.loads(written).items()}
