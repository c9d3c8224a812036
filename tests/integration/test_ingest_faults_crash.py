"""Ingest is killed with SIGKILL under load, again and again: what it promised is there, what it refused is not."""

import asyncio
import os
import random
from pathlib import Path
from time import monotonic

import pytest

from amends.services import INGEST, Service
from support import hasty_ingest
from support.load import Load
from support.load_ledger import Entry, Ledger, Outcome
from support.load_verdict import judged, verdict
from support.services import House, Running, house
from support.until import until

KILLS = 200 if os.environ.get("AMENDS_FULL_FAULTS") else 10
TESTS = Path(__file__).parents[1]


async def killed_under_load(ingest: Running, load: Load, kills: int, chance: random.Random) -> None:
    """Each time some of its requests were accepted, and the others are under way."""
    for _ in range(kills):
        before = load.accepted()
        await until(lambda before=before: load.accepted() > before + 5, "requests are accepted")  # type: ignore[misc]
        await asyncio.sleep(chance.uniform(0, 0.5))
        print(f"{monotonic():.2f}: killed after {len(load.answers)} answers")
        await ingest.kill()
        await ingest.start()


@pytest.mark.timeout(60 + 6 * KILLS)
async def test_killed_under_load_it_has_kept_what_it_promised_and_nothing_that_it_refused(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")  # shown by pytest when this fails
    ledger = Ledger(tmp_path / "ledger")
    async with house(tmp_path, topics, database_url) as rooms:
        ingest = await rooms.add("ingest")
        async with Load(ingest.url, rooms.key, ledger, seed) as load:
            await killed_under_load(ingest, load, KILLS, random.Random(seed))
            after = load.accepted()
            await until(lambda: load.accepted() > after + 5, "requests are accepted after the last kill")
    found = await verdict(ledger, topics)
    print(dict(found.counts), f"repeated {len(found.repeated)}")
    assert found.broken() == {}
    assert {answer.status for answer in load.answers if answer.fit} <= {202, 503, None}
    assert 202 not in {answer.status for answer in load.answers if not answer.fit}
    # The kills did hit requests, and there was something to keep and to refuse.
    assert sum(answer.outcome is Outcome.UNKNOWN for answer in load.answers) >= KILLS
    assert {400, 401, 422} <= {answer.status for answer in load.answers}
    assert found.counts[Outcome.OK] > 30 * KILLS


async def test_an_ingest_that_answers_before_the_broker_has_is_found_out(
    tmp_path: Path, topics: str, database_url: str
) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    ledger = Ledger(tmp_path / "ledger")
    async with house(tmp_path, topics, database_url) as rooms:
        ingest = await hasty(rooms)
        async with Load(ingest.url, rooms.key, ledger, seed) as load:
            await killed_under_load(ingest, load, 3, random.Random(seed))
    found = await verdict(ledger, topics)
    assert found.counts[Outcome.OK]
    assert found.lost


async def hasty(rooms: House) -> Running:
    service = Service("hasty", hasty_ingest.__name__, INGEST.prefix, INGEST.port)
    paths = os.pathsep.join(filter(None, (str(TESTS), os.environ.get("PYTHONPATH"))))
    environ = {**rooms.environ, "PYTHONPATH": paths, "DATABASE_URL": ""}
    found = Running(service, environ, rooms.directory / "hasty.log")
    rooms.members["hasty"] = found
    await found.start()
    return found


def entries(*outcomes: Outcome, fit: bool = True) -> dict[str, Entry]:
    """Events e-1, e-2, … of one customer."""
    return {f"e-{seq}": Entry(f"e-{seq}", "c", seq, fit, outcome) for seq, outcome in enumerate(outcomes, 1)}


def test_the_checker_misses_what_was_promised() -> None:
    assert judged(entries(Outcome.OK, Outcome.OK), [["e-2"], []]).broken() == {"lost": ["e-1"]}


def test_the_checker_sees_what_was_refused_and_kept() -> None:
    assert judged(entries(Outcome.FAIL, Outcome.OK), [["e-1", "e-2"]]).broken() == {"kept": ["e-1"]}
    assert judged(entries(Outcome.UNKNOWN, fit=False), [["e-1"]]).broken() == {"kept": ["e-1"]}


def test_the_checker_sees_what_nobody_sent_and_what_changed_places() -> None:
    found = judged(entries(Outcome.OK, Outcome.OK, Outcome.UNKNOWN), [["e-3", "e-2", "e-1", "e-9"]])
    assert found.broken() == {"strange": ["e-9"], "disordered": ["e-1"]}


def test_to_the_checker_what_is_unknown_may_be_there_or_not_and_a_repetition_does_no_harm() -> None:
    found = judged(entries(Outcome.OK, Outcome.UNKNOWN, Outcome.SENT), [["e-1", "e-2", "e-1"]])
    assert found.broken() == {}
    assert found.repeated == ["e-1"]
