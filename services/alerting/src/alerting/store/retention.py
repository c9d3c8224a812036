"""What alerting deletes, and when. Over all tenants: age is the same for everybody.

A case goes with everything that belongs to it, and nothing of it before: its contact and its answers stay as long.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store import audit_log
from events.runtime.old_rows import again, rows, spare
from events.runtime.retention import Place, Rule, Step

RETRACTED = timedelta(days=100)
"""An older word of a note may come as a dead letter, which is kept for 90 days."""

# Never one that is not closed, nor one that the topic has yet to be told of.
_CLOSED = text(
    """
    SELECT id FROM recovery_case c WHERE state = 'closed' AND closed_at < now() - CAST(:age AS interval)
        AND NOT EXISTS (SELECT FROM case_report WHERE case_id = c.id)
    ORDER BY closed_at LIMIT :most FOR UPDATE SKIP LOCKED
    """
)
# Whoever was disabled here; of people whom a provider knows, whoever no longer comes: a new account is made for them if
# they do. One of those that is disabled stays, or it would not be any more.
_LEFT = "CASE WHEN issuer IS NULL THEN disabled_at WHEN disabled_at IS NULL THEN coalesce(signed_in_at, created_at) END"
_DELETE_LEFT = text(
    "DELETE FROM account WHERE ctid = ANY(ARRAY("  # noqa: S608  (fragments of ours)
    f"SELECT ctid FROM account WHERE {_LEFT} < now() - CAST(:age AS interval) LIMIT :most FOR UPDATE SKIP LOCKED))"
    " RETURNING tenant, id"
)
_IDS = "= ANY(CAST(:ids AS uuid[]))"
# The last ones take with them what refers to them ON DELETE CASCADE.
_OF_CASES = (
    f"UPDATE contact SET case_id = NULL WHERE case_id {_IDS}",  # noqa: S608  (fragments of ours)
    f"DELETE FROM assessment WHERE case_id {_IDS}",  # noqa: S608
    # A message that told of several cases, of which some stay.
    "UPDATE notification SET bundled_into = NULL WHERE bundled_into IN"  # noqa: S608
    f" (SELECT id FROM notification WHERE case_id {_IDS})",
    f"DELETE FROM notification WHERE case_id {_IDS}",  # noqa: S608
    f"DELETE FROM thread WHERE subject {_IDS}",  # noqa: S608
    f"DELETE FROM timeline WHERE case_id {_IDS}",  # noqa: S608
    f"DELETE FROM recovery_case WHERE id {_IDS}",  # noqa: S608
)
_ENDED = text(
    """
    SELECT id FROM incident i WHERE state = 'closed' AND closed_at < now() - CAST(:age AS interval)
        AND NOT EXISTS (SELECT FROM incident_case WHERE incident_id = i.id)
    LIMIT :most FOR UPDATE SKIP LOCKED
    """
)
_OF_INCIDENTS = (
    f"DELETE FROM notification WHERE incident_id {_IDS}",  # noqa: S608
    f"DELETE FROM thread WHERE subject {_IDS}",  # noqa: S608
    f"DELETE FROM incident WHERE id {_IDS}",  # noqa: S608
)


def rules(cases: timedelta | None, facts: timedelta | None, audit: timedelta | None) -> list[Rule]:
    """In the order in which they make each other possible."""
    without = "NOT EXISTS (SELECT FROM recovery_case c WHERE c.tenant = t.tenant AND {})"
    answers = without.format("c.answer_kind = t.kind AND c.answer_id = t.answer_id")
    # Most cases name their contact but are not named by it: old contacts of younger cases may be many.
    contacts = spare(
        "contact",
        "first_at",
        ("tenant", "interaction_id"),
        among="case_id IS NULL",
        only=without.format("c.interaction_id = t.interaction_id"),
    )
    return [
        Rule("recovery_case", cases, _delete_cases, at_once=500),
        Rule("incident", cases, _delete_incidents, at_once=500),
        Rule("assessment", facts, rows("assessment", "assessed_at", only=f"case_id IS NULL AND {answers}")),
        Rule("contact", facts, contacts),
        Rule("noted_preference", RETRACTED, rows("noted_preference", "retracted_at", only="preference IS NULL")),
        Rule("account", audit, _delete_accounts, at_once=500),
        Rule("oncall_override", audit, rows("oncall_override", "ends")),
        Rule("oncall_link", audit, rows("oncall_link", "revoked_at")),
        Rule("audit_log", audit, rows("audit_log", "at")),
    ]


async def _delete_cases(tx: AsyncConnection, age: timedelta, most: int, _after: Place) -> Step:
    ids = list(await tx.scalars(_CLOSED, {"age": age, "most": most}))
    await _all(tx, _OF_CASES, ids)
    return again(len(ids))


async def _delete_incidents(tx: AsyncConnection, age: timedelta, most: int, _after: Place) -> Step:
    ids = list(await tx.scalars(_ENDED, {"age": age, "most": most}))
    await _all(tx, _OF_INCIDENTS, ids)
    return again(len(ids))


async def _delete_accounts(tx: AsyncConnection, age: timedelta, most: int, _after: Place) -> Step:
    gone = (await tx.execute(_DELETE_LEFT, {"age": age, "most": most})).all()
    for account in gone:
        await audit_log.add(tx, account.tenant, None, "account.deleted", f"account:{account.id}")
    return again(len(gone))


async def _all(tx: AsyncConnection, statements: Sequence[str], ids: Sequence[UUID]) -> None:
    for statement in statements if ids else ():
        await tx.execute(text(statement), {"ids": ids})
