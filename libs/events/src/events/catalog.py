"""THE list of event types. Topics, routes, schemas and contract tests are derived from it."""

from dataclasses import dataclass
from typing import Literal

from events.case import CaseReported
from events.customer import CustomerErased
from events.customer_note import PreferenceNoted, PreferenceRetracted
from events.envelope import Payload
from events.interaction import Interaction
from events.mention import Mention
from events.resurvey import ResurveyRequested
from events.scorecard import RecognitionAwarded, ScorecardUpdated
from events.survey import SurveyResponse
from events.survey_sent import SurveySent
from events.topics import (
    ALERTS,
    CUSTOMER_NOTES,
    CUSTOMERS,
    INTERACTIONS,
    MENTIONS,
    SCORECARDS,
    SURVEY_RESPONSES,
    Topic,
)


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event.

    Attributes:
        plural: the noun of its plain-JSON route (``/v1/<plural>``); None where no sender may post it: then it is one
            of our services that says so.
        by: which service writes it.
        scope: what an API key needs to post it.
    """

    payload: type[Payload]
    topic: Topic
    plural: str | None = None
    by: str = "ingest"
    scope: Literal["events:write", "erasure:write"] = "events:write"

    @property
    def name(self) -> str:
        return self.payload.TYPE


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(Interaction, INTERACTIONS, "interactions"),
    EventType(SurveyResponse, SURVEY_RESPONSES, "survey-responses"),
    EventType(SurveySent, SURVEY_RESPONSES, "surveys-sent"),
    EventType(Mention, MENTIONS, "mentions"),
    EventType(CustomerErased, CUSTOMERS, "customers-erased", scope="erasure:write"),
    EventType(PreferenceNoted, CUSTOMER_NOTES, by="profile-sync"),
    EventType(PreferenceRetracted, CUSTOMER_NOTES, by="profile-sync"),
    EventType(CaseReported, ALERTS, by="alerting"),
    EventType(ResurveyRequested, ALERTS, by="alerting"),
    EventType(ScorecardUpdated, SCORECARDS, by="scoring"),
    EventType(RecognitionAwarded, SCORECARDS, by="scoring"),
)

POSTED: tuple[EventType, ...] = tuple(entry for entry in EVENT_TYPES if entry.plural is not None)
"""What senders may post to ingest."""

BY_NAME: dict[str, EventType] = {entry.name: entry for entry in EVENT_TYPES}
POSTED_BY_NAME: dict[str, EventType] = {entry.name: entry for entry in POSTED}
