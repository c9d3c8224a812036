"""What the CRMs of flat records have in common: whose record it is, who changed it, and answers that make no sense."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from profile_sync.core.converge import Memory, change, plan
from profile_sync.core.preferences import FIELDS, Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.chatwoot import Chatwoot
from profile_sync.crms.records import ANOTHER, CHANGED, SEVERAL
from profile_sync.crms.salesforce import Salesforce
from profile_sync.crms.zendesk import Zendesk
from support.crm_servers.chatwoot import ChatwootServer
from support.crm_servers.salesforce import SalesforceServer
from support.crm_servers.wired import ID, Wired, wiring
from support.crm_servers.zendesk import ZendeskServer
from support.vendor_http import Half
from support.vendor_http import Reply as Said

PAIRS: dict[str, tuple[Any, Any]] = {
    "salesforce": (SalesforceServer, Salesforce),
    "zendesk": (ZendeskServer, Zendesk),
    "chatwoot": (ChatwootServer, Chatwoot),
}
UNREADABLE = Reply(failure=Reason.UNREADABLE)
ODD = [
    "o'neil",
    "x' OR Name != '",
    "back\\slash\\'",
    "a/b/../c",
    "..",
    "a b+c&d=e#f?g",
    "100%",
    "%2e%2e",
    "a_c",
    "naïve-ß-日本",
    'say "hi"',
    "a,b",
]


@pytest.fixture(params=PAIRS)
async def bare(request: pytest.FixtureRequest) -> AsyncIterator[Wired[Any]]:
    server, adapter = PAIRS[request.param]
    async with wiring(server(), adapter) as found:
        yield found


@pytest.fixture
def wired(bare: Wired[Any]) -> Wired[Any]:
    bare.server.add(ID)
    return bare


def rename(server: Any, before: str, after: str) -> None:
    """A human gives the record another id: as after a merge."""
    holder = {"salesforce": lambda: server._contact(before).values}.get(server.crm)
    record = holder() if holder else (server._user if server.crm == "zendesk" else server._contact)(before)
    record[{"salesforce": "amends_customer_id__c", "zendesk": "external_id", "chatwoot": "identifier"}[server.crm]] = (
        after
    )


def lose(server: Any) -> None:
    (server.users if server.crm == "zendesk" else server.contacts).clear()


@pytest.mark.parametrize("customer_id", ODD)
async def test_an_odd_id_finds_its_own_record_and_no_other(bare: Wired[Any], customer_id: str) -> None:
    bare.server.add("another")
    assert (await bare.read(customer_id)).exists is False
    bare.server.add(customer_id)
    assert (await bare.write({"language": "bn"}, customer_id=customer_id)).status in (200, 204)
    assert bare.server.holds(customer_id) == {"language": "bn"}
    assert bare.server.holds("another") == {}
    assert all(call.status < 300 for call in bare.server.calls)


async def test_an_id_in_other_letters_is_somebody_elses(bare: Wired[Any]) -> None:
    bare.server.add("CUS-42")
    assert (await bare.read(ID)).exists is False
    bare.server.add(ID)
    await bare.write({"language": "bn"})
    assert (bare.server.holds(ID), bare.server.holds("CUS-42")) == ({"language": "bn"}, {})


async def test_two_records_of_one_customer_are_neither_read_nor_written(wired: Wired[Any]) -> None:
    profile = await wired.read()
    wired.server.add(ID)
    assert await wired.look() == SEVERAL
    assert await wired.write({"language": "bn"}, profile) == SEVERAL
    assert wired.server.holds(ID) == {}


async def test_a_write_brings_all_kinds_of_values_and_says_where_they_come_from(wired: Wired[Any]) -> None:
    values = {"language": "bn", "do_not_contact_in_person": True, "call_back": False, "note": "Zoë – ring ‘twice’\nok"}
    assert (await wired.write(values)).status in (200, 204)
    assert wired.server.holds(ID) == values
    profile = await wired.read()
    assert (dict(profile.fields), profile.flat) == (values, True)
    assert wired.server.provenance(ID).count("survey resp-9001, 2026-03-02T09:40:00Z") == 4


async def test_clearing_empties_the_field_and_its_line(wired: Wired[Any]) -> None:
    await wired.write({"language": "bn", "note": "x"})
    await wired.write({"language": None})
    assert wired.server.holds(ID) == {"note": "x"}
    assert wired.server.provenance(ID) == "note: survey resp-9001, 2026-03-02T09:40:00Z"


async def test_where_nothing_is_wanted_any_more_no_line_of_ours_stays_though_a_human_holds_the_field(
    wired: Wired[Any],
) -> None:
    await wired.write({"language": "bn", "note": "x"})
    wired.server.edit(ID, "provenance", f"asked by phone, DR\n{wired.server.provenance(ID)}")
    wired.server.edit(ID, "language", "fr")
    memory, customer = {"language": Memory("bn"), "note": Memory("x")}, Customer("default", ID)
    for expected in ({"note": None}, None):
        profile = await wired.read()
        found = plan({}, memory, profile)
        assert found.idle is (expected is None)
        if expected is not None:
            assert found.writes == expected
            assert (await wired.crm.write(customer, change(customer, 1, found, profile))).status in (200, 204)
    assert wired.server.holds(ID) == {"language": "fr"}
    assert wired.server.provenance(ID) == "asked by phone, DR"


async def test_what_is_not_ours_stays_and_is_not_sent(wired: Wired[Any]) -> None:
    before = wired.server.foreign(ID)
    await wired.write({"language": "bn"})
    assert wired.server.foreign(ID) == before
    sent = str(wired.server.calls[-1].body)
    assert not [name for name in before if name in sent]


async def test_an_edit_of_ours_since_the_read_is_seen(wired: Wired[Any]) -> None:
    profile = await wired.read()
    wired.server.edit(ID, "note", "by hand")
    assert await wired.write({"language": "bn"}, profile) == CHANGED
    assert wired.server.holds(ID) == {"note": "by hand"}


async def test_a_line_a_human_wrote_between_read_and_write_stays(wired: Wired[Any]) -> None:
    await wired.write({"language": "de"})
    profile = await wired.read()
    wired.server.edit(ID, "provenance", "asked by phone, DR")
    assert (await wired.write({"language": "bn"}, profile)).status in (200, 204)
    assert wired.server.provenance(ID) == "asked by phone, DR\nlanguage: survey resp-9001, 2026-03-02T09:40:00Z"


async def test_what_a_human_typed_comes_as_it_is(wired: Wired[Any]) -> None:
    wired.server.edit(ID, "language", "  Bengali (Sylhet) ")
    wired.server.edit(ID, "call_back", "not on fridays")
    assert dict((await wired.read()).fields) == {"language": "  Bengali (Sylhet) ", "call_back": "not on fridays"}


async def test_a_record_that_took_the_others_place_is_read_again(wired: Wired[Any]) -> None:
    profile = await wired.read()
    rename(wired.server, ID, "merged-away")
    wired.server.add(ID)
    assert await wired.write({"language": "bn"}, profile) == ANOTHER
    assert (wired.server.holds(ID), wired.server.holds("merged-away")) == ({}, {})


async def test_a_record_that_is_gone_before_the_write_is_read_again(wired: Wired[Any]) -> None:
    profile = await wired.read()
    lose(wired.server)
    assert await wired.write({"language": "bn"}, profile) == ANOTHER


async def test_a_record_that_goes_at_the_very_moment_is_read_again(wired: Wired[Any]) -> None:
    wired.server.before_a_change = lambda: lose(wired.server)
    assert await wired.write({"language": "bn"}) == ANOTHER


async def test_a_customer_who_appeared_since_the_read_is_read_again(bare: Wired[Any]) -> None:
    profile = await bare.read()
    bare.server.add(ID)
    assert await bare.write({"language": "bn"}, profile) == ANOTHER
    assert bare.server.holds(ID) == {}


NONSENSE: dict[str, Said] = {
    "a list": Said(200, b"[]"),
    "null": Said(200, b"null"),
    "no JSON": Said(200, b"<html>welcome</html>"),
    "nothing": Said(200, b""),
    "without records": Said(200, {}),
    "records that are no list": Said(200, {"records": {}, "users": "x", "payload": 7}),
    "records that are no objects": Said(200, {"records": [1], "users": [[]], "payload": [None]}),
    "nested too deeply": Said(200, b'{"records":' + b"[" * 100_000),
    "too large": Said(200, b" " * 300_000 + b"{}"),
    "packed": Said(200, b"{}", {"content-encoding": "gzip"}),
    "no such search": Said(404, {"error": "no"}),
    "no such search, which found nobody": Said(404, {"records": [], "users": [], "payload": []}),
    "no content": Said(204),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
async def test_an_answer_that_makes_no_sense_is_unreadable(wired: Wired[Any], answer: Said) -> None:
    profile = await wired.read()
    wired.server.plan(answer, answer)
    assert await wired.look() == UNREADABLE
    assert await wired.write({"language": "bn"}, profile) == UNREADABLE
    assert wired.server.holds(ID) == {}


AS_FOUND: dict[str, dict[str, Any]] = {
    "salesforce": {
        "Id": "003000000000000AAA",
        "SystemModstamp": "2026-03-02T09:40:00.000+0000",
        "amends_customer_id__c": ID,
        "amends_provenance__c": None,
        **{f"amends_{name}__c": None for name in FIELDS},
    },
    "zendesk": {"id": 7, "external_id": ID, "user_fields": {}},
    "chatwoot": {"id": 7, "identifier": ID, "custom_attributes": {}},
}
HOLDER = {"zendesk": "user_fields", "chatwoot": "custom_attributes"}


def found(crm: str, **more: Any) -> Said:
    """A search that found one record, which has ``more`` in it."""
    record = {**AS_FOUND[crm], **more}
    return Said(200, {"records": [record], "users": [record], "payload": [record]})


async def test_a_record_as_documented_is_read(wired: Wired[Any]) -> None:
    wired.server.plan(found(wired.server.crm))
    assert (await wired.read()).exists


@pytest.mark.parametrize("id_", ["7/../8", None, -1, 1.5, True, [], {"a": 1}, "", "003000000000000AA?", "é" * 15])
async def test_an_id_that_cannot_stand_in_a_url_is_unreadable(wired: Wired[Any], id_: Any) -> None:
    name = "Id" if wired.server.crm == "salesforce" else "id"
    wired.server.plan(found(wired.server.crm, **{name: id_}))
    assert await wired.look() == UNREADABLE


@pytest.mark.parametrize("holder", ["x", 7, ["a"]])
async def test_fields_that_are_no_object_are_unreadable(wired: Wired[Any], holder: Any) -> None:
    if wired.server.crm == "salesforce":
        pytest.skip("fields stand in the record itself")
    wired.server.plan(found(wired.server.crm, **{HOLDER[wired.server.crm]: holder}))
    assert await wired.look() == UNREADABLE


@pytest.mark.parametrize("value", [["a", "b"], {"a": {"b": 1}}, 4.5, 10**30, "\ud83d half", "\x00"])
async def test_a_value_of_any_kind_comes_as_it_is(wired: Wired[Any], value: Any) -> None:
    holder = HOLDER.get(wired.server.crm)
    suffix = "" if holder else "__c"
    held = {f"amends_note{suffix}": value, f"amends_provenance{suffix}": value}
    answer = found(wired.server.crm, **({holder: held} if holder else held))
    wired.server.plan(answer)
    profile = await wired.read()
    assert dict(profile.fields) == {"note": value}
    wired.server.plan(answer, Said(200, {}))
    assert isinstance(await wired.write({"language": "bn"}, profile), Reply)


async def test_a_look_that_breaks_off_ends_the_write_before_it(wired: Wired[Any]) -> None:
    profile = await wired.read()
    wired.server.plan(Half(200))
    assert (await wired.write({"language": "bn"}, profile)).failure is not None
    assert wired.server.holds(ID) == {}


async def test_nobody_is_named_in_a_url_but_the_search(wired: Wired[Any]) -> None:
    await wired.write({"language": "bn"})
    named = [call.path for call in wired.server.calls if ID in call.path]
    assert named == [path for path in named if "/query?" in path or "/search.json?" in path]
