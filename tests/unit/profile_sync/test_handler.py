"""What profile-sync reads of its topics, and what it passes over."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from events.catalog import BY_NAME, EVENT_TYPES
from events.topics import read_by
from profile_sync.core.extract import extractors
from profile_sync.core.extract.structured import NO_ANSWERS
from profile_sync.handler import NotePreferences
from profile_sync.telemetry import Telemetry
from support.happened import event


class Untouched:
    """A transaction that nobody may use."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was asked of the database")


def test_its_topics_hold_more_than_answers() -> None:
    names = {entry.name for entry in EVENT_TYPES if entry.topic in read_by("profile-sync")}
    assert names == {"survey.answered", "interaction.reported", "survey.sent", "customer.erased"}


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("survey.sent", {}),
        ("interaction.reported", {"direction": "outbound"}),
        ("interaction.reported", {"customer_id": None}),
    ],
)
async def test_what_tells_nothing_of_a_preference_touches_nothing(name: str, changed: dict[str, Any]) -> None:
    handler = NotePreferences(extractors(NO_ANSWERS), Telemetry(CollectorRegistry()))
    example = BY_NAME[name].payload.model_config["json_schema_extra"]["example"]
    await handler(Untouched(), [event(name, {**example, **changed})])  # type: ignore[arg-type]
