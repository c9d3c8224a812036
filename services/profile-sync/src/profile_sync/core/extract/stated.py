"""Preferences the survey tool sends as such: nothing to interpret."""

from collections.abc import Iterable

from events.survey import SurveyResponse
from profile_sync.core.extract.found import Found


def find(response: SurveyResponse) -> Iterable[Found]:
    return map(Found, response.preferences)
