"""What was decided about each answer, by its newest version."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.core.answer import Answer
from alerting.core.intake import Known
from alerting.core.rules.decision import Reason, Verdict

Key = tuple[str, str, str]
"""Tenant, kind, answer id."""

_LOCK = text(
    """
    INSERT INTO assessment (tenant, kind, answer_id)
    SELECT * FROM unnest(CAST(:tenant AS text[]), CAST(:kind AS text[]), CAST(:answer_id AS text[]))
    ON CONFLICT (tenant, kind, answer_id) DO UPDATE SET version = assessment.version
    RETURNING tenant, kind, answer_id, version, verdict, case_id, reason
    """
)
_SAVE = text(
    """
    UPDATE assessment SET version = :version, verdict = :verdict, reason = :reason, case_id = :case_id,
        event_id = :event_id, event_source = :event_source, occurred_at = :occurred_at, recorded_at = :recorded_at,
        assessed_at = now(), customer_id = :customer_id, interaction_id = :interaction_id, instrument = :instrument,
        scale = :scale, score = CAST(:score AS jsonb), comment = :comment, language = :language, network = :network,
        author = :author, url = :url, channel = :channel, team = :team, agent = :agent,
        contact_reason = :contact_reason, customer_tier = :customer_tier, stance = :stance,
        words = CAST(:words AS text[])
    WHERE tenant = :tenant AND kind = :kind AND answer_id = :answer_id
    """
)
COLUMNS = """
    a.tenant, a.kind, a.answer_id, a.version, a.event_id, a.event_source, a.occurred_at, a.recorded_at, a.customer_id,
    a.interaction_id, a.instrument, a.scale, a.score, a.comment, a.language, a.network, a.author, a.url, a.channel,
    a.team, a.agent, a.contact_reason, a.customer_tier, a.stance, a.words
"""
"""Of an answer, in the order of its fields."""
_TOLD = tuple(field.name for field in fields(Answer) if field.name not in ("partial", "origin"))
_ABOUT = text(
    f"""
    SELECT {COLUMNS}
    FROM unnest(CAST(:tenant AS text[]), CAST(:interaction_id AS text[])) AS told (tenant, interaction_id)
    JOIN assessment a ON a.tenant = told.tenant AND a.interaction_id = told.interaction_id
    WHERE a.version >= 0 ORDER BY a.tenant, a.kind, a.answer_id
    """  # noqa: S608  (fragments of ours)
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """One answer with what was decided about it."""

    answer: Answer
    verdict: Verdict
    reason: Reason
    case_id: UUID | None


async def lock(tx: AsyncConnection, keys: Iterable[Key]) -> dict[Key, Known]:
    """What is known of each answer, locked until the transaction ends, also where nothing is known yet."""
    wanted = sorted(set(keys))
    columns = list(zip(*wanted, strict=True))
    found = await tx.execute(
        _LOCK, {"tenant": list(columns[0]), "kind": list(columns[1]), "answer_id": list(columns[2])}
    )
    return {
        (row.tenant, row.kind, row.answer_id): Known(
            row.version, Verdict(row.verdict), row.case_id, Reason(row.reason) if row.reason else None
        )
        for row in found
    }


async def about(tx: AsyncConnection, contacts: Sequence[tuple[str, str]]) -> list[Answer]:
    """The answers about these contacts (tenant, interaction id), as last told."""
    keys = {"tenant": [tenant for tenant, _ in contacts], "interaction_id": [id_ for _, id_ in contacts]}
    return [answer_of(row) for row in await tx.execute(_ABOUT, keys)]


async def save(tx: AsyncConnection, assessments: Sequence[Assessment]) -> None:
    """Write rows that ``lock`` holds."""
    if assessments:
        await tx.execute(_SAVE, [_row(assessment) for assessment in assessments])


def answer_of(row: Iterable[Any]) -> Answer:
    """From a row of ``COLUMNS``."""
    told: dict[str, Any] = dict(zip(_TOLD, row, strict=True))
    return Answer(**{**told, "words": frozenset(told["words"] or ())})


def _row(assessment: Assessment) -> dict[str, Any]:
    said = assessment.answer
    evidence = assessment.case_id is not None  # else nobody reads the words: they are not kept
    return {
        "tenant": said.tenant,
        "kind": said.kind,
        "answer_id": said.id,
        "version": said.version,
        "verdict": assessment.verdict,
        "reason": assessment.reason,
        "case_id": assessment.case_id,
        "event_id": said.event_id,
        "event_source": said.event_source,
        "occurred_at": said.occurred_at,
        "recorded_at": said.recorded_at,
        "customer_id": said.customer_id,
        "interaction_id": said.interaction_id,
        "instrument": said.instrument,
        "scale": said.scale,
        "score": None if said.score is None else json.dumps(said.score),
        "comment": said.comment if evidence else None,
        "language": said.language,
        "network": said.network,
        "author": said.author if evidence else None,
        "url": said.url if evidence else None,
        "channel": said.channel,
        "team": said.team,
        "agent": said.agent,
        "contact_reason": said.reason,
        "customer_tier": said.customer_tier,
        "stance": said.stance,
        "words": sorted(said.words) or None,
    }
