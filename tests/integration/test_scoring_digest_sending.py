"""Digests on their way: real PostgreSQL, a real HTTP receiver, a real SMTP conversation."""

import asyncio
import base64
import email
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from events.hours.business import Calendars
from events.runtime.database import transaction
from scoring.core.digest.plan import Plan, Plans
from scoring.core.digest.retry import GIVE_UP_SECONDS
from scoring.digests.deliveries import Deliveries, Target
from scoring.digests.job import Digests, DigestTelemetry
from scoring.digests.plans import read
from scoring.digests.post import Post
from scoring.digests.reading import Reader
from scoring.handler import Handler
from scoring.store import remarks
from scoring.store.panes import Panes
from scoring.store.sums import Sums
from support.happened import NOON, answered, csat, event, stamp
from support.metrics import scoring_database
from support.receiver import Receiver
from support.receiver import receiver as receiving
from support.until import until

MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with scoring_database(database_url) as found:
        yield found


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


class Centre:
    """The job of one replica, at a time of the test's choosing."""

    def __init__(self, engine: AsyncEngine, url: str, *, lease: float = 300, name: str = "leadership") -> None:
        self.engine = engine
        self.now = MONDAY - WEEK
        self.post = Post(timeout=30)
        self.registry = CollectorRegistry()
        plans = Plans(
            digests=(Plan(name=name, send_to=("somebody",)),),
            destinations={"somebody": url},  # type: ignore[dict-item]
        )
        self.job = Digests(
            plans,
            Reader(engine, Panes()),
            Deliveries(engine, lease_seconds=lease),
            self.post,
            DigestTelemetry(self.registry),
            lambda: self.now,
        )

    async def known(self) -> "Centre":
        """As it is once it has run before: from then on digests are sent."""
        await self.job.round()
        self.now = MONDAY
        return self

    def counted(self, result: str) -> float | None:
        return self.registry.get_sample_value("amends_scoring_digests_total", {"result": result})


async def rows(engine: AsyncEngine) -> list[tuple[str, str, str | None]]:
    async with transaction(engine) as tx:
        found = await tx.execute(text("SELECT end_day, state, problem FROM digest_delivery ORDER BY end_day"))
        return [(f"{row.end_day:%m-%d}", row.state, row.problem) for row in found]


async def fall_due(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE digest_delivery SET due_at = now() WHERE state = 'due'"))


async def test_a_digest_is_sent_once_when_its_hour_has_come(engine: AsyncEngine, receiver: Receiver) -> None:
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    centre.now = MONDAY - timedelta(seconds=1)
    assert await centre.job.round() == 0
    centre.now = MONDAY
    assert [await centre.job.round() for _ in range(3)] == [1, 0, 0]
    assert [state for _, state, _ in await rows(engine)] == ["skipped", "sent"]
    (_, body), *others = receiver.got
    said = json.loads(body)
    assert others == []
    assert said["title"] == "Customer service: Mon 2 Mar 2026 to Sun 8 Mar 2026"
    assert said["message"].startswith("# Customer service: Mon 2 Mar 2026 to Sun 8 Mar 2026\n")
    assert centre.counted("sent") == 1


async def test_what_takes_files_gets_the_page_and_the_numbers(engine: AsyncEngine, receiver: Receiver) -> None:
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    await centre.job.round()
    files = {f["filename"]: base64.b64decode(f["base64"]) for f in json.loads(receiver.got[0][1])["attachments"]}
    assert set(files) == {"digest-2026-03-02.html", "digest-2026-03-02.csv"}
    assert files["digest-2026-03-02.html"].startswith(b"<!doctype html>")
    assert files["digest-2026-03-02.csv"].startswith(b"section,key,metric,value,n,low,high")


async def test_nobody_gets_mail_because_a_file_was_saved(engine: AsyncEngine, receiver: Receiver) -> None:
    centre = Centre(engine, f"json://127.0.0.1:{receiver.port}/")
    assert await centre.job.round() == 0
    assert await rows(engine) == [("03-02", "skipped", "was over when this digest was first configured")]
    assert receiver.got == []


async def test_after_ten_weeks_away_one_digest_is_sent_and_not_ten(engine: AsyncEngine, receiver: Receiver) -> None:
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    centre.now = MONDAY + 10 * WEEK + timedelta(days=3)
    assert [await centre.job.round() for _ in range(2)] == [1, 0]
    assert [row[:2] for row in await rows(engine)] == [("03-02", "skipped"), ("05-18", "sent")]


async def test_two_replicas_send_one(engine: AsyncEngine, receiver: Receiver) -> None:
    url = f"json://127.0.0.1:{receiver.port}/"
    centres = [await Centre(engine, url).known() for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(centre.job.round() for centre in centres))
    assert len(receiver.got) == 1


async def test_what_another_replica_is_taking_is_left_to_it(engine: AsyncEngine) -> None:
    target, deliveries = Target("default", "leadership", "somebody"), Deliveries(engine)
    for now in (MONDAY - WEEK, MONDAY):
        await deliveries.plan([(target, Plan(name="leadership").schedule.due(now))])
    async with transaction(engine) as other:
        await other.execute(text("SELECT 1 FROM digest_delivery FOR UPDATE"))
        assert await deliveries.claim([target], 1) == []
    assert len(await deliveries.claim([target], 1)) == 1
    assert await deliveries.claim([target], 1) == []


async def test_who_is_away_is_tried_again_later(engine: AsyncEngine, receiver: Receiver) -> None:
    receiver.script = [(500, {}), (500, {})]
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    assert [await centre.job.round() for _ in range(2)] == [1, 0], "not at once"
    assert (await rows(engine))[1][1:] == ("due", "was not accepted, or the service could not be reached")
    for _ in range(2):
        await fall_due(engine)
        await centre.job.round()
    assert (await rows(engine))[1][1:] == ("sent", None)
    assert (centre.counted("retried"), centre.counted("sent")) == (2, 1)


async def test_a_day_later_it_is_parked_with_the_reason(engine: AsyncEngine, free_port: int) -> None:
    centre = await Centre(engine, f"json://127.0.0.1:{free_port}/").known()
    await centre.job.round()
    async with transaction(engine) as tx:
        await tx.execute(
            text("UPDATE digest_delivery SET due_at = now(), created_at = now() - make_interval(secs => :age)"),
            {"age": GIVE_UP_SECONDS},
        )
    await centre.job.round()
    state, problem = (await rows(engine))[1][1:]
    assert state == "parked"
    assert problem == "given up after a day: was not accepted, or the service could not be reached"
    assert await centre.job.round() == 0


async def test_one_that_could_not_be_sent_gives_way_to_the_next(engine: AsyncEngine, receiver: Receiver) -> None:
    receiver.script = [(500, {})]
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    await centre.job.round()
    centre.now = MONDAY + WEEK
    await fall_due(engine)
    assert [await centre.job.round() for _ in range(2)] == [1, 0]
    assert [row[:2] for row in await rows(engine)] == [("03-02", "skipped"), ("03-09", "parked"), ("03-16", "sent")]


async def test_a_replica_that_dies_between_send_and_mark_is_taken_over_from(
    engine: AsyncEngine, receiver: Receiver
) -> None:
    url = f"json://127.0.0.1:{receiver.port}/"
    centre = await Centre(engine, url, lease=0.2).known()
    target = Target("default", "leadership", "somebody")
    deliveries = Deliveries(engine, lease_seconds=0.2)
    plan = Plan(name="leadership")
    await deliveries.plan([(target, plan.schedule.due(MONDAY))])
    (lost,) = await deliveries.claim([target], 1)  # sends, and is killed
    await until(centre.job.round, "the lease ends and another replica sends")
    assert len(receiver.got) == 1
    await deliveries.park(lost, "comes back from the dead")
    assert (await rows(engine))[1][1] == "sent", "whoever lost the lease has no say any more"


async def test_the_job_ends_when_it_is_told_to(engine: AsyncEngine, receiver: Receiver) -> None:
    centre = await Centre(engine, f"json://127.0.0.1:{receiver.port}/").known()
    stop = asyncio.Event()
    running = asyncio.create_task(centre.job.run(stop, every=0.1))
    await until(lambda: receiver.got, "the digest arrives")
    stop.set()
    await asyncio.wait_for(running, 10)


# --- mail


class Mailbox:
    """An SMTP server that takes one mail after another."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 mailbox")
        while verb := (await reader.readline())[:4].upper():
            if verb == b"DATA":
                await say("354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                self.got.append(email.message_from_bytes(raw[:-3].replace(b"\r\n..", b"\r\n."), policy=default))  # type: ignore[arg-type]
            await say("221 bye" if verb == b"QUIT" else "250 ok")
            if verb == b"QUIT":
                break
        writer.close()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    found = Mailbox()
    async with await asyncio.start_server(found.talk, "127.0.0.1", 0, limit=2**22) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


async def test_mail_is_a_page_with_a_text_beside_it_and_the_numbers_attached(engine: AsyncEngine) -> None:
    async with mailbox() as box:
        url = f"mailto://127.0.0.1:{box.port}?from=amends@example.com&to=lead@example.com&mode=insecure"
        centre = await Centre(engine, url).known()
        assert await centre.job.round() == 1
        assert (await rows(engine))[1][1:] == ("sent", None)
    (mail,) = box.got
    assert mail["subject"] == "Customer service: Mon 2 Mar 2026 to Sun 8 Mar 2026"
    page = mail.get_body(("html",))
    plain = mail.get_body(("plain",))
    assert page is not None
    assert plain is not None
    assert page.get_content().lstrip().startswith("<!doctype html>")
    assert "Customer satisfaction (CSAT)" in plain.get_content()
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == "digest-2026-03-02.csv"
    assert bytes(attached.get_payload(decode=True)).startswith(b"section,key,metric")


# --- what is in it


def week(days_before: int, happy: int, unhappy: int, team: str, channel: str = "phone") -> Sequence[Any]:
    """Contacts with answers, some days before noon of 2 March."""
    at = NOON - timedelta(days=days_before)
    found = []
    for number in range(happy + unhappy):
        id_ = f"{team}-{days_before}-{number}"
        seen = answered(id_, team=team, agent="jane.doe", channel=channel, offered_at=stamp(at), reason="invoice")
        found.append(event("interaction.reported", {**seen, "answered_at": stamp(at), "ended_at": stamp(at)}))
        good = number < happy
        words = f"{team}: all went well, number {number}" if good else f"{team}: nobody called, number {number}"
        words = words if number % 10 else f"Jane was there, number {number}"
        said = csat(5 if good else 1, id_, f"r-{id_}", comment=words, submitted_at=stamp(at))
        found.append(event("survey.answered", said))
    return found


async def test_a_digest_tells_the_week_of_its_teams_alone(engine: AsyncEngine) -> None:
    happened = [*week(3, 90, 10, "billing"), *week(10, 50, 50, "billing"), *week(2, 35, 35, "tech", "chat")]
    case = {
        "case_id": "case-1",
        "revision": 1,
        "state": "closed",
        "team": "billing",
        "channel": "phone",
        "opened_at": stamp(NOON - timedelta(days=3)),
        "claimed_at": stamp(NOON - timedelta(days=3) + timedelta(minutes=4)),
        "closed_at": stamp(NOON - timedelta(days=2)),
        "outcome": "recovered",
        "cause": "late delivery",
    }
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars(), [remarks.keep])(tx, [*happened, event("case.reported", case)])
    (plan,) = read(b"digests: [{name: a, teams: [billing], metrics: [csat, aht, contact_volume], quotes: 4}]").digests
    found = await Reader(engine, Panes()).report(plan, plan.schedule.due(NOON), NOON)

    csat_, aht, volume = found.headlines
    assert (csat_.now.value, csat_.now.n, csat_.before.value, csat_.change.reason) == (0.9, 100, 0.5, "rose")
    assert [figure.metric.name for figure in aht.beside] == ["csat"]
    assert (volume.now.value, volume.before.value) == (100, 100)
    assert [(row.key, row.figures[0].now.value) for row in found.rows] == [("billing", 0.9)]
    assert [(cause.name, cause.teams) for cause in found.causes or ()] == [("late delivery", (("billing", 1),))]
    assert {f.metric.name: f.now.value for f in found.recovery}["recovery_rate"] == 1
    assert [(row.key, row.figures[0].now.value) for row in found.channels] == [("phone", 100)]
    assert [(busy.name, busy.channel, busy.contacts) for busy in found.busiest] == [("Fri 12–13 h", "phone", 100)]
    assert {quote.class_ for quote in found.quotes} == {"satisfied", "dissatisfied"}
    assert len(found.quotes) == 4
    assert all(quote.text.startswith("billing") for quote in found.quotes), "no other team's, and none with Jane in it"


async def test_the_one_about_everybody_tells_reasons_and_teams(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        happened = [*week(3, 9, 1, "billing"), *week(3, 5, 5, "tech", "chat")]
        await Handler(Sums(0), Calendars(), [remarks.keep])(tx, happened)
    plan = Plan(name="a")
    found = await Reader(engine, Panes()).report(plan, plan.schedule.due(NOON), NOON)
    assert [row.key for row in found.rows] == ["billing", "tech"]
    assert [(row.key, row.figures[0].now.n) for row in found.reasons or ()] == [("invoice", 20)]
    assert [row.key for row in found.channels] == ["chat", "phone"]
    assert found.headlines[0].now.n == 20


async def test_days_that_begin_at_half_past_are_whole_after_their_minutes_are_forgotten(engine: AsyncEngine) -> None:
    plan = Plan(name="a", time_zone="Asia/Kolkata", metrics=("contact_volume",))
    period = plan.schedule.due(NOON)
    first = period.compared().start + timedelta(minutes=15)
    seen = answered("i-1") | dict.fromkeys(("offered_at", "answered_at", "ended_at"), stamp(first))
    async with transaction(engine) as tx:
        await Handler(Sums(0), Calendars())(tx, [event("interaction.reported", seen)])
    async with transaction(engine) as tx:
        await tx.execute(text("DELETE FROM contacts_pane WHERE grain = 0"))
    found = await Reader(engine, Panes()).report(plan, period, NOON)
    assert found.headlines[0].before.n == 1


async def test_the_parts_add_up_over_teams_and_channels(engine: AsyncEngine) -> None:
    async with transaction(engine) as tx:
        happened = [*week(3, 9, 1, "billing"), *week(3, 5, 5, "tech", "chat"), *week(4, 2, 0, "billing", "chat")]
        await Handler(Sums(0), Calendars(), [remarks.keep])(tx, happened)
    plan = Plan(name="a", teams=("billing", "tech"), channels=("chat",), metrics=("csat",))
    found = await Reader(engine, Panes()).report(plan, plan.schedule.due(NOON), NOON)
    assert (found.headlines[0].now.n, found.headlines[0].now.value) == (12, 7 / 12)
    assert [(row.key, row.figures[0].now.n) for row in found.rows] == [("chat/tech", 10), ("chat/billing", 2)]
    assert [(row.key, row.figures[0].now.value) for row in found.channels] == [("chat", 12)]
    assert (found.causes, found.reasons) == (None, None)
