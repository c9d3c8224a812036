"""The page of one case: what it tells, each step that can be taken, and what happens when somebody else was faster."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from alerting.acting import Cases
from alerting.core.case import Claim, Close, Contact
from alerting.core.clocks.clock import Clocks
from alerting.desk.live import Hub
from alerting.store import preferences
from alerting.store.views import Views
from events.hours.business import Hours
from events.preference import ContactChannel, ContactTime, DoNotContact, Interest
from events.runtime.database import transaction
from support.alerting_schema import migrated
from support.customer_notes import noted
from support.desk_cases import a_case, an_incident, change
from support.desk_server import PASSPHRASE, ZONE, desk_app, people
from support.desk_visitor import ORIGIN, Browser


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with migrated(database_url) as engine:
        yield engine


@pytest.fixture
def desk(engine: AsyncEngine) -> tuple[Any, Cases]:
    return desk_app(engine, Hub(engine), ORIGIN, duty=people("Dana", "Ravi"))


@pytest.fixture
async def dana(desk: tuple[Any, Cases]) -> AsyncIterator[Browser]:
    async with Browser(desk[0]) as browser:
        await browser.enter("Dana", PASSPHRASE)
        yield browser


async def step(browser: Browser, path: str, kind: str, **fields: str) -> None:
    await browser.open(path)
    await browser.submit(f"{path}/{kind}", **fields)
    assert browser.page.status_code == 200, browser.text
    assert browser.page.url.path == path


async def test_every_step_there_is_can_be_taken_with_forms_alone(dana: Browser, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    path = f"/desk/cases/{case_id}"
    await step(dana, path, "claim")
    await step(dana, path, "attempt", result="no_answer", channel="phone", note="Rang for long.")
    await step(dana, path, "note", note="Two accounts?")
    await step(dana, path, "hand-over", to="Ravi", note="Speaks Bengali.")
    assert "Ravi has this case." in dana.text
    await step(dana, path, "release", note="My shift ends.")
    await step(dana, path, "claim")
    tomorrow = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=9, minute=30, second=0, microsecond=0)
    await step(dana, path, "appoint", at=f"{tomorrow:%Y-%m-%dT%H:%M}", note="Before work.")
    await step(dana, path, "contacted", note="Apologised.")
    await step(dana, path, "close", outcome="recovered", cause="workflow", words="Refunded.")
    await step(dana, path, "reopen", reason="The refund bounced.")
    told = " ".join(dana.text.split())
    for said in (
        "Not reached: phone, no answer", "Rang for long.", "Two accounts?", "Handed over to Ravi", "Speaks Bengali.",
        "Given back", "My shift ends.", "To be called at", "Before work.", "Apologised.", "Closed: recovered",
        "The refund bounced.", "opened again 1 time",
    ):  # fmt: skip
        assert said in told, said
    found = await Views(engine).one("default", case_id)
    assert found is not None
    assert found.case.state == "open"
    assert [attempt.result for attempt in found.attempts] == ["no_answer"]


async def test_an_appointment_is_by_the_clock_that_was_chosen_and_shown_by_both(
    dana: Browser, engine: AsyncEngine
) -> None:
    case_id = await a_case(engine)
    theirs = ZoneInfo("America/New_York")
    clocks = Clocks(customer=Hours(theirs)).to_json()
    async with transaction(engine) as tx:
        written = "UPDATE recovery_case SET terms = jsonb_build_object('clocks', CAST(:clocks AS jsonb))"
        await tx.execute(text(written), {"clocks": json.dumps(clocks)})
    path = f"/desk/cases/{case_id}"
    await step(dana, path, "claim")
    await dana.open(path)
    assert "theirs, America/New_York: now" in dana.text
    day = datetime.now(theirs) + timedelta(days=2)
    await step(dana, path, "appoint", at=f"{day:%Y-%m-%d}T15:30", clock="customer")
    found = await Views(engine).one("default", case_id)
    assert found is not None
    assert found.case.callback_at is not None
    assert f"{found.case.callback_at.astimezone(theirs):%d %H:%M}" == f"{day:%d} 15:30"
    ours = found.case.callback_at.astimezone(ZONE)
    assert f"at {ours.day} {ours:%b %H:%M}, theirs {day.day} {day:%b} 15:30" in dana.text


async def test_what_is_wrong_with_a_form_is_said_and_everything_typed_stays(dana: Browser, engine: AsyncEngine) -> None:
    path = f"/desk/cases/{await a_case(engine)}"
    await step(dana, path, "claim")
    for kind, fields, said in (
        ("appoint", {"at": "2026-03-29T02:30", "note": "after work"}, "the clocks go forward then"),
        ("appoint", {"at": "2020-01-01T09:00", "note": "after work"}, "must lie ahead"),
        ("appoint", {"at": "", "note": "after work"}, "the time is required"),
        ("hand-over", {"to": "", "note": "knows all"}, "the colleague is required"),
        ("attempt", {"result": "", "note": "rang for long"}, "the result is required"),
        ("note", {"note": "x" * 501}, "the note is too long"),
        ("close", {"outcome": "unreachable", "cause": "", "words": "Five times."}, "needs the cause and the remedy"),
        ("close", {"outcome": "dismissed", "words": ""}, "needs a reason where it is dismissed"),
    ):
        await dana.open(path)
        await dana.submit(f"{path}/{kind}", **fields)
        assert dana.page.status_code in (409, 422), kind
        assert said in dana.text, kind
        for typed in fields.values():
            assert typed in dana.text, kind
        if kind != "note":
            assert f'<details id="step-{kind}" open>' in dana.text


async def test_what_was_written_for_a_step_that_is_gone_waits_in_the_note(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    case_id = await a_case(engine)
    path = f"/desk/cases/{case_id}"
    await step(dana, path, "claim")
    await dana.open(path)
    await desk[1].act("default", case_id, Close(by="Maria", version=2, outcome="dismissed", reason="Twice the same."))
    await dana.submit(f"{path}/contacted", note="She was glad that we called.")
    assert dana.page.status_code == 409
    assert "The case is closed. Maria has closed it. Nothing was changed." in dana.text
    assert 'name="note" rows="2" maxlength="500" required>She was glad that we called.</textarea>' in dana.text
    await dana.submit(f"{path}/note", note="She was glad that we called.")
    assert "<q>She was glad that we called.</q>" in dana.text


async def test_everything_known_of_the_customer_is_at_a_glance(
    dana: Browser, engine: AsyncEngine, desk: tuple[Any, Cases]
) -> None:
    before = await a_case(engine, 1, customer_id="cus-9", contact={"customer_id": "cus-9", "resolved": False})
    for action in (
        Claim(by="Kim", version=1),
        Contact(by="Kim", version=2),
        Close(by="Kim", version=3, outcome="not_recovered", cause="staffing", remedy="Nothing."),
    ):
        await desk[1].act("default", before, action)
    prefers = (
        ContactChannel(kind="contact_channel", value="email"),
        ContactTime(kind="contact_time", value="evening"),
        DoNotContact(kind="do_not_contact", value="phone"),
        Interest(kind="interest", value="<i>heat pumps"),
    )
    about = {"customer_id": "cus-9", "comment": "I waited for an hour."}
    case_id = await a_case(engine, 2, contact={"customer_id": "cus-9", "transfers": 3}, **about)
    async with transaction(engine) as tx:
        await preferences.keep(tx, [noted(each, customer_id="cus-9") for each in prefers])
    incident = await an_incident(engine, [case_id])
    await dana.open(f"/desk/cases/{case_id}")
    told = " ".join(dana.text.split())
    for said in (
        "Not by phone: they asked not to be.", "refers email", "<q title=\"said on ", "><i>heat pumps</q>",
        "Passed on</dt><dd>3 times", f"/desk/cases/{before}",
        "not recovered, staffing", "It looks like:", "6 min", "5 unhappy customers in 9 min",
        "room: somebody is needed",
    ):  # fmt: skip
        assert said in told, said
    assert f"/desk/incidents/{incident}" in dana.text


async def test_a_case_that_no_answer_opened_has_a_page_too(dana: Browser, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    await change(engine, case_id, "answer_kind = NULL, answer_id = NULL, reason = 'abandoned', play = 'call_back'")
    async with transaction(engine) as tx:
        await tx.execute(text("UPDATE assessment SET case_id = NULL"))
    assert (await dana.open(f"/desk/cases/{case_id}")).status_code == 200
    assert "Gave up waiting" in dana.text
    assert "The case is about the contact itself." in dana.text
    assert (await dana.open("/desk/")).status_code == 200


async def test_a_long_comment_is_folded_and_whole(dana: Browser, engine: AsyncEngine) -> None:
    words = "".join(f"{number} words. " for number in range(300))
    case_id = await a_case(engine, comment=words)
    await dana.open(f"/desk/cases/{case_id}")
    assert dana.text.count("299 words.") == 1
    assert dana.text.index("All of it") < dana.text.index("299 words.")


@pytest.mark.parametrize("kind", ["claim", "note", "contacted", "close", "hand-over", "release", "reopen"])
async def test_no_step_is_taken_by_looking(dana: Browser, engine: AsyncEngine, kind: str) -> None:
    case_id = await a_case(engine)
    assert (await dana.open(f"/desk/cases/{case_id}/{kind}")).status_code == 405
    found = await Views(engine).one("default", case_id)
    assert found is not None
    assert (found.case.version, len(found.timeline)) == (1, 1)


async def test_a_moment_is_in_the_zone_of_the_desk(dana: Browser, engine: AsyncEngine) -> None:
    case_id = await a_case(engine)
    await change(engine, case_id, "opened_at = '2026-01-05T11:00Z'")
    await dana.open(f"/desk/cases/{case_id}")
    year = "" if datetime.now(UTC).year == 2026 else " 2026"
    assert f"opened 5 Jan{year or ' 12:00'}" in dana.text
