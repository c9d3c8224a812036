"""What customers said of how they like to be reached, by the newest report of each survey response."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.context import Preferences, Statement, preferences
from events.envelope import Event
from events.preference import PartOfDay, Preference
from events.survey import SurveyResponse

Key = tuple[str, str]
"""Tenant and response id."""

_SAID: TypeAdapter[tuple[Preference, ...]] = TypeAdapter(tuple[Preference, ...])

# A newer report of the same answer may have said nothing, and left only its version with the answer.
_KEEP = text(
    """
    INSERT INTO preference_statement (tenant, response_id, version, said_at, customer_id, interaction_id, said)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:response_id AS text[]), CAST(:version AS bigint[]),
                         CAST(:said_at AS timestamptz[]), CAST(:customer_id AS text[]),
                         CAST(:interaction_id AS text[]), CAST(:said AS jsonb[]))
        AS told (tenant, response_id, version)
    WHERE NOT EXISTS (
        SELECT FROM assessment WHERE assessment.tenant = told.tenant AND assessment.kind = 'survey'
            AND assessment.answer_id = told.response_id AND assessment.version > told.version)
    ON CONFLICT (tenant, response_id) DO UPDATE SET
        version = EXCLUDED.version, said_at = EXCLUDED.said_at, customer_id = EXCLUDED.customer_id,
        interaction_id = EXCLUDED.interaction_id, said = EXCLUDED.said
    WHERE preference_statement.version < EXCLUDED.version
    """
)
_WITHDRAW = text(
    """
    DELETE FROM preference_statement AS kept
    USING unnest(CAST(:tenant AS text[]), CAST(:response_id AS text[]), CAST(:version AS bigint[]))
        AS told (tenant, response_id, version)
    WHERE kept.tenant = told.tenant AND kept.response_id = told.response_id AND kept.version < told.version
    """
)
# Who gave an answer that does not say so is whoever the contact it is about was with.
_OF_CUSTOMER = text(
    """
    SELECT response_id, version, said_at, said FROM preference_statement
    WHERE tenant = :tenant AND customer_id = :customer_id
    UNION ALL
    SELECT kept.response_id, kept.version, kept.said_at, kept.said
    FROM contact JOIN preference_statement AS kept
        ON kept.tenant = contact.tenant AND kept.interaction_id = contact.interaction_id AND kept.customer_id IS NULL
    WHERE contact.tenant = :tenant AND contact.customer_id = :customer_id
    """
)


async def keep(tx: AsyncConnection, events: Sequence[Event[Any]]) -> None:
    """Take in what a batch of events says of preferences; once a batch, before its cases are opened.

    What a response said is silent once a newer report of it says nothing, or says it was not completed.
    """
    newest: dict[Key, Event[SurveyResponse]] = {}
    for event in events:
        if isinstance(event.data, SurveyResponse):
            key = (event.tenant, event.data.response_id)
            if key not in newest or newest[key].data.version < event.data.version:
                newest[key] = event
    in_order = [newest[key] for key in sorted(newest)]  # two members cannot deadlock
    if speaking := [event for event in in_order if _speaks(event.data)]:
        await tx.execute(_KEEP, {**_keys(speaking), **_values(speaking)})
    if silent := [event for event in in_order if not _speaks(event.data) and event.data.version > 0]:
        await tx.execute(_WITHDRAW, _keys(silent))


async def of_customer(tx: AsyncConnection, tenant: str, customer_id: str) -> Preferences:
    found = await tx.execute(_OF_CUSTOMER, {"tenant": tenant, "customer_id": customer_id})
    return preferences(
        Statement(row.response_id, row.version, row.said_at, _SAID.validate_python(row.said)) for row in found
    )


async def contact_time(tx: AsyncConnection, tenant: str, customer_id: str | None) -> PartOfDay | None:
    """When the customer likes to be reached; None where they have not said, or nobody knows who they are."""
    if customer_id is None:
        return None
    return (await of_customer(tx, tenant, customer_id)).contact_time


def _speaks(response: SurveyResponse) -> bool:
    return bool(response.preferences) and response.status == "completed"


def _keys(events: Sequence[Event[SurveyResponse]]) -> dict[str, list[Any]]:
    return {
        "tenant": [event.tenant for event in events],
        "response_id": [event.data.response_id for event in events],
        "version": [event.data.version for event in events],
    }


def _values(events: Sequence[Event[SurveyResponse]]) -> dict[str, list[Any]]:
    return {
        "said_at": [event.data.submitted_at for event in events],
        "customer_id": [event.data.customer_id for event in events],
        "interaction_id": [event.data.interaction_id for event in events],
        "said": [_SAID.dump_json(event.data.preferences).decode() for event in events],
    }
