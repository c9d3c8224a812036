"""The real parts every integration test runs on: one broker and one PostgreSQL a session, a fresh database a test."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

from alerting.store.schema import MIGRATIONS, SCHEMA
from amends.local.errors import PartFailed, PartMissing
from amends.local.kafka import KafkaServer
from amends.local.parts import Parts, local_parts
from amends.local.ports import free_port as find_free_port
from support import broker
from support.moving_clock import MovingClock
from support.own_database import own_database
from support.recovery import DUTY, MONDAY, Recovery

ROOT = Path(__file__).parent.parent

# A busy machine is no counterexample. Where CI is set Hypothesis repeats itself, elsewhere it looks for new ones.
settings.register_profile("facts", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("facts")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Command lines and services set up logging for a whole process; here many share one."""
    levels = {name: logging.getLogger(name).level for name in ("aiokafka", "asyncio", "uvicorn")}
    yield
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def parts(request: pytest.FixtureRequest) -> Iterator[Parts]:
    """Kafka and PostgreSQL, from the environment or private to this session."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def announce(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n[parts] {line}", end="")

    try:
        with local_parts(ROOT / ".local", announce=announce) as found:
            yield found
    except (PartMissing, PartFailed) as error:
        pytest.exit(f"these tests need a real broker and a real database: {error}", returncode=1)


@pytest.fixture
def kafka(parts: Parts) -> Iterator[KafkaServer]:
    """A broker that the test may stop, kill and start; it runs again afterwards."""
    if parts.kafka is None:
        pytest.skip("the broker is not ours to stop: KAFKA_BOOTSTRAP_SERVERS is set")
    yield parts.kafka
    if parts.kafka.pid is None:
        parts.kafka.start()


@pytest.fixture
async def topics(parts: Parts) -> str:
    """The bootstrap address of a broker on which every Amends topic exists and is empty."""
    await broker.recreate_topics(parts.kafka_bootstrap)
    return parts.kafka_bootstrap


@pytest.fixture
async def database_url(parts: Parts) -> AsyncIterator[str]:
    """An empty database of this test's own."""
    async with own_database(parts.database_url) as url:
        yield url


@pytest.fixture
def free_port() -> int:
    return find_free_port()


@pytest.fixture
async def clock(database_url: str) -> AsyncIterator[MovingClock]:
    """Alerting's tables under a clock that the test moves; it shows a Monday noon."""
    found = MovingClock(database_url, SCHEMA)
    await found.migrate(MIGRATIONS)
    await found.set(MONDAY)
    yield found
    await found.close()


@pytest.fixture
def desk(clock: MovingClock) -> Recovery:
    """A recovery desk under that clock."""
    return Recovery(clock.engine, DUTY)
