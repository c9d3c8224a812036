"""What a customer said, in one shape whether it came as a survey answer or as a public mention."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alerting.core.wording import spotted
from events.envelope import Event
from events.mention import Mention
from events.origin import NOWHERE, Origin
from events.scales import RawValue
from events.survey import SurveyResponse

Kind = Literal["survey", "mention"]
Stance = Literal["positive", "neutral", "negative"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as last told. ``comment`` and ``author`` are personal: they belong in the database and on the desk.

    Attributes:
        id: the response id or the mention id.
        occurred_at: when the customer said it, by the sender's clock.
        recorded_at: when Amends accepted it.
        score: None where it does not count: partial, dismissed, a preview.
        stance: of a mention; None where it takes none.
        words: the entries of our own word lists that stand in the comment. They stay where the comment is not kept.
        partial: the customer has not finished: the score does not count yet, but what they wrote does.
        origin: the request that brings it now; not kept with it.
        channel, team, agent, reason, customer_tier: what the sender of the answer knows; the contact knows better.
    """

    tenant: str
    kind: Kind
    id: str
    version: int
    event_id: str
    event_source: str
    occurred_at: datetime
    recorded_at: datetime
    customer_id: str | None = None
    interaction_id: str | None = None
    instrument: str | None = None
    scale: str | None = None
    score: RawValue | None = None
    comment: str | None = None
    language: str | None = None
    network: str | None = None
    author: str | None = None
    url: str | None = None
    channel: str | None = None
    team: str | None = None
    agent: str | None = None
    reason: str | None = None
    customer_tier: str | None = None
    stance: Stance | None = None
    words: frozenset[str] = frozenset()
    partial: bool = False
    origin: Origin = NOWHERE

    @property
    def key(self) -> tuple[str, Kind, str]:
        return (self.tenant, self.kind, self.id)

    @property
    def contact_key(self) -> tuple[str, str] | None:
        """Of the contact it is about, where it names one."""
        return (self.tenant, self.interaction_id) if self.interaction_id else None

    @property
    def subject(self) -> str | None:
        """What a case is about where neither the customer nor the interaction is known: the answer itself."""
        return None if self.customer_id or self.interaction_id else f"{self.kind}:{self.id}"


def answer_of(event: Event[Any]) -> Answer | None:
    """The answer in an event; None for an event that holds none."""
    if isinstance(event.data, SurveyResponse):
        return _from_survey(event, event.data)
    if isinstance(event.data, Mention):
        return _from_mention(event, event.data)
    return None


def _from_survey(event: Event[Any], said: SurveyResponse) -> Answer:
    return Answer(
        tenant=event.tenant,
        kind="survey",
        id=said.response_id,
        version=said.version,
        event_id=event.id,
        event_source=event.source,
        occurred_at=said.submitted_at,
        recorded_at=event.recorded_at,
        customer_id=said.customer_id,
        interaction_id=said.interaction_id,
        instrument=said.instrument,
        scale=said.scale,
        score=said.counted,
        comment=said.comment,
        language=said.language,
        channel=said.channel,
        team=said.team,
        agent=said.agent,
        reason=said.reason,
        customer_tier=said.customer_tier,
        words=spotted(said.comment),
        partial=said.status == "partial",
        origin=event.origin,
    )


def _from_mention(event: Event[Any], said: Mention) -> Answer:
    return Answer(
        tenant=event.tenant,
        kind="mention",
        id=said.mention_id,
        version=said.version,
        event_id=event.id,
        event_source=event.source,
        occurred_at=said.published_at,
        recorded_at=event.recorded_at,
        customer_id=said.customer_id,
        scale=said.scale,
        score=said.rating,
        comment=said.text,
        language=said.language,
        network=said.network,
        author=said.author,
        url=said.url,
        channel="social",
        team=said.team,
        stance=said.stance,
        origin=event.origin,
        words=spotted(said.text),
    )
