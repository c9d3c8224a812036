"""A public remark, as far as it counts: it approves, disapproves or neither."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from events.mention import Mention
from scoring.core.attribution import Attribution
from scoring.core.contact import Contribution, moment

_MEASURE = {"positive": "approvals", "neutral": "indifferent", "negative": "disapprovals"}


@dataclass(frozen=True, slots=True)
class PublicMention:
    version: int = -1
    at: datetime | None = None
    team: str | None = None
    stance: str | None = None

    def published(self, mention: Mention, recorded_at: datetime) -> "PublicMention":
        """As of a newer version; unchanged by one that is not newer."""
        if mention.version <= self.version:
            return self
        return PublicMention(mention.version, moment(mention.published_at, recorded_at), mention.team, mention.stance)

    def contributions(self) -> Iterator[Contribution]:
        if self.stance is not None and self.at is not None:
            yield Contribution(self.at, Attribution(channel="social", team=self.team), {_MEASURE[self.stance]: 1})
