"""Who did what to a case, and when. Rows are only ever added."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class What(StrEnum):
    OPENED = "opened"
    ANSWER_ADDED = "answer_added"
    ANSWER_UPDATED = "answer_updated"
    ANSWER_CORRECTED = "answer_corrected"
    TOLD = "told"
    NOT_TOLD = "not_told"
    NOBODY_ON_CALL = "nobody_on_call"
    EXHAUSTED = "exhausted"
    CLAIMED = "claimed"
    RELEASED = "released"
    LAPSED = "lapsed"
    HANDED_OVER = "handed_over"
    NOTED = "noted"
    ATTEMPTED = "attempted"
    APPOINTED = "appointed"
    CALL_BACK_DUE = "call_back_due"
    BREACHED = "breached"
    CONTACTED = "contacted"
    SETTLE_DUE = "settle_due"
    RERATED = "rerated"
    CLOSED = "closed"
    REOPENED = "reopened"


_ADD = text("INSERT INTO timeline (case_id, who, what, note) VALUES (:case_id, :who, :what, :note)")


async def add(
    tx: AsyncConnection, case_id: UUID, what: What, *, who: str | None = None, note: str | None = None
) -> None:
    """``who`` is None where Amends itself acted."""
    await tx.execute(_ADD, {"case_id": case_id, "who": who, "what": what.value, "note": note})
