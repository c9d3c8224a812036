"""THE list of event types. Topics, routes, schemas and contract tests are derived from it."""

from dataclasses import dataclass

from events.envelope import Payload
from events.interaction import Interaction
from events.mention import Mention
from events.survey import SurveyResponse
from events.topics import INTERACTIONS, MENTIONS, SURVEY_RESPONSES, Topic


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its payload, its topic, and the noun of its plain-JSON route (``/v1/<plural>``)."""

    payload: type[Payload]
    topic: Topic
    plural: str

    @property
    def name(self) -> str:
        return self.payload.TYPE


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(Interaction, INTERACTIONS, "interactions"),
    EventType(SurveyResponse, SURVEY_RESPONSES, "survey-responses"),
    EventType(Mention, MENTIONS, "mentions"),
)

BY_NAME: dict[str, EventType] = {entry.name: entry for entry in EVENT_TYPES}
