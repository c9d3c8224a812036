"""Keys of sources on a real PostgreSQL: two at most, rotation, revoking, what is written down, and the keyring."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

import ingest
from events.runtime.api_keys import Keyring, new_key
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Unavailable
from events.runtime.migrate import upgrade
from ingest.store.key_refresh import KeyRefresh
from ingest.store.keys import Kept, Keys, Refused
from ingest.store.schema import Owner
from support.until import until

MIGRATIONS = Path(ingest.__file__).parent / "migrations"
SHOP = Owner("acme", "shop")


@pytest.fixture(autouse=True)
def _logs_as_a_service_has_them() -> None:
    """The command line, tried by other tests of this process, silences the log."""
    structlog.reset_defaults()


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url, "ingest")
    await upgrade(engine, "ingest", MIGRATIONS)
    yield engine
    await engine.dispose()


@pytest.fixture
def keys(engine: AsyncEngine) -> Keys:
    return Keys(engine, actor="ada")


def refresh(keys: Keys, keyring: Keyring, **voices: tuple[str, ...]) -> KeyRefresh:
    return KeyRefresh(keys, keyring, lambda tenant, source: voices.get(source, ()), every=0.05)


async def rows(engine: AsyncEngine, query: str) -> list[tuple[Any, ...]]:
    async with transaction(engine) as tx:
        return [tuple(row) for row in await tx.execute(text(query))]


async def test_a_key_opens_what_its_source_speaks_for_and_only_its_hash_is_kept(
    keys: Keys, engine: AsyncEngine
) -> None:
    made = await keys.add(SHOP, note="till")
    keyring = Keyring(())
    await refresh(keys, keyring, shop=("/crm/acme", "/pbx/acme")).once()
    found = keyring.find(f"Bearer {made.secret}")
    assert found is not None
    assert (found.tenant, found.sources, found.scopes) == ("acme", ("/crm/acme", "/pbx/acme"), ("events:write",))
    assert made.secret not in str(await rows(engine, "SELECT api_key::text, audit::text FROM api_key, audit"))


async def test_a_third_live_key_is_refused_and_the_refusal_names_the_two(keys: Keys) -> None:
    first, second = await keys.add(SHOP), await keys.add(SHOP)
    with pytest.raises(Refused, match=f"revoke one first \\({first.kept.id} or {second.kept.id}\\)"):
        await keys.add(SHOP)
    with pytest.raises(Refused, match="2 live keys"):
        await keys.rotate(SHOP)
    assert len(await keys.live()) == 2
    await keys.add(Owner("acme", "other"))
    await keys.add(Owner("globex", "shop"))


async def test_two_people_who_add_at_once_cannot_make_three(keys: Keys) -> None:
    done = await asyncio.gather(*(keys.add(SHOP) for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, Refused) for one in done) == 4
    assert len(await keys.live()) == 2


async def test_after_a_rotation_the_old_key_goes_on_for_the_overlap_and_no_longer(keys: Keys) -> None:
    old = await keys.add(SHOP)
    new = await keys.rotate(SHOP, overlap=timedelta(hours=2))
    ends = {key.id: key.expires_at for key in await keys.live()}
    assert set(ends) == {old.kept.id, new.kept.id}
    assert ends[new.kept.id] is None
    created = {key.id: key.created_at for key in await keys.live()}
    ended = ends[old.kept.id]
    assert ended is not None
    assert ended - created[new.kept.id] == timedelta(hours=2)


async def test_a_rotation_does_not_lengthen_the_life_of_a_key_that_ends_sooner(keys: Keys) -> None:
    await keys.add(SHOP)
    middle = await keys.rotate(SHOP, overlap=timedelta(0))
    assert [key.id for key in await keys.live()] == [middle.kept.id]
    last = await keys.rotate(SHOP, overlap=timedelta(hours=1))
    await keys.revoke(SHOP, last.kept.id)
    (before,) = await keys.live()
    await keys.rotate(SHOP, overlap=timedelta(hours=24))
    after = {key.id: key.expires_at for key in await keys.live()}
    assert after[middle.kept.id] == before.expires_at
    assert [key.state for key in await keys.all()].count("expired") == 1


async def test_revoking_ends_one_or_all_and_says_so_when_there_is_none(keys: Keys) -> None:
    first, second = await keys.add(SHOP), await keys.add(SHOP)
    assert await keys.revoke(SHOP, first.kept.id) == [first.kept.id]
    assert await keys.revoke(SHOP) == [second.kept.id]
    with pytest.raises(Refused, match="no live key"):
        await keys.revoke(SHOP)
    with pytest.raises(Refused, match="no live key"):
        await keys.revoke(Owner("globex", "shop"), first.kept.id)
    assert {key.state for key in await keys.all()} == {"revoked"}


async def test_every_change_is_written_down_and_nobody_can_unwrite_it(keys: Keys, engine: AsyncEngine) -> None:
    with capture_logs() as lines:
        first = await keys.add(SHOP)
        second = await keys.rotate(SHOP)
        await keys.revoke(SHOP, first.kept.id)
    wanted = [
        ("key added", first.kept.id),
        ("key added", second.kept.id),
        ("key ends", first.kept.id),
        ("key revoked", first.kept.id),
    ]
    assert await rows(engine, "SELECT action, key_id FROM audit ORDER BY id") == wanted
    assert [(line["event"], line["key"]) for line in lines] == wanted
    assert await rows(engine, "SELECT DISTINCT actor, tenant, source FROM audit") == [("ada", "acme", "shop")]
    for statement in ("UPDATE audit SET actor = 'eve'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(DBAPIError, match="only appended to"):
            await rows(engine, statement)


async def test_a_refused_change_is_not_written_down(keys: Keys, engine: AsyncEngine) -> None:
    with pytest.raises(Refused):
        await keys.revoke(SHOP)
    assert await rows(engine, "SELECT * FROM audit") == []


async def test_a_key_of_a_source_that_is_configured_no_more_opens_nothing(keys: Keys) -> None:
    made = await keys.add(SHOP)
    keyring = Keyring(())
    await refresh(keys, keyring).once()
    assert keyring.find(f"Bearer {made.secret}") is None


async def test_while_it_runs_a_revoked_key_stops_a_new_one_opens_and_the_files_keys_stay(keys: Keys) -> None:
    of_file = new_key(("events:write",))
    keyring, stop = Keyring([of_file.kept]), asyncio.Event()
    old = await keys.add(SHOP)
    task = asyncio.create_task(refresh(keys, keyring, shop=("shop",)).job(stop))
    await until(lambda: keyring.find(f"Bearer {old.secret}"), "the key opens")
    new = await keys.rotate(SHOP)
    await keys.revoke(SHOP, old.kept.id)
    await until(lambda: keyring.find(f"Bearer {new.secret}"), "the new key opens")
    await until(lambda: keyring.find(f"Bearer {old.secret}") is None, "the revoked key stops")
    assert keyring.find(f"Bearer {of_file.secret}") == of_file.kept
    stop.set()
    await asyncio.wait_for(task, 5)


async def test_when_a_key_was_last_used_is_written_down_for_those_that_were(keys: Keys) -> None:
    used, unused = await keys.add(SHOP), await keys.add(SHOP)
    keyring = Keyring(())
    refreshing = refresh(keys, keyring, shop=("shop",))
    await refreshing.once()
    assert keyring.find(f"Bearer {used.secret}")
    await refreshing.once()
    last = {key.id: key.last_used_at for key in await keys.all()}
    assert last[used.kept.id] is not None
    assert last[unused.kept.id] is None
    await refreshing.once()
    assert {key.id: key.last_used_at for key in await keys.all()} == last


async def test_a_scope_that_a_newer_version_has_given_is_passed_over(keys: Keys, engine: AsyncEngine) -> None:
    made = await keys.add(SHOP)
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE api_key SET scopes = ARRAY['moon:walk', 'events:write']"))
    keyring = Keyring(())
    await refresh(keys, keyring, shop=("shop",)).once()
    found = keyring.find(f"Bearer {made.secret}")
    assert found is not None
    assert found.scopes == ("events:write",)


class Counted(Keys):
    rounds = 0

    async def live(self) -> list[Kept]:
        self.rounds += 1
        return await super().live()


async def test_while_postgresql_is_away_the_known_keys_go_on_and_it_is_said_once(database_url: str) -> None:
    engine = create_engine(database_url, "ingest")
    await upgrade(engine, "ingest", MIGRATIONS)
    keys, keyring, stop = Keys(engine), Keyring(()), asyncio.Event()
    made = await keys.add(SHOP)
    await refresh(keys, keyring, shop=("shop",)).once()
    await engine.dispose()
    nowhere = create_engine("postgresql://a@127.0.0.1:1/d", "ingest")
    counted = Counted(nowhere)
    refreshing = refresh(counted, keyring, shop=("shop",))
    with pytest.raises(Unavailable):
        await refreshing.once()
    with capture_logs() as lines:
        task = asyncio.create_task(refreshing.job(stop))
        await until(lambda: counted.rounds >= 4, "several rounds")
        stop.set()
        await asyncio.wait_for(task, 5)
    assert [line["event"] for line in lines] == ["keys cannot be read; those known go on"]
    assert keyring.find(f"Bearer {made.secret}")
    await nowhere.dispose()
