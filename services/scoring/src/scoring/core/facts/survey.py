"""A survey that went out, and whether it came back."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct, structs

from events.survey_sent import SurveySent
from scoring.core.attribution import Attribution
from scoring.core.clock import moment
from scoring.core.contribution import Contribution
from scoring.core.measures import SURVEYS


class Sending(Struct, array_like=True, frozen=True, gc=False):
    at: int
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None


class Survey(Struct, array_like=True, frozen=True, gc=False):
    """One survey: how it was sent, where that is known, and its completed answers by response id."""

    sending: Sending | None = None
    returned: tuple[str, ...] = ()

    def sent(self, report: SurveySent, recorded_at: datetime) -> "Survey":
        """As first reported."""
        if self.sending is not None:
            return self
        at = moment(report.sent_at, recorded_at)
        sending = Sending(at, report.channel, report.team, report.agent, report.reason)
        return structs.replace(self, sending=sending)

    def linked(self, response_id: str, completed: bool) -> "Survey":
        """With a completed answer, or without it."""
        others = tuple(known for known in self.returned if known != response_id)
        return structs.replace(self, returned=(*others, response_id) if completed else others)

    def moments(self) -> list[int]:
        """When it counts."""
        return [self.sending.at] if self.sending is not None else []

    def contributions(self) -> Iterator[Contribution]:
        if self.sending is not None:
            sent = self.sending
            attribution = Attribution(sent.channel, sent.team, sent.agent, sent.reason)
            sums = {"surveys_sent": 1, "surveys_returned": 1} if self.returned else {"surveys_sent": 1}
            yield Contribution(SURVEYS.name, sent.at, attribution, sums)
