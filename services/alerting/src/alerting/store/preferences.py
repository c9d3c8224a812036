"""What customers prefer, as profile-sync tells it on ``customer-notes``."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.preferences import Noted, Preferences, preferences
from events.customer_note import PreferenceNoted, PreferenceRetracted
from events.envelope import Event
from events.preference import PartOfDay, Preference

_PREFERENCE: TypeAdapter[Preference] = TypeAdapter(Preference)
_TYPES = {
    "tenant": "text", "note_id": "text", "revision": "bigint", "customer_id": "text", "preference": "jsonb",
    "stated_at": "timestamptz", "expires_at": "timestamptz", "source": "text", "response_id": "text",
    "extractor": "text",
}  # fmt: skip
_KEEP = text(
    f"""
    INSERT INTO noted_preference ({", ".join(_TYPES)})
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _TYPES.items())})
    ON CONFLICT (tenant, note_id) DO UPDATE SET
        {", ".join(f"{name} = EXCLUDED.{name}" for name in _TYPES if name not in ("tenant", "note_id"))}
    WHERE noted_preference.revision < EXCLUDED.revision
    """  # noqa: S608  (names of ours)
)
_OF_CUSTOMER = text(
    """
    SELECT preference, revision, stated_at, source, response_id, extractor FROM noted_preference
    WHERE tenant = :tenant AND customer_id = :customer_id AND preference IS NOT NULL
        AND (expires_at IS NULL OR expires_at > now())
    """
)


async def keep(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
    """Take in what a batch tells of notes; of each the newest word counts. Rows are written in key order."""
    newest: dict[tuple[str, str], Event[Any]] = {}
    for event in events:
        if isinstance(event.data, PreferenceNoted | PreferenceRetracted):
            key = (event.tenant, event.data.note_id)
            if key not in newest or newest[key].data.revision < event.data.revision:
                newest[key] = event
    if newest:
        rows = [_row(newest[key]) for key in sorted(newest)]
        await tx.execute(_KEEP, {name: [row[place] for row in rows] for place, name in enumerate(_TYPES)})


async def of_customer(tx: AsyncConnection, tenant: str, customer_id: str) -> Preferences:
    found = await tx.execute(_OF_CUSTOMER, {"tenant": tenant, "customer_id": customer_id})
    return preferences(Noted(_PREFERENCE.validate_python(row.preference), *row[1:]) for row in found)


async def contact_time(tx: AsyncConnection, tenant: str, customer_id: str | None) -> PartOfDay | None:
    """When the customer likes to be reached; None where they have not said, or nobody knows who they are."""
    if customer_id is None:
        return None
    return (await of_customer(tx, tenant, customer_id)).contact_time


def _row(event: Event[PreferenceNoted | PreferenceRetracted]) -> tuple[Any, ...]:
    note = event.data
    about = (event.tenant, note.note_id, note.revision, note.customer_id)
    if isinstance(note, PreferenceRetracted):
        return (*about, *[None] * (len(_TYPES) - len(about)))
    said = _PREFERENCE.dump_json(note.preference).decode()
    return (
        *about,
        said,
        note.stated_at,
        note.expires_at,
        note.said_in.source,
        note.said_in.response_id,
        note.extractor,
    )
