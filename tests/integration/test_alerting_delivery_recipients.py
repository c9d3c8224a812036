"""Who is told, in which order, and what each message knows of those before it: real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from alerting.channels.port import Delivered, Failed, Refused
from alerting.core.case import Action, Case, Claim, Close, Contact
from alerting.core.duty import Duty, everybody
from alerting.core.message import What
from alerting.store import outbox
from alerting.store.deliveries import Deliveries
from alerting.store.leasing import NEAR, Outbox
from alerting.store.outbox import Recipient
from events.runtime.database import transaction
from support.delivery_rig import Rig, Slips, delivery_rig, person, running
from support.until import until

TOLD = {"claimed": ("slips",), "contacted": ("slips",), "closed": ("slips",), "reopened": ("slips",)}


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[Rig]:
    async with delivery_rig(database_url) as found:
        found.duty = everybody(("slips",))
        found.follows = TOLD
        yield found


async def tell(rig: Rig, *recipients: Recipient, step: str = "e1p1", what: What = "page") -> UUID:
    """A page of the newest case, or of a new one, for exactly these."""
    if not await rig.cases():
        rig.duty = Duty()
        await rig.bad_answer()
    (case_id,) = await rig.cases()
    async with transaction(rig.engine) as tx:
        await outbox.enqueue(tx, "default", case_id, what, step, recipients)
    return case_id


async def act(rig: Rig, case_id: UUID, action: Action) -> None:
    assert isinstance(await rig.acting.act("default", case_id, action), Case)


# --- who is told


async def test_a_person_is_reached_at_the_address_they_have_when_it_is_sent(rig: Rig) -> None:
    slips = Slips(personal=True)
    await tell(rig, Recipient("slips", "dana"), Recipient("slips", "ravi"))
    async with running(rig.lane(slips, people=[person("dana", slips="+4930"), person("ravi", slips="+9111")]).run):
        await until(rig.all_are("sent"), "both to be told")
    assert sorted(str(envelope.to) for _, envelope in slips.got) == ["+4930", "+9111"]


@pytest.mark.parametrize(
    ("recipient", "problem"),
    [
        (Recipient("slips", "gone"), "the person is not in the on-call file any more"),
        (Recipient("slips", "elsewhere"), "the person has no address here any more"),
        (Recipient("slips"), "every message needs a person here, and none was named"),
    ],
)
async def test_whoever_cannot_be_reached_is_given_up_in_words(rig: Rig, recipient: Recipient, problem: str) -> None:
    slips = Slips(personal=True)
    case_id = await tell(rig, recipient)
    async with running(rig.lane(slips, people=[person("elsewhere", mail="canary@example.org")]).run):
        await until(rig.all_are("dead"), "it to be given up")
    (one,) = await Deliveries(rig.engine).of_case("default", case_id)
    assert (one.problem, one.attempts, slips.begun) == (problem, 1, [])


async def test_what_is_due_later_is_not_told_before(rig: Rig) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    await tell(rig, Recipient("slips", due_at=tomorrow), Recipient("slips", "dana"))
    slips = Slips()
    async with running(rig.lane(slips, people=[person("dana", slips="x")]).run):
        await until(lambda: slips.got, "the one that is due")
    assert sorted(await rig.states()) == ["queued", "sent"]


async def test_the_owner_of_an_incident_is_told_of_it_and_of_how_many_cases(rig: Rig) -> None:
    rig.duty = Duty()
    await rig.bad_answer(1)
    await rig.bad_answer(2)
    (incident_id,) = (
        await rig.rows(
            "INSERT INTO incident (tenant, dimension, key, title)"
            " VALUES ('default', 'team', 'billing', 'Two bad answers') RETURNING id"
        )
    )[0]
    for case_id in await rig.cases():
        await rig.rows("INSERT INTO incident_case (incident_id, case_id) VALUES (:i, :c)", i=incident_id, c=case_id)
    for _ in range(2):  # told once, however often it is asked
        async with transaction(rig.engine) as tx:
            await outbox.enqueue_incident(tx, "default", incident_id, [Recipient("slips", "maria")])
    slips = Slips()
    async with running(rig.lane(slips, people=[person("maria", slips="x")]).run):
        await until(rig.all_are("sent"), "the incident to be told")
    ((notice, envelope),) = slips.got
    assert (notice.title, notice.link) == (
        "Incident: Two bad answers",
        f"https://desk.example/desk/incidents/{incident_id}",
    )
    assert notice.data["data"]["cases"] == 2
    assert (envelope.thread, envelope.to) == (str(incident_id), "x")
    (one,) = await Deliveries(rig.engine).of_incident("default", incident_id)
    assert (one.what, one.state, one.person) == ("incident", "sent", "maria")


# --- threads


async def test_what_a_destination_answered_first_is_handed_to_what_follows_there_and_nowhere_else(rig: Rig) -> None:
    slips = Slips(script=[Delivered({"ts": "1"}), Delivered({"ts": "2"})])
    people = [person("dana", slips="d"), person("ravi", slips="r")]
    await tell(rig, Recipient("slips", "dana"))
    async with running(rig.lane(slips, people=people).run):
        await until(rig.all_are("sent"), "the first page")
        await tell(rig, Recipient("slips", "ravi"), step="e1p2")
        await until(lambda: len(slips.got) == 2, "somebody else's page")
        await tell(rig, Recipient("slips", "dana"), step="e1p3")
        await until(lambda: len(slips.got) == 3, "the page that follows")
    assert [envelope.ref for _, envelope in slips.got] == [None, None, {"ts": "1"}]
    assert len({envelope.thread for _, envelope in slips.got}) == 1
    assert len({envelope.key for _, envelope in slips.got}) == 3


async def test_no_message_overtakes_another_about_the_same_case(rig: Rig) -> None:
    await rig.bad_answer(1)
    (case_id,) = await rig.cases()
    hold = asyncio.Event()
    slips = Slips(script=[Delivered(), hold])
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(rig.all_are("sent"), "the page")
        await act(rig, case_id, Claim(by="Dana", version=1))
        await until(lambda: len(slips.begun) == 2, "the claim to be under way")
        await act(rig, case_id, Contact(by="Dana", version=2))
        await rig.bad_answer(2)
        await until(lambda: len(slips.got) == 2, "another case to pass by meanwhile")
        assert len(slips.begun) == 3
        hold.set()
        await until(rig.all_are("sent"), "all")
    assert slips.whats == ["page", "page", "claimed", "contacted"]


async def test_what_waits_to_be_tried_again_holds_up_nothing(rig: Rig) -> None:
    slips = Slips(script=[Failed("busy", 3000.0)])
    await tell(rig, Recipient("slips"))
    async with running(rig.lane(slips).run):
        await until(lambda: slips.begun, "the first attempt")
        await tell(rig, Recipient("slips"), step="e1p2")
        await until(lambda: slips.got, "the second page")
    assert await rig.states() == ["queued", "sent"]


async def test_much_that_is_held_up_does_not_hide_what_is_not(rig: Rig) -> None:
    rig.duty = Duty()
    await rig.bad_answer(1)
    await rig.bad_answer(2)
    busy, free = await rig.cases()
    async with transaction(rig.engine) as tx:
        for number in range(1, NEAR + 20):
            await outbox.enqueue(tx, "default", busy, "page", f"e1p{number}", [Recipient("slips")])
    (first,) = await Outbox(rig.engine).claim("slips", 5)
    assert first.subject == busy
    async with transaction(rig.engine) as tx:
        await outbox.enqueue(tx, "default", free, "page", "e1p2", [Recipient("slips")])
    assert [due.subject for due in await Outbox(rig.engine).claim("slips", 5)] == [free]


# --- what happens while a page is under way


async def test_who_was_told_although_somebody_claimed_meanwhile_hears_of_the_claim_afterwards(rig: Rig) -> None:
    await rig.bad_answer()
    (case_id,) = await rig.cases()
    slips = Slips(script=[0.3])
    async with running(rig.bell.listen, rig.lane(slips).run):
        await until(lambda: slips.begun, "the page to be under way")
        await rig.claim(case_id)
        await until(rig.all_are("sent"), "the page and what follows it")
    assert slips.whats == ["page", "claimed"]


async def test_also_when_the_lease_had_ended_before_the_claim(rig: Rig) -> None:
    await rig.bad_answer()
    outbox_ = Outbox(rig.engine, lease_seconds=0.0)
    (due,) = await outbox_.claim("slips", 1)
    assert due.subject is not None
    await rig.claim(due.subject)
    assert await outbox_.sent(due) is not None
    (following,) = await Outbox(rig.engine).claim("slips", 9)
    assert following.what == "claimed"


async def test_nobody_hears_how_a_case_went_on_that_they_were_never_told_of(rig: Rig) -> None:
    await rig.bad_answer()
    (case_id,) = await rig.cases()
    await rig.claim(case_id)
    assert await rig.states() == ["cancelled"]
    await tell(rig, Recipient("slips"), step="e9p1")  # given up before it reached anybody
    await rig.rows("UPDATE notification SET state = 'dead', attempts = 1 WHERE state = 'queued'")
    await act(rig, case_id, Contact(by="Dana", version=2))
    await act(rig, case_id, Close(by="Dana", version=3, outcome="recovered", cause="training", remedy="apologised"))
    assert sorted(await rig.states()) == ["cancelled", "dead"]


# --- the delivery log


async def test_the_log_says_who_was_told_what_when_how_often_and_why_not(rig: Rig) -> None:
    slips = Slips(script=[Failed("answered 500"), Delivered()])
    case_id = await tell(rig, Recipient("slips", "dana"))
    people = [person("dana", slips="canary@example.org")]
    log = Deliveries(rig.engine)
    async with running(rig.lane(slips, people=people).run):
        await until(lambda: slips.begun, "the attempt that fails")
        (failing,) = await until(lambda: log.failures("default"), "the failure to show")
        assert (failing.state, failing.problem, failing.person) == ("queued", "answered 500", "dana")
        await until(rig.all_are("sent"), "the second attempt")
    (told,) = await log.of_case("default", case_id)
    assert (told.what, told.channel, told.person, told.attempts, told.problem) == ("page", "slips", "dana", 2, None)
    assert told.sent_at is not None
    assert await log.failures("default") == []
    assert await log.of_case("other", case_id) == []
    notes = await rig.rows("SELECT what, note FROM timeline WHERE what LIKE '%told'")
    assert [(row.what, row.note) for row in notes] == [("told", "slips, dana")]


async def test_a_destination_is_listed_from_its_newest_message_back(rig: Rig) -> None:
    case_id = await tell(rig, *[Recipient("slips", f"p{number}") for number in range(5)])
    await tell(rig, Recipient("other"))
    log = Deliveries(rig.engine)
    first = await log.of_channel("default", "slips", limit=3)
    rest = await log.of_channel("default", "slips", limit=3, before=first[-1].id)
    assert [one.person for one in [*first, *rest]] == ["p4", "p3", "p2", "p1", "p0"]
    assert {one.case_id for one in first} == {case_id}


async def test_a_refusal_is_noted_on_the_case_and_in_the_failures(rig: Rig) -> None:
    await rig.bad_answer()
    async with running(rig.lane(Slips(script=[Refused("answered 410")])).run):
        await until(rig.all_are("dead"), "it to be given up")
    (failed,) = await Deliveries(rig.engine).failures("default")
    assert (failed.state, failed.problem) == ("dead", "answered 410")
    notes = await rig.rows("SELECT note FROM timeline WHERE what = 'not_told'")
    assert [row.note for row in notes] == ["slips: answered 410"]
