"""What is kept of customers' own words: masked, with the class of their answer, without whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.envelope import Event
from events.mention import Mention
from events.scales import SCALES
from events.survey import SurveyResponse
from scoring.core.clock import instant_of, moment
from scoring.core.digest.quotes import Class
from scoring.core.facts.pseudonym import digest
from scoring.core.masking import mask

LONGEST = 1_000
"""Characters of a remark that are kept."""

_CLASS: dict[str, Class] = {"positive": "satisfied", "neutral": "neutral", "negative": "dissatisfied"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A remark as it is stored. ``text`` is None where its newest version has none: an older one must not come back.

    ``team``, ``channel`` and ``reason`` are what the sender of the remark said; the contact's own go before them.
    """

    tenant: str
    id: str
    version: int
    at: datetime
    text: str | None = None
    class_: Class | None = None
    team: str | None = None
    channel: str | None = None
    reason: str | None = None
    interaction: str | None = None
    customer: str | None = None


def newest(events: Iterable[Event[Any]]) -> list[Kept]:
    """Of each answer and mention among the events the newest version, the first of equal ones, ordered by id."""
    found: dict[tuple[str, str], Kept] = {}
    for event in events:
        kept = _kept(event)
        if kept is not None:
            known = found.get((kept.tenant, kept.id))
            if known is None or kept.version > known.version:
                found[kept.tenant, kept.id] = kept
    # The first version of all replaces nothing, so without words it need not be kept.
    return [kept for _, kept in sorted(found.items()) if kept.text is not None or kept.version > 0]


def _kept(event: Event[Any]) -> Kept | None:
    match event.type:
        case "survey.answered":
            return _of_answer(event.tenant, event.data, event.recorded_at)
        case "mention.published":
            return _of_mention(event.tenant, event.data, event.recorded_at)
    return None


def _of_answer(tenant: str, answer: SurveyResponse, recorded_at: datetime) -> Kept:
    value = answer.counted
    return Kept(
        tenant=tenant,
        id=f"response/{answer.response_id}",
        version=answer.version,
        at=instant_of(moment(answer.submitted_at, recorded_at)),
        text=_words(answer.comment) if value is not None else None,
        class_=SCALES[answer.scale].sentiment(value) if value is not None else None,
        team=answer.team,
        channel=answer.channel,
        reason=answer.reason,
        interaction=answer.interaction_id,
        customer=digest(tenant, answer.customer_id),
    )


def _of_mention(tenant: str, mention: Mention, recorded_at: datetime) -> Kept:
    stance = mention.stance
    return Kept(
        tenant=tenant,
        id=f"mention/{mention.mention_id}",
        version=mention.version,
        at=instant_of(moment(mention.published_at, recorded_at)),
        text=_words(mention.text) if stance is not None else None,
        class_=_CLASS[stance] if stance is not None else None,
        team=mention.team,
        channel="social",
        customer=digest(tenant, mention.customer_id),
    )


def _words(text: str | None) -> str | None:
    """Masked before it is cut: half a card number would be none that is found."""
    masked = mask(text).replace("\0", "").strip() if text else ""
    return masked[:LONGEST] or None
