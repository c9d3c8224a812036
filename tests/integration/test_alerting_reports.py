"""What the topic `alerts` is told of a case: every change, as a full snapshot, whatever happens in between."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.announcing import Announcer
from alerting.core.case import Action, Case, Claim, Close, Contact
from alerting.store import reports
from alerting.store.audit import audit
from alerting.store.schema import MIGRATIONS, SCHEMA
from alerting.store.wake import Bell
from alerting.telemetry import ReportTelemetry
from events import codec
from events.case import CaseReported
from events.customer import CustomerErased
from events.envelope import Event
from events.mention import Mention
from events.resurvey import ResurveyRequested
from events.runtime.database import create_engine, transaction
from events.runtime.errors import Unavailable
from events.runtime.kafka import KafkaPublisher
from events.runtime.memory import MemoryBroker, MemoryPublisher
from events.runtime.migrate import upgrade
from events.runtime.stream import Outgoing, Publisher
from events.survey_sent import SurveySent
from events.topics import TOPICS
from support.alerting_member import Member, answered, desk, event, reported
from support.alerting_schema import migrated
from support.broker import read_all
from support.until import until

DANA = "Dana canary"
NOTE = "canary: called, refund promised"


class House:
    """A member that opens cases, people who move them, and the one who tells of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.member = Member(engine, 0)
        self.cases = desk(engine)
        self.broker = MemoryBroker({topic.name: topic.partitions for topic in TOPICS})

    def announcer(self, publisher: Publisher | None = None) -> Announcer:
        telemetry = ReportTelemetry(CollectorRegistry())
        return Announcer(self.engine, publisher or MemoryPublisher(self.broker), Bell(self.engine), telemetry)

    def told(self) -> list[Event[Any]]:
        """Every report so far, by the revision; the log keeps only those of one key in order."""
        records = [record for log in self.broker.logs.values() for record in log]
        assert {record.partition.topic for record in records} <= {"alerts"}
        found = [codec.decode(record.headers, record.value) for record in records]
        assert [record.key for record in records] == [codec.key(one) for one in found]
        assert b"canary" not in b"".join(
            bytes(record.value or b"") + str(record.headers).encode() for record in records
        )
        return sorted((one for one in found if one.type == CaseReported.TYPE), key=lambda one: one.data.version)

    def asked_again(self) -> list[Event[Any]]:
        """Every request to ask a customer again."""
        records = [record for log in self.broker.logs.values() for record in log]
        found = [codec.decode(record.headers, record.value) for record in records]
        return [one for one in found if one.type == ResurveyRequested.TYPE]

    async def news(self) -> CaseReported:
        """What is told now, which is one report."""
        before = len(self.told())
        assert await self.announcer().tell() == 1
        assert len(self.told()) == before + 1
        report: CaseReported = self.told()[-1].data
        return report

    async def act(self, case_id: str, action: Action) -> None:
        assert isinstance(await self.cases.act("default", UUID(case_id), action), Case)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def house(engine: AsyncEngine) -> House:
    return House(engine)


async def test_a_case_that_opens_is_told_with_its_contact_and_the_answer(house: House) -> None:
    await house.member.take(event(reported()), event(answered(2, comment="canary words")))
    found = await house.news()
    assert found.model_dump(include={"state", "customer_id", "interaction_id", "response_id", "instrument"}) == {
        "state": "open",
        "customer_id": "cus-1",
        "interaction_id": "call-1",
        "response_id": "r-1",
        "instrument": "csat",
    }
    assert (found.revision, found.score_percent) == (1, 25.0)
    assert (found.channel, found.team, found.agent, found.reason) == ("phone", "billing", "a-17", "invoice")
    assert found.contact_due_at == found.opened_at + timedelta(hours=2)
    (told,) = house.told()
    assert (told.id, told.source, told.tenant) == (f"{found.case_id}:1", "/amends/alerting", "default")
    assert told.recorded_at == told.time == found.opened_at


async def test_every_step_of_a_person_is_told_without_names_or_notes(house: House) -> None:
    await house.member.take(event(answered()))
    case_id = (await house.news()).case_id
    seen: list[CaseReported] = []
    for action in (
        Claim(by=DANA, version=1),
        Contact(by=DANA, version=2, note=NOTE),
        Close(by=DANA, version=3, outcome="recovered", cause="workflow", remedy=NOTE),
    ):
        await house.act(case_id, action)
        seen.append(await house.news())
    assert [(one.state, one.revision) for one in seen] == [("claimed", 2), ("contacted", 3), ("closed", 4)]
    last = seen[-1]
    assert (last.outcome, last.cause) == ("recovered", "workflow")
    assert last.opened_at < last.claimed_at < last.contacted_at < last.closed_at  # type: ignore[operator]
    assert await house.announcer().tell() == 0


async def test_a_dismissed_case_has_no_cause(house: House) -> None:
    await house.member.take(event(answered()))
    case_id = (await house.news()).case_id
    await house.act(case_id, Close(by=DANA, version=1, outcome="dismissed", reason="canary: a test"))
    found = await house.news()
    assert (found.state, found.outcome, found.cause, found.claimed_at) == ("closed", "dismissed", None, None)


async def test_a_mention_opens_a_case_with_its_rating_and_no_answer(house: House) -> None:
    mention = Mention(
        mention_id="m-1",
        network="x",
        author="canary",
        text="canary",
        scale="1-5",
        rating=1,
        published_at=datetime.now(UTC),
    )
    await house.member.take(event(mention))
    found = await house.news()
    assert (found.response_id, found.instrument, found.score_percent, found.channel) == (None, None, 0.0, "social")


async def test_what_cannot_be_told_waits_and_is_told_as_it_then_stands(house: House) -> None:
    house.broker.away = True
    await house.member.take(event(answered()), event(answered(response_id="r-2", interaction_id="call-2")))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await house.announcer().tell()
    async with transaction(house.engine) as tx:
        first = await tx.scalar(text("SELECT id FROM recovery_case WHERE interaction_id = 'call-1'"))
    await house.act(str(first), Claim(by=DANA, version=1))
    waiting = await audit(house.engine, ())
    assert waiting.reports_waiting == 3
    assert waiting.oldest_report_seconds > 0
    house.broker.away = False
    assert await house.announcer().tell() == 2
    assert {(one.data.interaction_id, one.data.state, one.data.revision) for one in house.told()} == {
        ("call-1", "claimed", 2),
        ("call-2", "open", 1),
    }
    assert (await audit(house.engine, ())).reports_waiting == 0


class Killed(Exception):
    pass


class DiesAfter:
    """Stores, and is killed before anybody hears of it."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._publisher = MemoryPublisher(broker)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        await self._publisher.publish(records)
        raise Killed


async def test_a_kill_after_the_telling_tells_the_same_event_again(house: House) -> None:
    await house.member.take(event(answered()))
    with pytest.raises(Killed):
        await house.announcer(DiesAfter(house.broker)).tell()
    assert await house.announcer().tell() == 1
    first, again = house.told()
    assert first == again


async def test_while_one_replica_tells_another_does_not(house: House) -> None:
    await house.member.take(event(answered()))
    async with transaction(house.engine) as tx:
        assert await reports.take_turn(tx)
        assert await house.announcer().tell() == 0
    assert await house.announcer().tell() == 1


async def test_a_change_that_comes_while_one_is_told_is_told_next(house: House) -> None:
    await house.member.take(event(answered()))

    class Slow:
        async def publish(self, records: Sequence[Outgoing]) -> None:
            """Meanwhile somebody claims the case: people do not wait for Kafka."""
            async with asyncio.timeout(5):
                case_id = codec.decode(records[0].headers, records[0].value).data.case_id  # type: ignore[attr-defined]
                await house.act(case_id, Claim(by=DANA, version=1))
            await MemoryPublisher(house.broker).publish(records)

    assert await house.announcer(Slow()).tell() == 1
    assert (await house.news()).state == "claimed"
    assert [one.data.revision for one in house.told()] == [1, 2]


async def test_the_customer_who_becomes_known_is_news_and_disturbs_nobody_who_acts(house: House) -> None:
    await house.member.take(event(answered(customer_id=None)))
    found = await house.news()
    assert found.customer_id is None
    await house.member.take(event(reported()))
    named = await house.news()
    assert (named.customer_id, named.revision, named.agent) == ("cus-1", 2, "a-17")
    await house.act(found.case_id, Claim(by=DANA, version=1))
    assert (await house.news()).revision == 3


async def test_a_corrected_answer_is_news_and_a_withdrawn_one_has_no_score(house: House) -> None:
    await house.member.take(event(answered(1, revision=1)))
    assert (await house.news()).score_percent == 0
    await house.member.take(event(answered(2, revision=2)))
    assert (await house.news()).score_percent == 25
    await house.member.take(event(answered(5, revision=3)))
    assert (await house.news()).score_percent == 100
    await house.member.take(event(answered(5, revision=4, status="dismissed")))
    found = await house.news()
    assert (found.score_percent, found.state, found.revision) == (None, "open", 4)
    await house.member.take(event(answered(2, revision=5)))
    assert (await house.news()).score_percent == 25
    await house.member.take(event(answered(1, revision=4)))
    assert await house.announcer().tell() == 0


async def test_another_answer_on_the_same_case_is_no_news(house: House) -> None:
    await house.member.take(event(answered()))
    await house.news()
    await house.member.take(event(answered(2, response_id="r-2")))
    await house.member.take(event(answered(1, response_id="r-2", revision=1)))
    assert await house.announcer().tell() == 0


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("corrected", [{"team": "tech"}, {"agent": "a-18"}, {"channel": "chat"}, {"reason": "parcel"}])
async def test_a_corrected_contact_is_news_of_its_case_whatever_its_state(
    house: House, corrected: dict[str, str], closed: bool
) -> None:
    await house.member.take(event(reported(revision=1)), event(answered()))
    before = await house.news()
    if closed:
        await house.act(before.case_id, Close(by=DANA, version=1, outcome="dismissed", reason="canary: a test"))
        before = await house.news()
    await house.member.take(event(reported(revision=2, **corrected)), event(reported(interaction_id="call-2")))
    after = await house.news()
    assert after.model_dump(exclude={"revision"}) == before.model_dump(exclude={"revision"}) | corrected
    assert after.revision == before.revision + 1


async def test_a_contact_told_again_or_late_is_no_news(house: House) -> None:
    await house.member.take(event(reported(revision=2)), event(answered()))
    await house.news()
    await house.member.take(event(reported(revision=2)), event(reported(revision=1, team="tech")))
    assert await house.announcer().tell() == 0


async def test_a_change_that_is_taken_back_was_never_told(house: House) -> None:
    async def take_and_die() -> None:
        async with transaction(house.engine) as tx:
            await house.member.handler(tx, [event(answered())])
            raise Killed

    with pytest.raises(Killed):
        await take_and_die()
    assert await house.announcer().tell() == 0


async def test_a_case_that_fits_no_contract_holds_up_no_other(house: House) -> None:
    await house.member.take(event(answered()), event(answered(response_id="r-2", interaction_id="call-2")))
    async with transaction(house.engine) as tx:
        await tx.execute(text("UPDATE recovery_case SET customer_id = 'not an id' WHERE interaction_id = 'call-1'"))
    await house.announcer().tell()
    assert [one.data.interaction_id for one in house.told()] == ["call-2"]
    assert (await audit(house.engine, ())).reports_waiting == 0


OLD_CASE = text(
    "INSERT INTO recovery_case (tenant, interaction_id, state, reason, event_id, answer_kind, answer_id, accepted_at,"
    " contact_due_at, claimed_by, claimed_at, contacted_at) VALUES ('default', :state, :state, 'low_score', 'e-1',"
    " 'survey', 'r-1', now(), now() + interval '2 hours', :by, CASE WHEN CAST(:by AS text) IS NOT NULL THEN now() END,"
    " CASE :state WHEN 'contacted' THEN now() END)"
)


async def test_cases_from_before_are_told_and_go_on_by_themselves(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    shutil.copy(MIGRATIONS / "versions/0001_cases.py", tmp_path / "versions")
    engine = create_engine(database_url, SCHEMA)
    try:
        await upgrade(engine, SCHEMA, tmp_path)
        async with transaction(engine) as tx:
            for state, by in (("open", None), ("claimed", "Dana"), ("contacted", "Dana")):
                await tx.execute(OLD_CASE, {"state": state, "by": by})
        await upgrade(engine, SCHEMA, MIGRATIONS)
        assert await House(engine).announcer().tell() == 3
        async with transaction(engine) as tx:
            rows = await tx.execute(
                text("SELECT c.state, t.kind FROM recovery_case c JOIN timer t ON t.case_id = c.id")
            )
            assert {(row.state, row.kind) for row in rows} == {
                ("open", "escalation"),
                ("open", "contact_due"),
                ("claimed", "lease"),
                ("claimed", "contact_due"),
                ("contacted", "settle"),
            }
            assert (await audit(engine, ["webhook"])).without_next_step == 0
    finally:
        await engine.dispose()


async def test_a_customer_who_was_contacted_is_to_be_asked_again_once(house: House) -> None:
    await house.member.take(event(reported()), event(answered(2)))
    case = (await house.news()).case_id
    await house.act(case, Claim(by=DANA, version=1))
    await house.act(case, Contact(by=DANA, version=2, note=NOTE))
    for _ in range(2):
        await house.announcer().tell()
    (asked,) = house.asked_again()
    assert asked.id == f"{case}:resurvey:1"
    assert (asked.data.customer_id, asked.data.interaction_id, asked.data.response_id) == ("cus-1", "call-1", "r-1")
    assert (asked.data.instrument, asked.data.channel) == ("csat", "phone")


async def test_what_alerting_has_no_use_for_opens_nothing(house: House) -> None:
    sent = SurveySent(survey_id="s-1", interaction_id="call-1", customer_id="cus-1", sent_at=datetime.now(UTC))
    erased = CustomerErased(customer_id="cus-9", requested_at=datetime.now(UTC))
    assert await house.member.take(event(sent), event(erased), event(answered())) == 3
    assert (await house.news()).interaction_id == "call-1"
    async with transaction(house.engine) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM assessment")) == 1


async def test_the_job_tells_a_real_broker_within_a_second_and_stops_when_told(house: House, topics: str) -> None:
    publisher = KafkaPublisher(topics, client_id="test")
    stop = asyncio.Event()
    bell = Bell(house.engine)
    announcer = Announcer(house.engine, publisher, bell, ReportTelemetry(CollectorRegistry()))
    job = asyncio.create_task(announcer.run(stop))
    try:
        await house.member.take(
            *(event(answered(response_id=f"r-{n}", interaction_id=f"call-{n}")) for n in range(450))
        )

        async def told() -> bool:
            return (await audit(house.engine, ())).reports_waiting == 0

        await until(told, "all is told")
        stop.set()
        await asyncio.wait_for(job, 5)
    finally:
        job.cancel()
        await publisher.close()
    found = [codec.decode(tuple(record.headers), record.value) for record in await read_all(topics, "alerts")]
    assert len(found) == len({one.id for one in found}) == 450
