"""What scoring deletes, and when. Over all tenants."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from events.runtime.old_rows import again, rows
from events.runtime.retention import Delete, Place, Rule, Step
from scoring.core import facts
from scoring.core.facts.contact import Contact
from scoring.core.pane import GRAIN_NUMBERS
from scoring.core.retention import Retention
from scoring.store.generations import TABLES

DAY = timedelta(days=1)
# But for the marks of who was erased.
_FACTS = text(
    "DELETE FROM fact WHERE ctid = ANY(ARRAY(SELECT ctid FROM fact WHERE changed_at < now() - CAST(:age AS interval)"
    " AND (last_at IS NOT NULL OR id NOT LIKE 'customer/%') ORDER BY changed_at LIMIT :most FOR UPDATE SKIP LOCKED))"
    " RETURNING tenant, id, state"
)
_ANSWERS = text(
    "DELETE FROM answer a USING unnest(CAST(:tenants AS text[]), CAST(:ids AS text[])) AS gone(tenant, id)"
    " WHERE a.tenant = gone.tenant AND a.id = gone.id"
)


def rules(retention: Retention, remarks: timedelta, agents: timedelta | None) -> list[Rule]:
    """``remarks``: how long what was said is kept; ``agents``: the days of single agents, None for ever. They are
    kept for as long as facts at least: one that changes changes its day."""
    agents = agents and max(agents, retention.facts + DAY)
    return [
        *(Rule(table, retention.minutes, _panes(table, "minute")) for table in TABLES),
        *(Rule(table, retention.hours, _panes(table, "hour")) for table in TABLES),
        *(Rule(table, agents, _panes(table, "day", "kind = 'agent' AND key <> 'unattributed'")) for table in TABLES),
        Rule("fact", retention.facts + DAY, _delete_facts),  # dated by the beginning of a day
        Rule("remark", remarks, rows("remark", "at")),
        Rule("praise", remarks, rows("praise", "said_at")),
        Rule("message", remarks, rows("message", "settled_at")),
        Rule("award", retention.facts, rows("award", "ends")),
        Rule("scorecard", retention.facts, rows("scorecard", "told_at")),
        Rule("digest_delivery", retention.facts, rows("digest_delivery", "created_at", only="state <> 'due'")),
    ]


def _panes(table: str, grain: str, whose: str = "true") -> Delete:
    """Of some dimensions at a time: of each the primary key finds what is old among all that stays."""
    next_ones = text(
        f"SELECT id FROM dimension WHERE id > :after AND {whose} ORDER BY id LIMIT :most"  # noqa: S608  (ours)
    )
    statement = text(
        f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("  # noqa: S608  (ours)
        "SELECT old.ctid FROM unnest(CAST(:ids AS int[])) AS d(id) CROSS JOIN LATERAL ("
        f"SELECT ctid FROM {table} WHERE dimension = d.id AND grain = {GRAIN_NUMBERS[grain]} AND start <"
        " CAST(extract(epoch FROM date_trunc('day', now() - CAST(:age AS interval), 'UTC')) / 60 AS int)"
        " LIMIT :most FOR UPDATE SKIP LOCKED) AS old LIMIT :most))"
    )

    async def delete(tx: AsyncConnection, age: timedelta, most: int, after: Place) -> Step:
        (place,) = after or (0,)
        ids = list(await tx.scalars(next_ones, {"after": place, "most": most}))
        gone = (await tx.execute(statement, {"ids": ids, "age": age, "most": most})).rowcount
        if gone == most:
            return Step(gone, after)
        return Step(gone, (ids[-1],) if len(ids) == most else None)

    return delete


async def _delete_facts(tx: AsyncConnection, age: timedelta, most: int, _after: Place) -> Step:
    """With the answers that hang on them."""
    gone = (await tx.execute(_FACTS, {"age": age, "most": most})).all()
    contacts = ((row.tenant, facts.load(row.id, row.state)) for row in gone)
    answers = [(tenant, id_) for tenant, fact in contacts if isinstance(fact, Contact) for id_ in fact.answers]
    if answers:
        tenants, ids = zip(*answers, strict=True)
        await tx.execute(_ANSWERS, {"tenants": list(tenants), "ids": list(ids)})
    return again(len(gone))
