"""The gauges: right, bounded, computed by one replica at a time, and none rather than old ones."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from events.envelope import Event
from events.hours.business import Calendars
from events.runtime.database import create_engine, transaction
from scoring.app import SCHEMA
from scoring.exporter import AGENTS, VIEWS, Exporter
from scoring.handler import Handler
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from scoring.telemetry import Freshness, MetricGauges
from support import prometheus
from support.happened import answered, csat, event, interaction, stamp
from support.metrics import scoring_database
from support.until import until

ROOM = 1000


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


class Replica:
    """One process' share: its gauges, and the job that fills them."""

    def __init__(self, engine: AsyncEngine, *, agents: bool = False, room: int = ROOM) -> None:
        self.registry = CollectorRegistry()
        views = (*VIEWS, *AGENTS) if agents else VIEWS
        self.gauges = MetricGauges(self.registry)
        self.exporter = Exporter(engine, Panes(), self.gauges, every=0.05, room=room, views=views)
        self.stop = asyncio.Event()

    async def show(self) -> None:
        self.gauges.show(await self.exporter.snapshot(datetime.now(UTC)))

    @property
    def page(self) -> str:
        return generate_latest(self.registry).decode()

    @property
    def leads(self) -> bool:
        return self.value("amends_scoring_snapshot_timestamp_seconds") != 0

    def series(self) -> dict[tuple[str, str, str, str], float]:
        """(name, window, dimension, key) to value; percentiles under key ``p<share>``."""
        samples = [s for family in text_string_to_metric_families(self.page) for s in family.samples]
        return {
            (s.name, s.labels["window"], s.labels["dimension"], s.labels["key"] + _share(s.labels)): s.value
            for s in samples
            if "window" in s.labels
        }

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def _share(labels: dict[str, str]) -> str:
    return f"p{labels['percentile']}" if "percentile" in labels else ""


async def apply(engine: AsyncEngine, *events: Event[Any]) -> None:
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, events)


def handled(number: int, at: datetime, *, talk: float = 60, **said: Any) -> Event[Any]:
    facts = answered(f"i-{number}", talk=talk, offered_at=stamp(at), **said)
    facts |= {"answered_at": stamp(at + timedelta(seconds=10)), "ended_at": stamp(at + timedelta(seconds=10 + talk))}
    return event("interaction.reported", facts, at=at)


async def test_every_value_has_its_sample_size_its_interval_and_its_percentiles(engine: AsyncEngine) -> None:
    now = datetime.now(UTC)
    await apply(engine, *(handled(n, now, talk=100.0 * (n + 1), team="billing") for n in range(10)))
    answers = (csat(5 if n < 8 else 1, f"i-{n}", f"r-{n}", submitted_at=stamp(now)) for n in range(10))
    await apply(engine, *(event("survey.answered", answer, at=now) for answer in answers))
    replica = Replica(engine)
    await replica.show()
    found = replica.series()
    for window in ("5m", "1h", "24h", "7d"):
        assert found["amends_csat_ratio", window, "all", ""] == 0.8
        assert found["amends_csat_sample_size", window, "all", ""] == 10
        assert found["amends_csat_low", window, "all", ""] == pytest.approx(0.4902, abs=5e-5)
        assert found["amends_csat_high", window, "all", ""] == pytest.approx(0.9433, abs=5e-5)
        assert found["amends_aht_seconds", window, "all", ""] == 550
    assert found["amends_csat_ratio", "24h", "channel_team", "phone/billing"] == 0.8
    for share, seconds in (("50", 500), ("90", 900), ("99", 1000)):
        assert found["amends_aht_percentile_seconds", "24h", "all", f"p{share}"] == pytest.approx(seconds, rel=0.02)
    assert ("amends_aht_percentile_seconds", "1h", "all", "p50") not in found


async def test_no_data_is_no_value_and_a_sample_size_of_0_for_all(engine: AsyncEngine) -> None:
    now = datetime.now(UTC)
    await apply(engine, event("interaction.reported", interaction(offered_at=stamp(now), team="billing"), at=now))
    replica = Replica(engine)
    await replica.show()
    found = replica.series()
    assert ("amends_csat_ratio", "24h", "all", "") not in found
    assert found["amends_csat_sample_size", "24h", "all", ""] == 0
    assert found["amends_contact_volume", "24h", "team", "billing"] == 1
    assert ("amends_csat_sample_size", "24h", "team", "billing") not in found


async def test_a_window_that_nothing_fell_into_still_says_so(engine: AsyncEngine) -> None:
    now = datetime.now(UTC)
    await apply(engine, handled(1, now - timedelta(days=2)))
    replica = Replica(engine)
    await replica.show()
    assert replica.series()["amends_contact_volume", "24h", "all", ""] == 0
    assert replica.series()["amends_contact_volume", "7d", "all", ""] == 1


async def test_agents_are_shown_only_where_the_operator_asked_for_them(engine: AsyncEngine) -> None:
    await apply(engine, handled(1, datetime.now(UTC), agent="a-17"))
    silent, asked = Replica(engine), Replica(engine, agents=True)
    await silent.show()
    await asked.show()
    assert "a-17" not in silent.page
    assert asked.series()["amends_aht_seconds", "7d", "agent", "a-17"] == 60


async def test_series_are_bounded_and_what_is_left_out_is_counted(engine: AsyncEngine) -> None:
    now = datetime.now(UTC)
    contacts = [handled(n, now, team=f"t-{n % 60:02d}", reason=f"r-{n % 150:03d}") for n in range(300)]
    await apply(engine, *contacts)
    answers = [csat(1 + n % 5, f"i-{n}", f"r-{n}", submitted_at=stamp(now)) for n in range(300)]
    await apply(engine, *(event("survey.answered", answer, at=now) for answer in answers))
    replica = Replica(engine)
    await replica.show()
    series = replica.series()
    assert 900 < len(series) <= ROOM
    shown = Counter(dimension for dimension, _ in {(dimension, key) for _, _, dimension, key in series})
    for dimension, keys in (("team", 60), ("reason", 150), ("channel_team", 60), ("channel", 1)):
        left = replica.value("amends_scoring_left_out_keys", tenant="default", dimension=dimension)
        assert left is not None
        assert shown[dimension] + left == keys


async def test_each_tenant_has_its_own_room_and_numbers(engine: AsyncEngine) -> None:
    now = datetime.now(UTC)
    for number, tenant in enumerate(("north", "south", "south")):
        contact = interaction(f"i-{number}", offered_at=stamp(now))
        await apply(engine, event("interaction.reported", contact, tenant=tenant, at=now))
    replica = Replica(engine)
    await replica.show()
    labels = {"window": "24h", "dimension": "all", "key": ""}
    assert replica.value("amends_contact_volume", tenant="north", **labels) == 1
    assert replica.value("amends_contact_volume", tenant="south", **labels) == 2


async def test_promtool_accepts_the_gauges(engine: AsyncEngine) -> None:
    await apply(engine, handled(1, datetime.now(UTC), agent="a-17"))
    replica = Replica(engine, agents=True)
    Freshness(replica.registry, lambda: datetime.now(UTC))
    await replica.show()
    assert prometheus.check_metrics(prometheus.program("promtool"), replica.page) == ""


async def test_one_replica_leads_and_another_takes_over(engine: AsyncEngine, database_url: str) -> None:
    other = create_engine(database_url, SCHEMA)
    replicas = [Replica(engine), Replica(other)]
    jobs = [asyncio.create_task(replica.exporter.run(replica.stop)) for replica in replicas]
    try:
        leader = await until(lambda: next((r for r in replicas if r.leads), None), "one leads")
        follower = next(r for r in replicas if r is not leader)
        shown = []
        for _ in range(20):
            shown.append(follower.leads)
            await asyncio.sleep(0.02)
        assert not any(shown)
        leader.stop.set()
        await until(lambda: follower.leads and not leader.leads, "the other leads when the first ends")
    finally:
        for replica in replicas:
            replica.stop.set()
        await asyncio.gather(*jobs)
        await other.dispose()
    assert not any(replica.leads for replica in replicas)


async def test_who_loses_the_connection_that_holds_the_lock_stops_showing_until_it_has_it_again(
    engine: AsyncEngine, database_url: str
) -> None:
    replica = Replica(engine)
    shown: list[bool] = []
    show = replica.gauges.show
    replica.gauges.show = lambda snapshot: (shown.append(snapshot is not None), show(snapshot))[1]  # type: ignore[method-assign]
    job = asyncio.create_task(replica.exporter.run(replica.stop))
    admin = await asyncpg.connect(database_url)
    try:
        await until(lambda: shown, "it leads")
        killed = await admin.fetchval(
            "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"
        )
        assert killed == 1
        await until(lambda: False in shown and shown[-1], "it shows nothing, then leads again")
    finally:
        replica.stop.set()
        await job
        await admin.close()


async def test_how_fresh_the_numbers_are_is_told(engine: AsyncEngine) -> None:
    registry = CollectorRegistry()
    now = datetime.now(UTC)
    freshness = Freshness(registry, lambda: now)
    newest, oldest = now - timedelta(seconds=2), now - timedelta(seconds=40)
    batch = [handled(1, newest), handled(2, oldest)]
    await freshness.counted(None, batch)
    await freshness.counted(None, [handled(3, oldest)])
    moment = registry.get_sample_value("amends_scoring_newest_event_timestamp_seconds")
    assert moment == pytest.approx(newest.timestamp())
    assert registry.get_sample_value("amends_scoring_apply_delay_seconds_count") == 2
    assert registry.get_sample_value("amends_scoring_apply_delay_seconds_sum") == pytest.approx(80)
