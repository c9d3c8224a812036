"""Salesforce: its conditions, its error codes, and a query that an id cannot change."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from profile_sync.core.replies import Done, Later, Park, Pause, Reason, Reply, Reread, decide
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Layout
from profile_sync.crms.salesforce import Salesforce
from support.crm_servers.salesforce import SalesforceServer, said
from support.crm_servers.wired import ID, Wired, wiring
from support.vendor_http import Reply as Said

NOW = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
Sf = Wired[SalesforceServer]


@pytest.fixture
async def wired() -> AsyncIterator[Sf]:
    async with wiring(SalesforceServer(), Salesforce) as found:
        found.server.clock = NOW.timestamp
        found.server.add(ID)
        yield found


def later(wired: Sf, seconds: float) -> None:
    at = wired.server.clock() + seconds
    wired.server.clock = lambda: at


async def test_a_write_is_made_on_condition_of_the_second_it_was_read_in(wired: Sf) -> None:
    later(wired, 90)
    assert (await wired.write({"language": "bn"})).status == 204
    assert wired.server.calls[-1].headers["if-unmodified-since"] == "Mon, 02 Mar 2026 09:40:00 GMT"


@pytest.mark.parametrize("field", ["note", "Title"])
async def test_an_edit_at_the_very_moment_is_not_overwritten(wired: Sf, field: str) -> None:
    def edit() -> None:
        later(wired, 1)
        wired.server.touch(ID) if field == "Title" else wired.server.edit(ID, field, "by hand")

    wired.server.before_a_change = edit
    assert (await wired.write({"note": "ours"})).status == 412
    assert wired.server.holds(ID).get("note") == ("by hand" if field == "note" else None)


async def test_a_humans_edit_of_other_fields_since_the_read_does_not_hold_a_write_up(wired: Sf) -> None:
    profile = await wired.read()
    later(wired, 5)
    wired.server.touch(ID)
    assert (await wired.write({"language": "bn"}, profile)).status == 204
    assert wired.server.foreign(ID)["Title"] == "Prof"


async def test_two_writes_in_one_second_are_no_conflict(wired: Sf) -> None:
    assert (await wired.write({"language": "bn"})).status == 204
    assert (await wired.write({"language": "de"})).status == 204


async def test_fractions_of_a_second_do_not_make_a_condition_that_never_holds(wired: Sf) -> None:
    profile = await wired.read()
    record = dict.fromkeys(await asked_for(wired))
    record |= {"Id": profile.ref, "amends_customer_id__c": ID, "SystemModstamp": "2026-03-02T11:40:00.400+0200"}
    wired.server.plan(Said(200, {"records": [record]}))
    assert (await wired.write({"language": "bn"}, profile)).status == 204
    assert wired.server.calls[-1].headers["if-unmodified-since"] == "Mon, 02 Mar 2026 09:40:01 GMT"


async def asked_for(wired: Sf) -> list[str]:
    await wired.look()
    soql = httpx.URL(f"http://h{wired.server.calls[-1].path}").params["q"]
    return str(soql).removeprefix("SELECT ").partition(" FROM")[0].split(", ")


@pytest.mark.parametrize("stamp", [None, 7, "", "yesterday", "2026-03-02T09:40:00Z", "9999-12-31T23:59:59.999+0000"])
async def test_a_time_that_is_none_is_unreadable(wired: Sf, stamp: Any) -> None:
    record = dict.fromkeys(await asked_for(wired))
    record |= {"Id": "003000000000000AAA", "amends_customer_id__c": ID, "SystemModstamp": stamp}
    wired.server.plan(Said(200, {"records": [record]}))
    assert await wired.look() == Reply(failure=Reason.UNREADABLE)


async def test_only_what_is_needed_of_a_contact_is_read(wired: Sf) -> None:
    names = await asked_for(wired)
    assert [name for name in names if not name.startswith("amends_")] == ["Id", "SystemModstamp"]


@pytest.mark.parametrize(
    ("customer_id", "literal"),
    [
        ("o'neil", r"'o\'neil'"),
        ("x' OR Id != '", r"'x\' OR Id != \''"),
        ("back\\", r"'back\\'"),
        ("\\' OR Id != '", r"'\\\' OR Id != \''"),
        ("a\nb", r"'a\nb'"),
    ],
)
async def test_an_id_stays_inside_its_quotes(wired: Sf, customer_id: str, literal: str) -> None:
    await wired.look(customer_id)
    soql = httpx.URL(f"http://h{wired.server.calls[-1].path}").params["q"]
    assert soql.partition(" WHERE ")[2] == f"amends_customer_id__c = {literal} LIMIT 10"
    assert wired.server.calls[-1].status == 200


async def test_a_field_that_is_not_in_the_answer_is_not_taken_for_an_empty_one(wired: Sf) -> None:
    record = {"Id": "003000000000000AAA", "amends_customer_id__c": ID, "SystemModstamp": "2026-03-02T09:40:00.000+0000"}
    wired.server.plan(Said(200, {"records": [record]}))
    assert await wired.look() == Reply(failure=Reason.UNREADABLE)


async def test_names_in_other_letters_are_the_same_fields(wired: Sf) -> None:
    record: dict[str, Any] = {name.upper(): None for name in await asked_for(wired)}
    record |= {"ID": "003000000000000AAA", "AMENDS_CUSTOMER_ID__C": ID, "AMENDS_LANGUAGE__C": "bn"}
    wired.server.plan(Said(200, {"records": [record | {"SYSTEMMODSTAMP": "2026-03-02T09:40:00.000+0000"}]}))
    assert dict((await wired.read()).fields) == {"language": "bn"}


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", Pause(Reason.THROTTLED, 300)),
        (403, "API_DISABLED_FOR_ORG", Park(Reason.FORBIDDEN)),
        (400, "UNABLE_TO_LOCK_ROW", Later(Reason.SERVER_ERROR)),
        (400, "QUERY_TIMEOUT", Later(Reason.SERVER_ERROR)),
        (503, "SERVER_UNAVAILABLE", Later(Reason.SERVER_ERROR)),
        (404, "ENTITY_IS_DELETED", Reread()),
        (400, "ENTITY_IS_DELETED", Reread()),
        (404, "NOT_FOUND", Reread()),
        (412, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK", Reread()),
        (400, "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK", Reread()),
        (400, "INSUFFICIENT_ACCESS_OR_READONLY", Park(Reason.FORBIDDEN)),
        (400, "INVALID_FIELD", Park(Reason.REJECTED)),
        (400, "STRING_TOO_LONG", Park(Reason.REJECTED)),
        (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", Park(Reason.REJECTED)),
        (400, "DUPLICATES_DETECTED", Park(Reason.REJECTED)),
        (400, "A_CODE_OF_NEXT_YEAR", Park(Reason.REJECTED)),
        (500, "UNKNOWN_EXCEPTION", Later(Reason.SERVER_ERROR)),
    ],
)
async def test_what_an_error_code_comes_to(wired: Sf, status: int, code: str, verdict: Any) -> None:
    wired.server.plan_writes(said(status, code))
    assert decide(await wired.write({"language": "bn"}), NOW) == verdict


async def test_a_session_that_ended_is_renewed_and_then_said(wired: Sf) -> None:
    wired.server.expire_token()
    assert (await wired.write({"language": "bn"})).status == 204
    wired.server.plan(said(401, "INVALID_SESSION_ID"), said(401, "INVALID_SESSION_ID"))
    assert decide(await wired.look(), NOW) == Pause(Reason.UNAUTHORIZED, 300)  # type: ignore[arg-type]


async def test_a_spent_allowance_is_a_throttle_to_a_look_too(wired: Sf) -> None:
    wired.server.plan(said(403, "REQUEST_LIMIT_EXCEEDED"))
    assert await wired.look() == Reply(429, "300")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[7, null]", b'[{"errorCode": ["x"]}]', b"[" * 100_000])
async def test_an_error_without_a_code_counts_by_its_status(wired: Sf, body: bytes) -> None:
    wired.server.plan_writes(Said(403, body))
    assert await wired.write({"language": "bn"}) == Reply(403)


async def test_what_does_not_fit_is_refused_as_documented(wired: Sf) -> None:
    wired.server.lengths["amends_language__c"] = 255
    assert decide(await wired.write({"language": "x" * 255}), NOW) == Done()
    assert decide(await wired.write({"language": "x" * 256}), NOW) == Park(Reason.REJECTED)
    del wired.server.names["amends_interest__c"]
    assert decide(await wired.look(), NOW) == Park(Reason.REJECTED)  # type: ignore[arg-type]


async def test_two_who_have_one_id_are_told_apart_by_nobody(wired: Sf) -> None:
    wired.server.add(ID)
    assert decide(await wired.look(), NOW) == Park(Reason.UNADDRESSABLE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "layout",
    [
        Layout("https://x", {"language": "a, b"}),
        Layout("https://x", prefix="x'"),
        Layout("https://x", find_by="Id = '' OR Id"),
        Layout("https://x", find_by="naïve__c"),
        Layout("https://x", find_by="Ext__c\n"),
    ],
)
async def test_a_name_that_is_no_fields_name_is_refused(layout: Layout) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(ValueError, match="no name of a field"):
            Salesforce(Exchange(client, Fixed(), 5.0), layout)
