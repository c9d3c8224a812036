"""The arithmetic of capacity: right by hand, in step with the services, and its page fresh."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import alerting.main
import ingest.main
import profile_sync.main
import scoring.app
from alerting.desk import live
from amends.capacity import measured
from amends.capacity.assumptions import Assumptions, overridden
from amends.capacity.busy_hour import SECONDS, Hour, simulate
from amends.capacity.limits import limits
from amends.capacity.needs import needs
from amends.capacity.table import SIZES, tables
from amends.commands import capacity
from amends.main import run
from events.runtime.database import INBOX_DAYS, create_engine
from events.topics import INTERACTIONS
from scoring.core.retention import Retention

PAGE = (Path(__file__).parents[3] / "docs/capacity.md").read_text()
USUAL = Assumptions()
PLAIN = Assumptions(contacts=36, busy_hour=0.1, peak=1, reports=1.0001, surveyed=1e-9, answered=1e-9)
"""A contact is one event; of 36 a day 3.6 fall into the busy hour: one in 1,000 s for each agent."""


def test_a_thousand_agents_of_one_contact_in_a_thousand_seconds_make_one_event_a_second() -> None:
    found = needs(1_000, PLAIN)
    assert found.events == pytest.approx(1, rel=1e-3)
    assert found.rows == pytest.approx(measured.CONTACT.rows, rel=1e-3)
    assert found.wal == pytest.approx(measured.CONTACT.wal, rel=1e-3)
    assert found.cores["scoring"] == pytest.approx(540e-6, rel=1e-3)
    assert found.kafka_disk == pytest.approx(36_000 * 700 * 30 * 3, rel=1e-3)
    assert found.stored["facts of scoring"] == pytest.approx(36_000 * 890 * 400, rel=1e-3)


def test_ten_times_the_agents_make_ten_times_of_what_grows_with_them() -> None:
    one, ten = needs(1_000, USUAL), needs(10_000, USUAL)
    assert ten.events == pytest.approx(10 * one.events)
    assert sum(ten.stored.values()) == pytest.approx(10 * sum(one.stored.values()))
    assert ten.crm_reconcile == pytest.approx(10 * one.crm_reconcile)


def test_a_terrible_answer_costs_people_before_it_costs_machines() -> None:
    calm, upset = (needs(10_000, replace(USUAL, terrible=share)) for share in (0.04, 0.08))
    assert upset.specialists == pytest.approx(2 * calm.specialists)
    assert upset.events == calm.events


def test_there_are_two_of_each_and_of_consumers_never_more_connections_than_partitions_use() -> None:
    assert set(needs(1, USUAL).replicas.values()) == {2}
    huge = needs(20_000_000, USUAL)
    assert huge.replicas["scoring"] > 100
    assert huge.connections - 15 * huge.replicas["ingest"] == 6 * (17 + 25 + 15)


def test_the_limit_that_binds_first_comes_first_and_gives_way_when_it_is_raised() -> None:
    found = limits(needs(100_000, USUAL), USUAL)
    assert [limit.used for limit in found] == sorted((limit.used for limit in found), reverse=True)
    roomy = replace(USUAL, rooms=10 * USUAL.rooms)
    pages = {limit.name: limit.used for limit in limits(needs(100_000, roomy), roomy)}["pages in a room"]
    assert pages == pytest.approx(next(limit.used for limit in found if limit.name == "pages in a room") / 10)


def test_an_hour_is_the_same_each_time_and_nothing_waits_where_there_is_room() -> None:
    hour = Hour(events=500, capacity=1_000)
    assert simulate(hour) == simulate(hour)
    quiet = simulate(replace(hour, killed_at=None))
    assert (quiet.lag, quiet.wait, quiet.rebalances) == (0, 0, 0)


def test_what_a_killed_replica_held_waits_for_its_session_and_the_rebalance() -> None:
    course = simulate(Hour(events=600, capacity=2_000, peak=1, most=2))
    assert 34 <= course.wait <= 40
    assert course.lag == pytest.approx(300 * 30 + 600 * 5, rel=0.1)
    assert course.recovered is not None
    assert course.recovered <= 45


def test_more_comes_than_is_applied_and_keda_adds_replicas_until_it_is() -> None:
    slow = Hour(events=1_000, capacity=300, peak=1, killed_at=None)
    scaled, alone = simulate(slow), simulate(replace(slow, most=2))
    assert scaled.replicas >= 4
    assert alone.lag == pytest.approx(400 * SECONDS, rel=0.05)
    assert scaled.lag < alone.lag / 10


def test_no_replica_helps_against_one_customer_who_is_more_than_a_replica_takes() -> None:
    hot = Hour(events=1_000, capacity=300, peak=1, killed_at=None, hot=0.5)
    assert simulate(hot).replicas == 6
    assert simulate(hot).lag > 100 * SECONDS


def test_what_services_open_and_keep_is_what_the_services_say() -> None:
    pool = create_engine("postgresql://u@h/d", "s", pool_size=1).pool
    more = pool._max_overflow  # type: ignore[attr-defined]
    pools = {
        "ingest": ingest.main.CONNECTIONS,
        "scoring": scoring.app.CONNECTIONS,
        "alerting": alerting.main.CONNECTIONS,
        "profile-sync": profile_sync.main.CONNECTIONS,
    }
    assert {name: size + more for name, size in pools.items()} == measured.CONNECTIONS
    assert INBOX_DAYS == measured.INBOX_DAYS
    assert INTERACTIONS.retention.days == measured.KAFKA_DAYS
    kept = Retention()
    assert (kept.minutes.days, kept.hours.days) == (measured.MINUTE_DAYS, measured.HOUR_DAYS)
    assert kept.facts.days == USUAL.facts_days
    assert (live.MOST_VIEWERS, live.ASKED_PER_SECOND) == (measured.VIEWERS, measured.PAGES_A_SECOND)


def test_an_assumption_that_is_misspelt_or_no_number_is_complained_about() -> None:
    assert overridden(USUAL, ("contacts=40",)) == replace(USUAL, contacts=40)
    for said, complaint in (
        ("contact=40", "no assumption contact"),
        ("contacts", "not name"),
        ("rooms=0", "above 0 and"),
        ("rooms=nan", "above 0 and"),
        ("contacts=inf", "at most 1,000,000,000"),
        ("answered=25", "above 0 and at most 1$"),
        ("busy=60", "above 0 and at most 1$"),
        ("reports=0.5", "at least 1 and"),
    ):
        with pytest.raises(ValueError, match=complaint):
            overridden(USUAL, (said,))
        assert run(["capacity", "--assume", said]) == 2


def test_the_command_prints_what_was_asked_for() -> None:
    app = typer.Typer()
    capacity.register(app)
    told = CliRunner().invoke(app, ["--agents", "20000", "--assume", "rooms=1"])
    assert told.output == tables([20_000], replace(USUAL, rooms=1))


def test_the_page_is_fresh() -> None:
    assert tables(SIZES, USUAL) in PAGE, "run: amends capacity, and put what it prints into docs/capacity.md"


@pytest.mark.parametrize("field", fields(Assumptions), ids=lambda field: field.name)
def test_the_page_lists_every_assumption_with_its_value(field: object) -> None:
    name = getattr(field, "name", "")
    assert f"| `{name}` | {getattr(USUAL, name):g} |" in PAGE
