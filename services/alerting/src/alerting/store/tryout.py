"""Answers and contacts of the last days, to try rules on. Nothing is changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.contact import Contact
from alerting.core.intake import Known
from alerting.core.rules.decision import Reason, Verdict
from alerting.store.assessments import COLUMNS, answer_of
from alerting.store.contacts import Stored, columns, stored_of

AT_ONCE = 1_000

_READ_ONLY = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
_ANSWERS = text(
    f"""
    SELECT {COLUMNS}, a.verdict, a.reason AS why, c.channel AS its_channel, c.team AS its_team, c.customer_tier AS tier
    FROM assessment a LEFT JOIN contact c ON c.tenant = a.tenant AND c.interaction_id = a.interaction_id
    WHERE a.tenant = :tenant AND a.version >= 0 AND a.occurred_at > now() - CAST(:since AS interval)
      AND (a.kind, a.answer_id) > (:kind, :id)
    ORDER BY a.kind, a.answer_id LIMIT :most
    """  # noqa: S608  (fragments of ours)
)
_CONTACTS = text(
    f"""
    SELECT {columns("contact")} FROM contact
    WHERE tenant = :tenant AND version >= 0 AND offered_at > now() - CAST(:since AS interval)
      AND interaction_id > :id
    ORDER BY interaction_id LIMIT :most
    """  # noqa: S608  (fragments of ours)
)


@dataclass(frozen=True, slots=True)
class Past:
    """An answer, its contact as far as known, and what was decided about it."""

    answer: Answer
    contact: Contact
    known: Known


async def read_only(tx: AsyncConnection) -> None:
    """Whatever this transaction does, it changes nothing, and sees one moment."""
    await tx.execute(_READ_ONLY)


async def answers(tx: AsyncConnection, tenant: str, since: timedelta) -> AsyncIterator[list[Past]]:
    """Those given since then, in portions."""
    after: dict[str, Any] = {"kind": "", "id": ""}
    while found := await _portion(tx, _ANSWERS, {"tenant": tenant, "since": since, **after}):
        portion = [_past(row) for row in found]
        yield portion
        after = {"kind": portion[-1].answer.kind, "id": portion[-1].answer.id}


async def contacts(tx: AsyncConnection, tenant: str, since: timedelta) -> AsyncIterator[list[Stored]]:
    """Those that began since then, in portions."""
    after = ""
    while found := await _portion(tx, _CONTACTS, {"tenant": tenant, "since": since, "id": after}):
        portion = [stored_of(row) for row in found]
        yield portion
        after = portion[-1].contact.interaction_id


async def _portion(tx: AsyncConnection, query: Any, asked: dict[str, Any]) -> Any:
    return (await tx.execute(query, {**asked, "most": AT_ONCE})).all()


def _past(row: Any) -> Past:
    *said, verdict, why, channel, team, tier = row
    answer = answer_of(said)
    contact = Contact(answer.tenant, answer.interaction_id or "", channel=channel, team=team, tier=tier)
    return Past(answer, contact, Known(answer.version, Verdict(verdict), reason=Reason(why) if why else None))
