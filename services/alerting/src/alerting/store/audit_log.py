"""Who did what, when, and from where. Rows are only ever added: the database refuses everything else.

Nothing of a customer's is written here: an object is named by its kind and id, a person by the name on their account.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.runtime.database import transaction

Part = Literal["sign_in", "account", "case", "incident", "preference", "on_call"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What is before the dot of ``what``: ``sign_in.refused``, ``account.disabled``, ``case.close``, ``incident.closed``,
``on_call.override``."""

_ADD = text(
    "INSERT INTO audit_log (tenant, who, what, object, network, detail)"
    " VALUES (:tenant, :who, :what, :object, CAST(CAST(:network AS text) AS cidr), CAST(:detail AS jsonb))"
)
_PAGE = text(
    """
    SELECT id, at, who, what, object, CAST(network AS text) AS network, detail FROM audit_log
    WHERE tenant = :tenant AND (CAST(:before AS bigint) IS NULL OR id < :before)
        AND (CAST(:part AS text) IS NULL OR what LIKE :part || '.%')
        AND (CAST(:who AS text) IS NULL OR lower(who) = lower(:who))
        AND (CAST(:object AS text) IS NULL OR object = :object)
    ORDER BY id DESC LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    who: str | None
    what: str
    object: str | None
    network: str | None
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: those of a part, of a person, about an object. None: all."""

    part: Part | None = None
    who: str | None = None
    object: str | None = None


async def add(
    tx: AsyncConnection,
    tenant: str,
    who: str | None,
    what: str,
    object: str | None = None,
    detail: Mapping[str, Any] | None = None,
    *,
    network: str | None = None,
) -> None:
    """Joins the caller's transaction: what is not done is not told either.

    Args:
        who: the name on their account; None where nobody has proved who they are.
        what: a part, a dot and what happened, such as ``case.close``.
        object: its kind and id, such as ``case:6f1c…``.
        detail: numbers and words of closed sets. Nothing a customer said.
        network: where from, as ``core.networks`` says it.
    """
    said = json.dumps(dict(detail or {}))
    values = {"tenant": tenant, "who": who, "what": what, "object": object, "network": network, "detail": said}
    await tx.execute(_ADD, values)


class AuditLog:
    """For those who read it. Raises Unavailable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, tenant: str, wanted: Wanted, *, before: int | None, limit: int) -> list[Entry]:
        """The newest first, older than the entry ``before``."""
        values = {"part": wanted.part, "who": wanted.who, "object": wanted.object}
        async with transaction(self._engine) as tx:
            rows = await tx.execute(_PAGE, {**values, "tenant": tenant, "before": before, "limit": limit})
            return [Entry(*row) for row in rows]
