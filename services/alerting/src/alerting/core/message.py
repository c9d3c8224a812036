"""The words and the data of a notification. Nothing personal: no comment, no name, no customer id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerting.core.rules.decision import Reason
from events.scales import RawValue


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notification may know about a case."""

    case_id: UUID
    tenant: str
    event_id: str
    reason: str
    opened_at: datetime
    instrument: str | None = None
    scale: str | None = None
    score: RawValue | None = None
    network: str | None = None
    channel: str | None = None
    team: str | None = None
    interaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification: ``title`` and ``text`` for people, ``data`` for programs."""

    title: str
    text: str
    data: dict[str, Any]


def case_opened(facts: Facts, public_url: str) -> Notice:
    """Tell that a case is open. Equal facts give equal notices, so that a repeated delivery repeats itself exactly."""
    link = f"{public_url}/desk/cases/{facts.case_id}"
    opened_at = facts.opened_at.isoformat()
    data = {
        "case_id": str(facts.case_id),
        "tenant": facts.tenant,
        "event_id": facts.event_id,
        "reason": facts.reason,
        "instrument": facts.instrument,
        "scale": facts.scale,
        "score": facts.score,
        "channel": facts.channel,
        "team": facts.team,
        "interaction_id": facts.interaction_id,
        "opened_at": opened_at,
        "desk_url": link,
    }
    text = f"Claim the case, then reach the customer the way they prefer:\n{link}"
    return Notice(_title(facts), text, {"type": "case.opened", "timestamp": opened_at, "data": data})


def _title(facts: Facts) -> str:
    parts = [score_text(facts.score, facts.scale, facts.instrument)]
    if facts.reason == Reason.NEGATIVE_MENTION:
        parts += ["public mention", facts.network]
    else:
        parts += [facts.team, facts.channel]
    return "Unhappy customer: " + ", ".join(part for part in parts if part)


def score_text(score: RawValue | None, scale: str | None, instrument: str | None) -> str | None:
    """ "1 on 1-5", "resolved: no", "rated bad"; None without a score."""
    if score is None:
        return None
    if isinstance(score, bool | str):
        word = score if isinstance(score, str) else "yes" if score else "no"
        return f"{instrument}: {word}" if instrument in ("resolved", "approval") else f"rated {word}"
    return f"{score:g} on {scale}"
