"""What alerting's API page promises, held against the running service by schemathesis."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from support.services import House, house

EXAMPLES = int(os.environ.get("AMENDS_OPENAPI_EXAMPLES", "200"))
GENEROUS = settings(
    max_examples=EXAMPLES // 16, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# That an end lies after its beginning, or a case is there to be acted on, no schema can say.
UNSPEAKABLE = [checks.positive_data_acceptance, checks.negative_data_rejection, checks.ignored_auth]
PLAN = """
people:
  dana: {name: Dana, zone: Europe/Berlin}
schedules:
  recovery:
    zone: Europe/Berlin
    layers: [{rotation: [dana], every: week, handover: mon 09:00, since: 2026-01-05}]
"""


@pytest.fixture
async def alerting(topics: str, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    plan = tmp_path / "oncall.yaml"
    plan.write_text(PLAN)
    async with house(tmp_path, topics, database_url) as found:
        await found.add("alerting", ALERTING_ONCALL_FILE=str(plan))
        yield found


@pytest.mark.timeout(900)
def test_every_answer_is_one_the_page_tells_of(alerting: House) -> None:
    schema = schemathesis.openapi.from_url(f"{alerting['alerting'].url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [operation for operation in operations if operation.path.startswith("/v1/")]
    assert len(ours) > 30
    for operation in ours:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @GENEROUS
            @given(case=operation.as_strategy(generation_mode=mode))
            def held(case: Any) -> None:
                case.call_and_validate(headers=alerting.headers, excluded_checks=UNSPEAKABLE)

            try:
                held()
            except Exception as error:
                raise AssertionError(f"{operation.method.upper()} {operation.path} ({mode.value})") from error
