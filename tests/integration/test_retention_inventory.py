"""docs/retention.md against migrated databases and the rules that delete: no table without a row, and none too many."""

import importlib
import re
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import asyncpg
import pytest

from alerting.store import retention as of_alerting
from amends.services import SERVICES
from events.runtime.database import create_engine
from events.runtime.migrate import upgrade
from events.runtime.retention import LEAST_DAYS, Rule
from events.topics import CUSTOMERS, all_topics
from ingest.store import retention as of_ingest
from profile_sync.store import retention as of_profile_sync
from scoring.core.retention import Retention
from scoring.store import retention as of_scoring

PAGE = Path(__file__).parents[2] / "docs" / "retention.md"
ROW = re.compile(r"^\| (`[a-z_*]+\.[^|]+) \|(?:[^|]*\|){3} ([^|]+) \|$", re.MULTILINE)
AGE = timedelta(days=1)
RULES: dict[str, list[Rule]] = {
    "alerting": of_alerting.rules(AGE, AGE, AGE),
    "profile_sync": of_profile_sync.rules(AGE, AGE),
    "ingest": list(of_ingest.RULES),
    "scoring": of_scoring.rules(Retention(), AGE, AGE),
}


def inventory() -> dict[str, str]:
    """What deletes a table's rows, by its name; a name may be a pattern."""
    return {name: by for names, by in ROW.findall(PAGE.read_text()) for name in re.findall(r"`([^`]+)`", names)}


async def test_every_table_there_is_has_a_row_and_every_row_a_table(database_url: str) -> None:
    for service in SERVICES:
        folder = Path(importlib.import_module(service.module).__file__ or "").parent / "migrations"
        engine = create_engine(database_url, service.module)
        await upgrade(engine, service.module, folder)
        await engine.dispose()
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(
        "SELECT schemaname || '.' || tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    await connection.close()
    tables, told = {row[0] for row in rows}, inventory()
    assert {table for table in tables if not any(fnmatchcase(table, name) for name in told)} == set()
    assert {name for name in told if not any(fnmatchcase(table, name) for table in tables)} == set()


@pytest.mark.parametrize("schema", RULES)
def test_what_a_rule_deletes_the_page_calls_deleted_hourly(schema: str) -> None:
    hourly = [name for name, by in inventory().items() if by.startswith("hourly")]
    tables = {f"{schema}.{rule.table}" for rule in RULES[schema]}
    assert {table for table in tables if not any(fnmatchcase(table, name) for name in hourly)} == set()


def test_what_tells_a_repeat_outlives_every_record_that_can_be_read_again() -> None:
    longest = max(topic.retention for topic in all_topics() if topic is not CUSTOMERS)
    assert timedelta(days=LEAST_DAYS) > longest
    fixed = (of_alerting.RETRACTED, of_profile_sync.CONTACTS_OF_ERASED)
    assert all(age > longest for age in fixed)
