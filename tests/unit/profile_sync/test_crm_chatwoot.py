"""Chatwoot: attributes of others that stay, contacts that are made, and texts that have to fit."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from profile_sync.core.preferences import FIELDS, is_flag
from profile_sync.core.replies import Later, Park, Pause, Reason, Reply, Reread, decide
from profile_sync.crms.auth import Fixed
from profile_sync.crms.chatwoot import Chatwoot
from profile_sync.crms.exchange import Exchange
from profile_sync.crms.port import Layout
from profile_sync.crms.records import ANOTHER
from support.crm_servers.chatwoot import ACCOUNT, ChatwootServer
from support.crm_servers.wired import ID, Wired, wiring
from support.vendor_http import Reply as Said

NOW = datetime(2026, 3, 2, 9, 40, tzinfo=UTC)
Cw = Wired[ChatwootServer]


@pytest.fixture
async def bare() -> AsyncIterator[Cw]:
    async with wiring(ChatwootServer(), Chatwoot) as found:
        yield found


@pytest.fixture
def wired(bare: Cw) -> Cw:
    bare.server.add(ID)
    return bare


async def test_a_contact_is_filtered_by_identifier_and_told_our_attributes_only(wired: Cw) -> None:
    await wired.write({"language": "bn", "call_back": None})
    look, put = wired.server.calls[-2:]
    assert look.path == f"{ACCOUNT}/contacts/filter?include_contact_inboxes=false"
    assert look.body == {
        "payload": [
            {"attribute_key": "identifier", "filter_operator": "equal_to", "values": [ID], "query_operator": None}
        ]
    }
    assert put.path == f"{ACCOUNT}/contacts/101?include_contact_inboxes=false"
    assert set(put.body) == {"custom_attributes"}
    assert {name: put.body["custom_attributes"][name] for name in ("amends_language", "amends_call_back")} == {
        "amends_language": "bn",
        "amends_call_back": None,
    }


async def test_attributes_of_others_stay_even_those_set_at_the_very_moment(wired: Cw) -> None:
    def edit() -> None:
        wired.server.contacts[101]["custom_attributes"]["plan"] = "platinum"

    wired.server.before_a_change = edit
    await wired.write({"language": "bn"})
    assert wired.server.foreign(ID) == {"name": "Nadia", "plan": "platinum", "seats": 4}


async def test_an_unticked_box_is_no_and_an_untouched_one_is_nothing(wired: Cw) -> None:
    wired.server.edit(ID, "do_not_contact_phone", False)
    assert dict((await wired.read()).fields) == {"do_not_contact_phone": False}


async def test_a_contact_is_made_with_its_identifier_and_what_is_set(bare: Cw) -> None:
    assert (await bare.write({"language": "bn", "note": None})).status == 200
    body = bare.server.calls[-1].body
    assert set(body) == {"identifier", "custom_attributes"}
    assert (body["identifier"], set(body["custom_attributes"])) == (ID, {"amends_language", "amends_provenance"})
    assert bare.server.holds(ID) == {"language": "bn"}


async def test_a_contact_made_meanwhile_is_read_again_rather_than_made_twice(bare: Cw) -> None:
    bare.server.before_a_change = lambda: bare.server.add(ID)
    assert await bare.write({"language": "bn"}) == ANOTHER
    assert (bare.server.records, bare.server.holds(ID)) == (1, {})


@pytest.mark.parametrize("body", [{"attributes": ["custom_attributes"]}, {"attributes": "identifier"}, b"no", b"[7]"])
async def test_any_other_refusal_of_a_new_contact_is_parked(bare: Cw, body: Any) -> None:
    bare.server.plan_writes(Said(422, body))
    assert decide(await bare.write({"language": "bn"}), NOW) == Park(Reason.REJECTED)


async def test_a_text_of_1500_characters_fits_and_a_longer_one_is_parked(wired: Cw) -> None:
    assert (await wired.write({"interest": "é" * 1500})).status == 200
    assert decide(await wired.write({"interest": "é" * 1501}), NOW) == Park(Reason.REJECTED)


async def test_where_values_come_from_fits_however_many_there_are(wired: Cw) -> None:
    values = {name: True if is_flag(name) else "x" for name in FIELDS}
    assert (await wired.write(values, source=f"survey {'r' * 128}")).status == 200
    assert wired.server.holds(ID) == values
    assert len(wired.server.provenance(ID) or "") > 1000


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (401, Pause(Reason.UNAUTHORIZED, 300)),
        (402, Park(Reason.REJECTED)),
        (404, Reread()),
        (422, Park(Reason.REJECTED)),
        (429, Pause(Reason.THROTTLED, 60)),
        (500, Later(Reason.SERVER_ERROR)),
    ],
)
async def test_what_a_status_to_a_write_comes_to(wired: Cw, status: int, verdict: Any) -> None:
    wired.server.plan_writes(Said(status, b"Retry later\n"))
    assert decide(await wired.write({"language": "bn"}), NOW) == verdict


async def test_a_token_that_was_reset_pauses(wired: Cw) -> None:
    wired.server.expire_token()
    assert await wired.look() == Reply(401)


async def test_a_contact_without_attributes_has_none(wired: Cw) -> None:
    wired.server.contacts[101]["custom_attributes"] = None
    assert dict((await wired.read()).fields) == {}


@pytest.mark.parametrize(
    "layout",
    [
        Layout("https://chat.example"),
        Layout("https://chat.example/api/v1/accounts/x"),
        Layout("https://chat.example/api/v1/accounts/3/contacts"),
        Layout("https://chat.example/api/v1/accounts/3", find_by="email"),
    ],
)
async def test_a_layout_that_cannot_be_is_refused(layout: Layout) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(ValueError, match=r"url|find_by"):
            Chatwoot(Exchange(client, Fixed(), 5.0), layout)
