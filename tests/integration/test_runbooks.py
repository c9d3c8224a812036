"""The statements of the runbooks, on tables as the migrations make them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

import alerting.store.schema
import profile_sync.app
import scoring.app
from events.runtime.database import create_engine, transaction
from events.runtime.migrate import upgrade

ROOT = Path(__file__).parents[2]
STATEMENTS = [
    statement
    for page in sorted((ROOT / "docs/runbooks").glob("*.md"))
    for statement in re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL)
]


async def test_every_statement_runs_and_only_reads(database_url: str) -> None:
    assert len(STATEMENTS) > 5
    engine = create_engine(database_url, "public")
    try:
        for module in (alerting.store.schema, profile_sync.app, scoring.app):
            await upgrade_in(database_url, module.SCHEMA, module.MIGRATIONS)
        for statement in STATEMENTS:
            async with transaction(engine) as tx:
                await tx.execute(text("SET TRANSACTION READ ONLY"))
                await tx.execute(text(statement))
    finally:
        await engine.dispose()


async def upgrade_in(url: str, schema: str, migrations: Path) -> None:
    engine = create_engine(url, schema)
    try:
        await upgrade(engine, schema, migrations)
    finally:
        await engine.dispose()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_asks_for_nobodys_words_or_id(statement: str) -> None:
    assert not re.search(r"\b(comment|words|customer_id|body|note)\b", statement)
