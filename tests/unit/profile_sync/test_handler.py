"""What profile-sync reads of its topics, and what it passes over."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from events.catalog import EVENT_TYPES
from events.topics import read_by
from profile_sync.core.extract import extractors
from profile_sync.handler import NotePreferences
from profile_sync.telemetry import Telemetry
from support.happened import answered, event

OTHERS = [entry for entry in EVENT_TYPES if entry.topic in read_by("profile-sync") and entry.name != "survey.answered"]


class Untouched:
    """A transaction that nobody may use."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked of the database")


def test_its_topics_hold_more_than_answers() -> None:
    assert {entry.name for entry in OTHERS} == {"interaction.reported", "survey.sent"}


@pytest.mark.parametrize("entry", OTHERS, ids=lambda entry: entry.name)
async def test_what_holds_no_preference_touches_nothing(entry: Any) -> None:
    handler = NotePreferences(extractors({}), Telemetry(CollectorRegistry()))
    example = entry.payload.model_config["json_schema_extra"]["example"]
    await handler(Untouched(), [event(entry.name, example), event("interaction.reported", answered())])  # type: ignore[arg-type]
