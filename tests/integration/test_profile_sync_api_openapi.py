"""What profile-sync's API page promises, held against the running service by schemathesis."""

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
# That a note is there to be decided, or a cursor is one of ours, no schema can say.
UNSPEAKABLE = [checks.positive_data_acceptance, checks.negative_data_rejection, checks.ignored_auth]


@pytest.fixture
async def syncing(topics: str, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, topics, database_url) as found:
        await found.add("profile-sync", PROFILE_SYNC_CRM_URL="http://127.0.0.1:9/profiles/{customer_id}")
        yield found


@pytest.mark.timeout(600)
def test_every_answer_is_one_the_page_tells_of(syncing: House) -> None:
    schema = schemathesis.openapi.from_url(f"{syncing['profile-sync'].url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [operation for operation in operations if operation.path.startswith("/v1/")]
    assert len(ours) >= 15
    for operation in ours:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @GENEROUS
            @given(case=operation.as_strategy(generation_mode=mode))
            def held(case: Any) -> None:
                case.call_and_validate(headers=syncing.headers, excluded_checks=UNSPEAKABLE)

            try:
                held()
            except Exception as error:
                raise AssertionError(f"{operation.method.upper()} {operation.path} ({mode.value})") from error
