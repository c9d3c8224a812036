"""What is to be looked at when its time is over, by the database's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

CALL_BACK = "call_back"

# What is there already stays: a promise that is told again has not been made again.
_SET = text(
    """
    INSERT INTO watch (tenant, interaction_id, kind, due_at)
    SELECT tenant, interaction_id, :kind, due_at
    FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]), CAST(:due_at AS timestamptz[]))
        AS told (tenant, interaction_id, due_at)
    ON CONFLICT DO NOTHING
    """
)
_DUE = text(
    "SELECT tenant, interaction_id, due_at FROM watch WHERE kind = :kind AND due_at <= now()"
    " ORDER BY due_at, tenant, interaction_id LIMIT :most FOR UPDATE SKIP LOCKED"
)
_DONE = text(
    "DELETE FROM watch USING unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[])) AS done (tenant, id)"
    " WHERE watch.kind = :kind AND watch.tenant = done.tenant AND watch.interaction_id = done.id"
)


@dataclass(frozen=True, slots=True)
class Watch:
    """A contact to be looked at, when it is time."""

    tenant: str
    interaction_id: str
    due_at: datetime

    @property
    def contact_key(self) -> tuple[str, str]:
        return (self.tenant, self.interaction_id)


async def begin(tx: AsyncConnection, watches: Sequence[Watch], kind: str = CALL_BACK) -> None:
    if watches:
        await tx.execute(_SET, {**_columns(watches), "due_at": [each.due_at for each in watches], "kind": kind})


async def due(tx: AsyncConnection, most: int, kind: str = CALL_BACK) -> list[Watch]:
    """Those whose time is over and that nobody else looks at, locked."""
    return [Watch(*row) for row in await tx.execute(_DUE, {"kind": kind, "most": most})]


async def done(tx: AsyncConnection, watches: Sequence[Watch], kind: str = CALL_BACK) -> None:
    await tx.execute(_DONE, {**_columns(watches), "kind": kind})


def _columns(watches: Sequence[Watch]) -> dict[str, list[str]]:
    return {
        "tenant": [each.tenant for each in watches],
        "interaction_id": [each.interaction_id for each in watches],
    }
