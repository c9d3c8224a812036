"""One suite over every CRM adapter, each against a local server that answers as its vendor's documentation says."""

import asyncio
import re
from pathlib import Path

import pytest

from profile_sync.core.converge import Plan, change, plan
from profile_sync.core.preferences import FIELDS, is_flag
from profile_sync.core.replies import Reason
from profile_sync.crms import CRMS
from profile_sync.crms.port import Capabilities
from support.crm_servers.rest import OddRestServer
from support.crm_servers.served import ServedCrm
from support.crm_servers.suite import (
    CUSTOMER,
    LONG,
    SERVERS,
    Wired,
    bare,
    field,
    fits,
    wiring,
)

PAGE = Path(__file__).parents[2] / "docs/crms.md"


def test_every_adapter_is_held_to_it() -> None:
    assert {kind.crm for kind in SERVERS} == set(CRMS)


async def test_the_page_says_what_it_can_do(crm_server: type[ServedCrm]) -> None:
    """For ``rest``, of the resource that the page describes first."""
    async with wiring(crm_server) as wired:
        if crm_server is OddRestServer:
            assert wired.crm.capabilities == Capabilities(False, False, False, False)
            return
        _, _, table = PAGE.read_text().partition("| CRM | a write is refused")
        row = re.search(rf"^\| `{crm_server.crm}` \| (.*) \| (.*) \| (.*) \| (.*) \|$", table, re.MULTILINE)
        assert row is not None
        conditional, upsert, provenance, idempotent = (cell not in ("no", "") for cell in row.groups())
        beside = provenance and row[3] == "beside each value"
        assert wired.crm.capabilities == Capabilities(conditional, upsert, beside, idempotent)


async def test_a_customer_nobody_knows_has_no_profile(wired: Wired) -> None:
    assert (await wired.read()).exists is False
    assert wired.server.records == 0


async def test_a_profile_without_our_fields_is_empty(known: Wired) -> None:
    found = await known.read()
    assert found.exists is True
    assert bare(found.fields) == {}


async def test_what_was_written_is_read_back_and_what_is_not_ours_stays(known: Wired) -> None:
    before = dict(known.server.foreign(CUSTOMER.customer_id))
    assert before
    assert await known.succeeds({"language": "bn", "do_not_contact_phone": True, "note": "ring twice"})
    held = {"language": "bn", "do_not_contact_phone": True, "note": "ring twice"}
    assert known.holds() == held
    assert bare((await known.read()).fields) == held
    assert await known.succeeds({"language": "de", "note": None})
    assert known.holds() == {"language": "de", "do_not_contact_phone": True}
    assert bare((await known.read()).fields) == {"language": "de", "do_not_contact_phone": True}
    assert known.server.foreign(CUSTOMER.customer_id) == before


async def test_what_was_written_leaves_nothing_to_write(known: Wired) -> None:
    wanted = {name: field(fits(name, "bn")) for name in FIELDS}
    done = plan(wanted, {}, await known.read())
    assert set(done.writes) == set(FIELDS)
    reply = await known.crm.write(CUSTOMER, change(CUSTOMER, 1, done, await known.read()))
    assert reply.status in (200, 201, 204)
    again = plan(wanted, {}, await known.read())
    assert (dict(again.writes), again.yielded) == ({}, frozenset())


async def test_true_and_false_stay_what_they_are(known: Wired) -> None:
    assert await known.succeeds({"do_not_contact_phone": True, "do_not_contact_email": False, "call_back": False})
    found = bare((await known.read()).fields)
    assert found == {"do_not_contact_phone": True, "do_not_contact_email": False, "call_back": False}
    assert [type(value) for value in found.values()] == [bool, bool, bool]
    assert await known.succeeds({"call_back": None, "do_not_contact_phone": False})
    left = bare((await known.read()).fields)
    # A checkbox of some CRMs knows no third state.
    assert left.pop("call_back", False) is False
    assert left == {"do_not_contact_phone": False, "do_not_contact_email": False}


@pytest.mark.parametrize("text", ["  Frau Müller sagt: lieber abends ", "true", "0", "null", "bn"])
async def test_what_a_human_wrote_comes_as_it_is(known: Wired, text: str) -> None:
    known.server.edit(CUSTOMER.customer_id, "note", text)
    assert bare((await known.read()).fields) == {"note": text}


@pytest.mark.parametrize(
    "text",
    [
        "x" * 500,
        "ভাষা 日本語 العربية 🙂" * 20,
        "<script>alert('x')</script> & <b>bold</b>",
        'it\'s "quoted" \\ back\\slash',
        "two\nlines\tand a tab",
        "' OR Id != '",
        "{fields} {{customer_id}} %s ${x} #{x}",
    ],
    ids=["long", "unicode", "html", "quotes", "lines", "query", "templates"],
)
async def test_every_text_comes_back_as_it_went(known: Wired, text: str) -> None:
    told = {name: text if name in LONG else text[:80] for name in FIELDS if not is_flag(name)}
    assert await known.succeeds(told)
    assert known.holds() == told
    assert bare((await known.read()).fields) == told


async def test_where_a_value_comes_from_is_told(known: Wired) -> None:
    profile = await known.read()
    wanted = {"language": field("bn", "survey resp-9001"), "note": field("ring", "survey resp-9002")}
    reply = await known.crm.write(CUSTOMER, change(CUSTOMER, 1, Plan(wanted, {}, frozenset()), profile))
    assert reply.status in (200, 201, 204)
    if known.crm.capabilities.provenance:
        assert dict((await known.read()).fields) == wanted
    else:
        told = known.server.provenance(CUSTOMER.customer_id)
        assert told is None or ("resp-9001" in told and "resp-9002" in told)


async def test_a_customer_who_is_not_known_is_made_or_refused(wired: Wired) -> None:
    reply = await wired.write({"language": "bn"})
    if wired.crm.capabilities.upsert:
        assert reply.status in (200, 201, 204)
        assert wired.holds() == {"language": "bn"}
        assert wired.server.records == 1
        assert bare((await wired.read()).fields) == {"language": "bn"}
    else:
        assert reply.status == 404
        assert wired.server.records == 0


async def test_somebodys_edit_between_reading_and_writing_is_not_overwritten(known: Wired) -> None:
    seen = await known.read()
    assert await known.succeeds({"language": "de"})
    known.server.edit(CUSTOMER.customer_id, "language", "fr")
    reply = await known.write({"language": "bn", "note": "ring"}, seen)
    if known.crm.capabilities.conditional:
        assert reply.status == 412
        assert known.holds() == {"language": "fr"}
    elif reply.status == 412:  # it looked again, which leaves a gap of one round trip
        assert known.holds() == {"language": "fr"}
    else:
        assert reply.status in (200, 204)


async def test_two_who_make_a_customer_make_one(wired: Wired) -> None:
    if not wired.crm.capabilities.upsert:
        return
    nobody = await wired.read()
    changes = [await wired.change({"language": value}, nobody) for value in ("bn", "de")]
    replies = await asyncio.gather(*(wired.crm.write(CUSTOMER, each) for each in changes))
    statuses = sorted(reply.status or 0 for reply in replies)
    assert statuses[0] in (200, 201, 204)
    assert statuses[1] in (409, 412)
    assert wired.server.records == 1


async def test_a_repeat_after_a_lost_answer_changes_nothing_more(wired: Wired) -> None:
    if wired.crm.capabilities.upsert:
        told = await wired.change({"language": "bn"})
    else:
        wired.server.add(CUSTOMER.customer_id)
        told = await wired.change({"language": "bn"})
    known_before = wired.server.records
    wired.server.fail_writes(-1)
    assert (await wired.crm.write(CUSTOMER, told)).failure is Reason.UNREACHABLE
    assert wired.holds() == {"language": "bn"}
    again = await wired.crm.write(CUSTOMER, told)
    assert again.status in (200, 201, 204) or again.status in (409, 412)
    if wired.crm.capabilities.idempotent:
        assert again.status in (200, 201, 204)
        keys = {call.headers.get("idempotency-key") for call in wired.server.writes}
        assert len(keys) == 1
    assert wired.holds() == {"language": "bn"}
    assert wired.server.records == max(known_before, 1)
