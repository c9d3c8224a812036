"""What scoring's API page promises, held against the running service: schemathesis makes up questions, good and bad."""

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
    max_examples=EXAMPLES // 8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# That a window is a name or a date, or an end after its beginning, no schema can say; every parameter is text anyway.
UNSPEAKABLE = [checks.positive_data_acceptance, checks.negative_data_rejection, checks.ignored_auth]
OURS = {"/v1/metrics", "/v1/series", "/v1/volume/hours", "/v1/quadrant", "/v1/contacts", "/v1/definitions"}


@pytest.fixture
async def scoring(topics: str, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        await found.add("scoring")
        yield found


@pytest.mark.timeout(900)
def test_every_answer_is_one_the_page_tells_of(scoring: House) -> None:
    schema = schemathesis.openapi.from_url(f"{scoring['scoring'].url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {operation.path for operation in operations} >= OURS
    for operation in (found for found in operations if found.path in OURS):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            if mode is GenerationMode.NEGATIVE and not operation.query:
                continue

            @GENEROUS
            @given(case=operation.as_strategy(generation_mode=mode))
            def held(case: Any) -> None:
                case.call_and_validate(headers=scoring.headers, excluded_checks=UNSPEAKABLE)

            held()
