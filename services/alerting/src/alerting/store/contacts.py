"""Interactions as last reported. Whoever opens a case about one locks its row, so that two members take turns."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.contact import Contact
from events.envelope import Event
from events.interaction import Interaction

Key = tuple[str, str]
"""Tenant and interaction id."""

_REPORT = text(
    """
    INSERT INTO contact (tenant, interaction_id, version, customer_id, channel, team, agent, reason,
                         wait_seconds, handle_seconds)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]), CAST(:version AS bigint[]),
                         CAST(:customer_id AS text[]), CAST(:channel AS text[]), CAST(:team AS text[]),
                         CAST(:agent AS text[]), CAST(:reason AS text[]),
                         CAST(:wait_seconds AS float8[]), CAST(:handle_seconds AS float8[]))
    ON CONFLICT (tenant, interaction_id) DO UPDATE SET
        version = EXCLUDED.version, customer_id = EXCLUDED.customer_id, channel = EXCLUDED.channel,
        team = EXCLUDED.team, agent = EXCLUDED.agent, reason = EXCLUDED.reason,
        wait_seconds = EXCLUDED.wait_seconds, handle_seconds = EXCLUDED.handle_seconds
    WHERE contact.version < EXCLUDED.version
    RETURNING tenant, interaction_id
    """
)
# A case is told with its contact's team, agent, channel and reason, so a newer report is news of its cases too; the
# triggers of migration 0002 see to the rest. And one may have been opened before anybody said whose contact it was.
_REVISE_CASES = text(
    """
    UPDATE recovery_case SET customer_id = CASE recovery_case.state
        WHEN 'closed' THEN recovery_case.customer_id
        ELSE coalesce(recovery_case.customer_id, contact.customer_id) END
    FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[])) AS told (tenant, interaction_id)
    JOIN contact USING (tenant, interaction_id)
    WHERE recovery_case.tenant = told.tenant AND recovery_case.interaction_id = told.interaction_id
    """
)
_LOCK = text(
    """
    INSERT INTO contact (tenant, interaction_id)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[]))
    ON CONFLICT (tenant, interaction_id) DO UPDATE SET version = contact.version
    RETURNING tenant, interaction_id, customer_id, channel, team, agent, reason, wait_seconds, handle_seconds
    """
)


async def report(tx: AsyncConnection, reports: Sequence[Event[Interaction]]) -> None:
    """Keep the newest report of each interaction. Rows are written in key order: two members cannot deadlock."""
    newest: dict[Key, Event[Interaction]] = {}
    for event in reports:
        key = (event.tenant, event.data.interaction_id)
        if key not in newest or newest[key].data.version < event.data.version:
            newest[key] = event
    rows = [newest[key] for key in sorted(newest)]
    told = [event.data for event in rows]
    keys = {"tenant": [event.tenant for event in rows], "interaction_id": [one.interaction_id for one in told]}
    values = {
        "version": [one.version for one in told],
        "customer_id": [one.customer_id for one in told],
        "channel": [one.channel for one in told],
        "team": [one.team for one in told],
        "agent": [one.agent for one in told],
        "reason": [one.reason for one in told],
        "wait_seconds": [one.wait_seconds for one in told],
        "handle_seconds": [one.handle_seconds for one in told],
    }
    stored = (await tx.execute(_REPORT, {**keys, **values})).all()
    if stored:
        changed = {"tenant": [row.tenant for row in stored], "interaction_id": [row.interaction_id for row in stored]}
        await tx.execute(_REVISE_CASES, changed)


async def lock(tx: AsyncConnection, keys: Iterable[Key]) -> dict[Key, Contact]:
    """What is known of each interaction, locked until the transaction ends, also where nothing is known yet."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = await tx.execute(
        _LOCK, {"tenant": [tenant for tenant, _ in wanted], "interaction_id": [id_ for _, id_ in wanted]}
    )
    return {(row.tenant, row.interaction_id): Contact(*row[2:]) for row in found}
