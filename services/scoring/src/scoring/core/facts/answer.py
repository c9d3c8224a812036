"""What the newest version of a survey response said."""

from datetime import datetime

from msgspec import Struct

from events.scales import RawValue
from events.survey import SurveyResponse
from scoring.core.attribution import Attribution
from scoring.core.clock import moment
from scoring.core.facts.pseudonym import digest


class Answer(Struct, array_like=True, frozen=True, omit_defaults=True, gc=False):
    """What the newest version of a survey response said. ``value`` is None where it does not count as an answer."""

    version: int
    at: int
    channel: str | None
    team: str | None
    agent: str | None
    reason: str | None
    customer: str | None
    survey: str | None
    instrument: str
    scale: str
    value: RawValue | None

    @property
    def attribution(self) -> Attribution:
        return Attribution(self.channel, self.team, self.agent, self.reason)


def answer_of(tenant: str, response: SurveyResponse, recorded_at: datetime) -> Answer:
    return Answer(
        version=response.version,
        at=moment(response.submitted_at, recorded_at),
        channel=response.channel,
        team=response.team,
        agent=response.agent,
        reason=response.reason,
        customer=digest(tenant, response.customer_id),
        survey=response.survey_id,
        instrument=response.instrument,
        scale=response.scale,
        value=response.counted,
    )
