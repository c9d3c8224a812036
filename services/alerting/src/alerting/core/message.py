"""The words and the data of a notification. Nothing personal: no comment, no name of a customer, no customer id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

from alerting.core.case import Outcome, Play, State
from alerting.core.rules.decision import Reason
from events.scales import RawValue

What = Literal["page", "reminder", "claimed", "contacted", "closed", "reopened", "incident", "bundle"]
"""What is told: somebody is needed; somebody must not forget; the case went on; a systemic incident; many at once."""
WHATS: tuple[What, ...] = get_args(What)
FOLLOW_UPS: frozenset[What] = frozenset({"claimed", "contacted", "closed", "reopened"})
"""Told only to those who were paged before: they update or end what is there, and wake nobody."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a notification may know about a case, as it stands when it is sent. Moments are UTC.

    Attributes:
        step: which page of the episode this is, from 1; with ``episode`` it says how urgent it has become.
        by: the colleague who moved the case last; their name, not the customer's.
    """

    case_id: UUID
    tenant: str
    event_id: str
    reason: str
    opened_at: datetime
    state: State = "open"
    play: Play = "recover"
    episode: int = 1
    step: int = 1
    contact_due_at: datetime | None = None
    changed_at: datetime | None = None
    by: str | None = None
    outcome: Outcome | None = None
    instrument: str | None = None
    scale: str | None = None
    score: RawValue | None = None
    network: str | None = None
    channel: str | None = None
    team: str | None = None
    interaction_id: str | None = None
    customer_tier: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification.

    Attributes:
        what: says what kind of thing this is.
        title: one line, at most 150 characters; ``text``: a few lines for people, the link last.
        link: opens the case at the desk; it never acts.
        fields: a few facts as (name, value), for channels that show them side by side.
        urgent: somebody is needed now.
        data: for programs: ``{"type": "case.opened" | …, "timestamp": …, "data": {…}}``.
    """

    what: What
    title: str
    text: str
    link: str
    data: Mapping[str, Any]
    fields: tuple[tuple[str, str], ...] = ()
    urgent: bool = False


_TYPES: dict[What, str] = {"page": "case.opened", "reminder": "case.reminder"}
_TITLES: dict[What, str] = {
    "reminder": "Do not forget: {}",
    "claimed": "Claimed: {}",
    "contacted": "Customer contacted: {}",
    "closed": "Closed: {}",
    "reopened": "Open again: {}",
}


def of_case(what: What, facts: Facts, public_url: str) -> Notice:
    """What is told of a case. Equal facts give equal notices, so that a repeated delivery repeats itself exactly."""
    link = f"{public_url}/desk/cases/{facts.case_id}"
    again = what == "page" and (facts.step > 1 or facts.episode > 1)
    type_ = "case.escalated" if again else _TYPES.get(what, f"case.{what}")
    title = _TITLES.get(what, _again(facts) if again else "{}").format(_title(facts))
    at = facts.changed_at or facts.opened_at
    data = {"type": type_, "timestamp": at.isoformat(), "data": _data(facts, link)}
    return Notice(what, title[:150], _text(what, facts, link), link, data, _fields(facts), urgent=what == "page")


def _again(facts: Facts) -> str:
    """The first page of a later episode is about a case that somebody had, and has no more."""
    return f"Still waiting ({facts.step}): {{}}" if facts.step > 1 else _TITLES["reopened"]


def _data(facts: Facts, link: str) -> dict[str, Any]:
    return {
        "case_id": str(facts.case_id),
        "tenant": facts.tenant,
        "event_id": facts.event_id,
        "reason": facts.reason,
        "play": facts.play,
        "state": facts.state,
        "step": facts.step,
        "episode": facts.episode,
        "instrument": facts.instrument,
        "scale": facts.scale,
        "score": facts.score,
        "channel": facts.channel,
        "team": facts.team,
        "interaction_id": facts.interaction_id,
        "customer_tier": facts.customer_tier,
        "opened_at": facts.opened_at.isoformat(),
        "contact_due_at": facts.contact_due_at.isoformat() if facts.contact_due_at else None,
        "by": facts.by,
        "outcome": facts.outcome,
        "desk_url": link,
    }


_TODO: dict[Play, str] = {
    "recover": "Claim the case, then reach the customer the way they prefer:",
    "reply": "Claim the case, then answer where everybody can read it:",
    "thank": "Somebody said something kind in public. Claim it, and thank them:",
    "call_back": "A call was promised and not made. Claim the case, and make it:",
}


def _text(what: What, facts: Facts, link: str) -> str:
    if what == "page":
        return f"{_TODO[facts.play]}\n{link}"
    if what == "reminder":
        return f"{facts.by or 'Nobody'} has this case, and something is due on it:\n{link}"
    said = {"closed": f"closed as {facts.outcome or 'settled'}".replace("_", " "), "reopened": "opened again"}
    return f"{said.get(what, what)} by {facts.by or 'Amends'}:\n{link}"


def _fields(facts: Facts) -> tuple[tuple[str, str], ...]:
    found = (
        ("Answer", score_text(facts.score, facts.scale, facts.instrument)),
        ("Team", facts.team),
        ("Channel", facts.network or facts.channel),
        ("Customer group", facts.customer_tier),
        ("Why", facts.reason.replace("_", " ")),
    )
    return tuple((name, value) for name, value in found if value)


_ABOUT: dict[Play, str] = {
    "recover": "Unhappy customer",
    "reply": "Unhappy customer",
    "thank": "Praise",
    "call_back": "Call-back missed",
}


def _title(facts: Facts) -> str:
    parts = [score_text(facts.score, facts.scale, facts.instrument)]
    if facts.reason == Reason.NEGATIVE_MENTION or facts.play in ("reply", "thank"):
        parts += ["public mention", facts.network]
    else:
        parts += [facts.team, facts.channel]
    said = ", ".join(part for part in parts if part)
    return f"{_ABOUT[facts.play]}: {said}" if said else _ABOUT[facts.play]


def score_text(score: RawValue | None, scale: str | None, instrument: str | None) -> str | None:
    """ "1 on 1-5", "resolved: no", "rated bad"; None without a score."""
    if score is None:
        return None
    if isinstance(score, bool | str):
        word = score if isinstance(score, str) else "yes" if score else "no"
        return f"{instrument}: {word}" if instrument in ("resolved", "approval") else f"rated {word}"
    return f"{score:g} on {scale}"
