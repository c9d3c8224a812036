"""Preferences the survey tool sends as such: nothing to interpret."""

from collections.abc import Iterable

from events.preference import Preference
from events.survey import SurveyResponse


def find(response: SurveyResponse) -> Iterable[Preference]:
    return response.preferences
