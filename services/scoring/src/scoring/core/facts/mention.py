"""A public remark, as far as it counts: it approves, disapproves or neither."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from events.mention import Mention
from scoring.core.attribution import Attribution
from scoring.core.clock import moment
from scoring.core.contribution import Contribution
from scoring.core.measures import MENTIONS


class PublicMention(Struct, array_like=True, frozen=True, gc=False):
    """As of its newest version; ``version`` is -1 where nothing is known of it."""

    version: int = -1
    at: int = 0
    team: str | None = None
    stance: str | None = None

    def published(self, mention: Mention, recorded_at: datetime) -> "PublicMention":
        """As of a newer version; unchanged by one that is not newer."""
        if mention.version <= self.version:
            return self
        return PublicMention(mention.version, moment(mention.published_at, recorded_at), mention.team, mention.stance)

    def moments(self) -> list[int]:
        """When it counts."""
        return [self.at] if self.stance is not None else []

    def contributions(self) -> Iterator[Contribution]:
        if self.stance is not None:
            attribution = Attribution(channel="social", team=self.team)
            yield Contribution(MENTIONS.name, self.at, attribution, {f"mention_{self.stance}": 1})
