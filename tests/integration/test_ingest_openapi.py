"""What the API page promises, held against the running service: schemathesis makes up requests, good ones and bad."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from support.services import House, house

EXAMPLES = int(os.environ.get("AMENDS_OPENAPI_EXAMPLES", "200"))
"""For each operation: half of them as the page says, half of them not."""

GENEROUS = settings(
    max_examples=EXAMPLES // 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
# That a body fits its Content-Encoding, or an end is after its beginning, no schema can say; and who fails too often to
# say who they are is answered 429, where that check knows 401 alone.
UNSPEAKABLE = [checks.positive_data_acceptance, checks.ignored_auth]
# Too many items in a batch are answered 413, as the page says.
REFUSALS = ["400", "401", "403", "404", "405", "413", "415", "422", "429"]
CONFIG = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
SOURCES = """
sources:
  - name: plain
    vendor: generic
    options: {type: mention.published}
  - name: pbx
    vendor: asterisk
"""


@pytest.fixture
async def ingest(topics: str, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    file = tmp_path / "sources.yaml"
    file.write_text(SOURCES)
    plenty = {"INGEST_RATE_PER_SECOND": "1000000", "INGEST_RATE_BURST": "1000000"}
    async with house(tmp_path, topics, database_url) as found:
        await found.add("ingest", INGEST_SOURCES_FILE=str(file), **plenty)
        yield found


def each_operation(ingest: House, hold: Callable[[Any], None]) -> None:
    """``hold`` with made-up requests, for every operation of the page."""
    schema = schemathesis.openapi.from_url(f"{ingest['ingest'].url}/openapi.json", config=CONFIG)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 6
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @GENEROUS
            @given(case=operation.as_strategy(generation_mode=mode))
            def held(case: Any) -> None:
                hold(case)

            held()


@pytest.mark.timeout(900)
def test_every_answer_to_the_holder_of_a_key_is_one_the_page_tells_of(ingest: House) -> None:
    def hold(case: Any) -> None:
        case.call_and_validate(headers=ingest.headers, excluded_checks=UNSPEAKABLE)

    each_operation(ingest, hold)


@pytest.mark.timeout(900)
def test_without_a_key_nothing_gets_in(ingest: House) -> None:
    def hold(case: Any) -> None:
        answer = case.call()
        case.validate_response(answer, excluded_checks=UNSPEAKABLE)
        assert answer.status_code >= 400

    each_operation(ingest, hold)
