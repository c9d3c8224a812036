"""Zendesk: tags that stay, fields that are not there, and a user who may not be updated so often."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from profile_sync.core.replies import Later, Park, Pause, Reason, Reply, Reread, decide
from profile_sync.crms.auth import Fixed
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Layout
from profile_sync.crms.zendesk import Zendesk
from support.crm_servers.wired import ID, Wired, wiring
from support.crm_servers.zendesk import ZendeskServer
from support.vendor_http import Reply as Said

NOW = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
Zd = Wired[ZendeskServer]


@pytest.fixture
async def wired() -> AsyncIterator[Zd]:
    async with wiring(ZendeskServer(), Zendesk) as found:
        found.server.add(ID)
        yield found


async def test_a_user_is_asked_for_by_external_id_and_nothing_else_is_sent_than_our_fields(wired: Zd) -> None:
    await wired.write({"language": "bn"})
    look, put = wired.server.calls[-2:]
    assert (look.method, look.path) == ("GET", f"/api/v2/users/search.json?external_id={ID}")
    assert (put.method, put.path) == ("PUT", "/api/v2/users/35436.json")
    assert set(put.body) == {"user"}
    assert set(put.body["user"]) == {"user_fields"}
    assert set(put.body["user"]["user_fields"]) == {"amends_language", "amends_provenance"}


async def test_tags_and_notes_stay(wired: Zd) -> None:
    await wired.write({"language": "bn"})
    held = wired.server.foreign(ID)
    assert (held["tags"], held["notes"], held["loyalty_tier"]) == (["vip", "beta"], "likes tea", "gold")


async def test_a_field_the_account_does_not_have_is_parked(wired: Zd) -> None:
    del wired.server.types["amends_language"]
    del wired.server.users[35436]["user_fields"]["amends_language"]
    assert decide(await wired.write({"language": "bn"}), NOW) == Park(Reason.REJECTED)


async def test_a_dropdown_without_that_option_is_parked(wired: Zd) -> None:
    wired.server.types["amends_language"] = "dropdown"
    assert decide(await wired.write({"language": "bn"}), NOW) == Park(Reason.REJECTED)


async def test_a_value_the_field_does_not_take_is_parked(wired: Zd) -> None:
    wired.server.types["amends_do_not_contact_phone"] = "checkbox"
    assert decide(await wired.write({"do_not_contact_phone": True}), NOW) == Park(Reason.REJECTED)


async def test_clearing_what_is_empty_is_no_failure(wired: Zd) -> None:
    assert await wired.write({"language": None}) == Reply(200)


@pytest.mark.parametrize("body", [{}, {"user": {}}, {"user": []}, {"user": {"user_fields": "x"}}, b"<html>"], ids=str)
async def test_a_success_that_shows_no_user_is_unreadable(wired: Zd, body: Any) -> None:
    wired.server.plan_writes(Said(200, body))
    assert await wired.write({"language": "bn"}) == Reply(failure=Reason.UNREADABLE)


async def test_a_user_updated_too_often_is_a_pause_as_long_as_told(wired: Zd) -> None:
    wired.server.updates_a_minute = 5
    for value in ("a", "b", "c", "d", "e"):
        assert await wired.write({"language": value}) == Reply(200)
    assert decide(await wired.write({"language": "f"}), NOW) == Pause(Reason.THROTTLED, 93)


async def test_a_suspended_user_is_a_customer_still(wired: Zd) -> None:
    wired.server.users[35436]["suspended"] = True
    assert await wired.write({"language": "bn"}) == Reply(200)
    assert wired.server.holds(ID) == {"language": "bn"}


async def test_a_deleted_user_is_nobody(wired: Zd) -> None:
    user = {**wired.server.users[35436], "active": False}
    wired.server.plan(Said(200, {"users": [user]}))
    assert (await wired.read()).exists is False


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (404, Reread()),
        (409, Reread()),
        (422, Park(Reason.REJECTED)),
        (403, Park(Reason.FORBIDDEN)),
        (503, Later(Reason.SERVER_ERROR)),
    ],
)
async def test_what_a_status_to_a_write_comes_to(wired: Zd, status: int, verdict: Any) -> None:
    wired.server.plan_writes(Said(status, {"error": "x"}))
    assert decide(await wired.write({"language": "bn"}), NOW) == verdict


async def test_a_checkbox_that_was_there_is_read_as_true_and_false(wired: Zd) -> None:
    wired.server.users[35436]["user_fields"] |= {"amends_call_back": True, "amends_do_not_contact_sms": False}
    assert dict((await wired.read()).fields) == {"call_back": True, "do_not_contact_sms": False}


async def test_users_are_found_by_external_id_only() -> None:
    async with httpx.AsyncClient() as client:
        exchange = Exchange(client, Fixed(), 5.0)
        with pytest.raises(ValueError, match="find_by"):
            Zendesk(exchange, Layout("https://acme.zendesk.com", find_by="email"))
        Zendesk(exchange, Layout("https://acme.zendesk.com", find_by="external_id"))
