"""What is HubSpot's own: properties that are text, limits without Retry-After, and refusals that name a property."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from pydantic import SecretStr

from profile_sync.core.converge import Plan, Profile, change
from profile_sync.core.preferences import FIELDS, Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.hubspot import HubSpot
from profile_sync.crms.port import Layout
from support.crm_servers.hubspot import CONTACTS, HubSpotServer
from support.crm_servers.served import serving
from support.vendor_http import Reply as Said

CUSTOMER = Customer("default", "cus-42")
INTERVAL = "x-hubspot-ratelimit-interval-milliseconds"


@dataclass
class Account:
    server: HubSpotServer
    crm: HubSpot

    async def write(self, profile: Profile | None = None, **fields: Any) -> Reply:
        found = profile or await self.crm.read(CUSTOMER)
        assert isinstance(found, Profile), found
        wanted = {
            name: None
            if value is None
            else {"value": value, "stated_at": "2026-03-02T09:40:00Z", "source": "survey r1"}
            for name, value in fields.items()
        }
        return await self.crm.write(CUSTOMER, change(CUSTOMER, 1, Plan(wanted, {}, frozenset()), profile=found))

    @property
    def contact(self) -> dict[str, str]:
        return next(iter(self.server.contacts.values()))


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    async with serving(HubSpotServer()) as server, httpx.AsyncClient(trust_env=False) as client:
        auth = server.tokens.auth(client, refresh_token=SecretStr(server.tokens.refresh))
        yield Account(server, HubSpot(Exchange(client, auth, 5), Layout(server.url)))


async def test_a_contact_is_looked_up_by_our_id_and_asked_for_our_properties(account: Account) -> None:
    await account.crm.read(Customer("default", "a/b?c"))
    parts = urlsplit(account.server.calls[-1].path)
    assert parts.path == f"{CONTACTS}/a%2Fb%3Fc"
    query = parse_qs(parts.query)
    assert query["idProperty"] == ["amends_customer_id"]
    assert set(query["properties"][0].split(",")) >= {f"amends_{name}" for name in (*FIELDS, "provenance")}


async def test_it_is_changed_by_its_own_id_in_words(account: Account) -> None:
    account.server.add(CUSTOMER.customer_id)
    assert await account.write(language="bn", call_back=False, do_not_contact_phone=True, note=None) == Reply(200)
    assert account.server.writes[-1].method == "PATCH"
    assert account.server.writes[-1].path == f"{CONTACTS}/151"
    sent = account.server.writes[-1].body["properties"]
    assert {name: sent[f"amends_{name}"] for name in ("language", "call_back", "do_not_contact_phone", "note")} == {
        "language": "bn",
        "call_back": "false",
        "do_not_contact_phone": "true",
        "note": "",
    }


async def test_where_values_come_from_stands_in_one_property_beside_what_people_wrote(account: Account) -> None:
    account.server.add(CUSTOMER.customer_id)
    account.contact["amends_provenance"] = "asked twice, Kim\nlanguage: survey r0, 2026-01-01T00:00:00Z"
    assert await account.write(note="ring twice", language="bn") == Reply(200)
    assert account.contact["amends_provenance"].splitlines() == [
        "asked twice, Kim",
        "language: survey r1, 2026-03-02T09:40:00Z",
        "note: survey r1, 2026-03-02T09:40:00Z",
    ]


async def test_somebody_new_is_made_with_our_id(account: Account) -> None:
    assert await account.write(language="bn", note=None) == Reply(201)
    sent = account.server.writes[-1]
    assert (sent.method, sent.path) == ("POST", CONTACTS)
    assert sent.body["properties"]["amends_customer_id"] == "cus-42"
    assert "amends_note" not in sent.body["properties"]


async def test_contacts_may_be_found_by_hubspots_own_id_and_then_nobody_is_made(account: Account) -> None:
    exchange = account.crm._exchange
    account.crm = HubSpot(exchange, Layout(account.server.url, find_by="hs_object_id"))
    account.server.add(CUSTOMER.customer_id)
    by_id, nobody = Customer("default", "151"), Customer("default", "152")
    found = await account.crm.read(by_id)
    assert isinstance(found, Profile)
    assert (found.exists, found.ref) == (True, "151")
    assert account.crm.capabilities.upsert is False
    told = change(nobody, 1, Plan({"note": {"value": "x", "source": "s", "stated_at": "t"}}, {}, frozenset()), found)
    assert await account.crm.write(nobody, replace(told, exists=False, ref=None, etag=None)) == Reply(404)
    assert await account.crm.write(by_id, told) == Reply(200)
    assert account.server.holds(CUSTOMER.customer_id) == {"note": "x"}
    assert account.server.records == 1


async def test_somebody_who_was_made_meanwhile_is_read_again(account: Account) -> None:
    nobody = await account.crm.read(CUSTOMER)
    assert isinstance(nobody, Profile)
    account.server.fail(404)  # it is looked up once more, and not there yet
    account.server.add(CUSTOMER.customer_id)
    assert await account.write(nobody, language="bn") == Reply(409)
    assert account.server.records == 1
    account.server.fail(404)
    account.server.fail_writes(409)
    assert await account.write(nobody, language="bn") == Reply(409)


async def test_an_edit_is_seen_until_just_before_the_write_and_a_contact_that_went_is_read_again(
    account: Account,
) -> None:
    account.server.add(CUSTOMER.customer_id)
    seen = await account.crm.read(CUSTOMER)
    assert isinstance(seen, Profile)
    account.server.edit(CUSTOMER.customer_id, "language", "fr")
    assert await account.write(seen, note="ring") == Reply(412)
    account.server.fail_writes(404)
    assert await account.write(note="ring") == Reply(409)
    assert account.server.holds(CUSTOMER.customer_id) == {"language": "fr"}


async def test_what_else_changes_in_a_contact_is_no_conflict(account: Account) -> None:
    account.server.add(CUSTOMER.customer_id)
    seen = await account.crm.read(CUSTOMER)
    assert isinstance(seen, Profile)
    account.contact["lifecyclestage"] = "lead"
    assert await account.write(seen, note="ring") == Reply(200)


@pytest.mark.parametrize("missing", ["amends_note", "amends_provenance", "amends_do_not_contact_in_person"])
async def test_a_property_that_is_not_there_is_named_to_the_operator(account: Account, missing: str) -> None:
    account.server.add(CUSTOMER.customer_id)
    account.server.defined -= {missing}
    with structlog.testing.capture_logs() as logged:
        reply = await account.write(note="hush-words", do_not_contact_in_person=True)
    assert reply == Reply(400)
    assert [entry["properties"] for entry in logged] == [[missing]]
    assert "hush" not in str(logged)


async def test_other_refusals_of_a_value_are_only_passed_on(account: Account) -> None:
    account.server.add(CUSTOMER.customer_id)
    with structlog.testing.capture_logs() as logged:
        account.server.fail_writes(400)
        assert await account.write(note="ring") == Reply(400)
    assert logged == []


@pytest.mark.parametrize(
    ("policy", "headers", "seconds"),
    [
        ("TEN_SECONDLY_ROLLING", {INTERVAL: "10000"}, "10"),
        ("TEN_SECONDLY_ROLLING", {INTERVAL: "1500"}, "2"),
        ("TEN_SECONDLY_ROLLING", {}, "10"),
        ("SECONDLY", {}, "1"),
        ("DAILY", {INTERVAL: "10000"}, "3600"),
        ("SOMETHING_NEW", {}, "10"),
        (None, {}, "10"),
        (["DAILY"], {INTERVAL: "soon"}, "10"),
        ("TEN_SECONDLY_ROLLING", {INTERVAL: "10000", "retry-after": "4"}, "4"),
    ],
)
async def test_a_limit_says_how_long_to_wait(
    account: Account, policy: Any, headers: dict[str, str], seconds: str
) -> None:
    account.server.add(CUSTOMER.customer_id)
    limited = Said(429, {"status": "error", "errorType": "RATE_LIMIT", "policyName": policy}, headers)
    account.server.plan(limited)
    assert await account.crm.read(CUSTOMER) == Reply(429, seconds)
    account.server.plan_writes(limited)
    assert await account.write(note="ring") == Reply(429, seconds)


async def test_a_limit_in_no_words_at_all_is_one_too(account: Account) -> None:
    account.server.plan(Said(429, b"<html>"))
    assert await account.crm.read(CUSTOMER) == Reply(429, "10")


@pytest.mark.parametrize("status", [423, 477])
async def test_an_account_that_is_locked_for_a_while_is_waited_for(account: Account, status: int) -> None:
    account.server.fail(status)
    assert await account.crm.read(CUSTOMER) == Reply(503, "10")
    account.server.fail(status, retry_after="90")
    assert await account.crm.read(CUSTOMER) == Reply(503, "90")


@pytest.mark.parametrize("ref", [151, None, "", "1/2", "../151", "151?x", "\u0661"], ids=ascii)
async def test_an_id_that_is_none_is_never_put_into_a_path(account: Account, ref: Any) -> None:
    account.server.plan(Said(200, {"id": ref, "properties": {"amends_customer_id": "cus-42"}}))
    assert await account.crm.read(CUSTOMER) == Reply(failure=Reason.UNREADABLE)


async def test_a_contact_found_by_a_looser_comparison_is_not_theirs(account: Account) -> None:
    account.server.plan(Said(200, {"id": "151", "properties": {"amends_customer_id": "CUS-42"}}))
    assert await account.crm.read(CUSTOMER) == Reply(failure=Reason.UNADDRESSABLE)
