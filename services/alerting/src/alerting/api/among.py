"""Which cases a list is asked for: one set of filters for whoever lists cases."""

from typing import Annotated

from fastapi import Query

from alerting.core.case import Play
from alerting.core.rules.decision import Reason
from alerting.store.queue import Wanted
from events.vocabulary import Channel, Label


def among(
    team: Annotated[Label | None, Query(description="Only contacts of this team.")] = None,
    channel: Annotated[Channel | None, Query(description="Only contacts on this channel.")] = None,
    reason: Annotated[Reason | None, Query(description="Only cases opened for this.")] = None,
    play: Annotated[Play | None, Query(description="Only where this is to be done.")] = None,
    tier: Annotated[Label | None, Query(description="Only this group of customers.")] = None,
) -> Wanted:
    """A dependency. Whatever is left out is any."""
    return Wanted(None, team, channel, reason, play, tier)
