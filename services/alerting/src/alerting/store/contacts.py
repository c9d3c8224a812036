"""Interactions as last reported. Whoever opens a case about one locks its row, so that two members take turns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.contact import Contact, contact_of
from alerting.core.intake import Known
from alerting.core.rules.decision import Reason, Verdict
from events.envelope import Event
from events.interaction import Interaction
from events.origin import NOWHERE, Origin

Key = tuple[str, str]
"""Tenant and interaction id."""

_TYPES = {
    **dict.fromkeys(("wait_seconds", "handle_seconds"), "float8"),
    **dict.fromkeys(("abandoned", "resolved", "callback_queued", "outbound"), "bool"),
    **dict.fromkeys(("offered_at", "answered_at", "ended_at", "recorded_at"), "timestamptz"),
    "version": "bigint",
    "transfers": "int",
}
_FIELDS = tuple(field.name for field in fields(Contact))
_NAMES = tuple("customer_tier" if name == "tier" else name for name in _FIELDS)
_KEY = ("tenant", "interaction_id")
_TOLD = ", ".join(_NAMES)


def columns(table: str) -> str:
    """Of a contact, in the order of its fields, and then of what was decided about it."""
    return ", ".join(f"{table}.{name}" for name in (*_NAMES, "verdict", "case_id", "verdict_reason", "erased"))


_REPORT = text(
    f"""
    INSERT INTO contact ({_TOLD})
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {_TYPES.get(name, 'text')}[])" for name in _FIELDS)})
    ON CONFLICT (tenant, interaction_id) DO UPDATE SET
        {", ".join(f"{name} = EXCLUDED.{name}" for name in _NAMES if name not in _KEY)},
        erased = contact.erased AND EXCLUDED.customer_id IS NULL
    WHERE contact.version < EXCLUDED.version
    RETURNING {columns("contact")}
    """  # noqa: S608  (fragments of ours)
)
# A case is told with its contact's team, agent, channel and reason, so a newer report is news of its cases too; the
# triggers of migration 0002 see to the rest. And one may have been opened before anybody said whose contact it was.
_REVISE_CASES = text(
    """
    UPDATE recovery_case SET customer_id = CASE recovery_case.state
        WHEN 'closed' THEN recovery_case.customer_id
        ELSE coalesce(recovery_case.customer_id, CASE WHEN NOT EXISTS (
            SELECT FROM recovery_case o WHERE o.tenant = contact.tenant AND o.interaction_id = contact.interaction_id
              AND o.state <> 'closed' AND o.customer_id = contact.customer_id) THEN contact.customer_id END) END
    FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[])) AS told (tenant, interaction_id)
    JOIN contact USING (tenant, interaction_id)
    WHERE recovery_case.tenant = told.tenant AND recovery_case.interaction_id = told.interaction_id
    """
)
_LOCK = text(
    f"""
    INSERT INTO contact (tenant, interaction_id)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]))
    ON CONFLICT (tenant, interaction_id) DO UPDATE SET version = contact.version
    RETURNING {columns("contact")}
    """  # noqa: S608  (fragments of ours)
)
_DECIDE = text(
    "UPDATE contact SET verdict = :verdict, verdict_reason = :reason, case_id = :case_id"
    " WHERE tenant = :tenant AND interaction_id = :interaction_id"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A contact, and what was decided about it when it was last judged.

    Attributes:
        erased: whose it was asked to be forgotten.
        origin: the request that brings it now; not kept with it.
    """

    contact: Contact
    known: Known
    erased: bool = False
    origin: Origin = NOWHERE


async def report(tx: AsyncConnection, reports: Sequence[Event[Interaction]]) -> list[Stored]:
    """Keep the newest report of each interaction. Returns those that were news, in key order, locked.

    Rows are written in key order: two members cannot deadlock.
    """
    newest: dict[Key, Contact] = {}
    origins: dict[Key, Origin] = {}
    for event in reports:
        told = contact_of(event)
        if told.key not in newest or newest[told.key].version < told.version:
            newest[told.key], origins[told.key] = told, event.origin
    rows = [newest[key] for key in sorted(newest)]
    values = {name: [getattr(row, name) for row in rows] for name in _FIELDS}
    found = [stored_of(row) for row in await tx.execute(_REPORT, values)]
    stored = sorted((replace(each, origin=origins[each.contact.key]) for each in found), key=_key)
    if stored:
        await tx.execute(_REVISE_CASES, _keys([each.contact.key for each in stored]))
    return stored


async def lock(tx: AsyncConnection, keys: Iterable[Key]) -> dict[Key, Stored]:
    """What is known of each interaction, locked until the transaction ends, also where nothing is known yet."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = map(stored_of, await tx.execute(_LOCK, _keys(wanted)))
    return {each.contact.key: each for each in found}


async def decide(tx: AsyncConnection, key: Key, verdict: Verdict, reason: Reason, case_id: UUID | None) -> None:
    """Remember what was decided about a contact that the caller has locked."""
    row = {"verdict": verdict, "reason": reason, "case_id": case_id}
    await tx.execute(_DECIDE, {**row, "tenant": key[0], "interaction_id": key[1]})


def stored_of(row: Iterable[Any]) -> Stored:
    """From a row of ``columns``."""
    *told, verdict, case_id, reason, erased = row
    contact = Contact(*told)
    known = Known(contact.version, Verdict(verdict), case_id, Reason(reason) if reason else None)
    return Stored(contact, known, erased)


def _key(each: Stored) -> Key:
    return each.contact.key


def _keys(keys: Sequence[Key]) -> dict[str, list[str]]:
    return {"tenant": [tenant for tenant, _ in keys], "interaction_id": [id_ for _, id_ in keys]}
