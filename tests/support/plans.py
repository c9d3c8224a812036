"""How PostgreSQL would find the rows of what an engine ran: an index must be there, however small the test's tables."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from events.runtime.database import transaction


@asynccontextmanager
async def scans(engine: AsyncEngine) -> AsyncIterator[set[str]]:
    """Filled at the end: the tables that a DELETE, UPDATE or SELECT that ran meanwhile can only read whole."""
    ran: dict[str, Any] = {}

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("DELETE", "UPDATE", "SELECT")):
            ran.setdefault(statement, values)

    found: set[str] = set()
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    async with transaction(engine) as tx:
        for way in ("seqscan", "hashjoin", "mergejoin"):  # what is best for a handful of rows
            await tx.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        for statement, values in ran.items():
            (((plan,),),) = await tx.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
            found |= set(_whole(plan["Plan"], ""))


def _whole(node: dict[str, Any], table: str) -> Iterator[str]:
    """Tables read from end to end, be it by an index."""
    table = node.get("Relation Name", table)
    if node["Node Type"] == "Seq Scan" or ("Index Name" in node and "Index Cond" not in node):
        yield table
    for part in node.get("Plans", ()):
        yield from _whole(part, table)
