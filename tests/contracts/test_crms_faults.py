"""Whatever a CRM, a network or a customer id does to an adapter, a Reply says it and nothing is raised."""

import asyncio
import gzip

import httpx
import pytest

from profile_sync.core.converge import Change
from profile_sync.core.preferences import Customer
from profile_sync.core.replies import Reason, Reply
from profile_sync.crms.exchange import MAX_REPLY_BYTES, Exchange
from support import vendor_http
from support.crm_servers.served import ServedCrm, serving
from support.crm_servers.suite import (
    CERTIFICATES,
    CUSTOMER,
    TIMEOUT_SECONDS,
    Wired,
    bare,
    field,
    wiring,
)
from support.vendor_http import DRIP, SILENCE, Half
from support.vendor_http import Reply as Said


@pytest.mark.parametrize("status", [429, 503])
async def test_how_long_to_wait_is_passed_on(known: Wired, status: int) -> None:
    known.server.fail(status, retry_after="17")
    assert await known.crm.read(CUSTOMER) == Reply(status, "17")
    told = await known.change({"language": "bn"})
    known.server.fail_writes(status, retry_after="17")
    assert await known.crm.write(CUSTOMER, told) == Reply(status, "17")
    assert known.holds() == {}


@pytest.mark.parametrize("status", [302, 307, 403, 500, 502])
async def test_a_refusal_is_passed_on_and_no_redirect_followed(known: Wired, status: int) -> None:
    async with vendor_http.serving(type(known.server)()) as elsewhere:
        known.server.fail(status, location=elsewhere.url)
        assert await known.crm.read(CUSTOMER) == Reply(status)
        told = await known.change({"language": "bn"})
        known.server.fail_writes(status, location=elsewhere.url)
        assert await known.crm.write(CUSTOMER, told) == Reply(status)
        assert elsewhere.asked == []
    assert known.holds() == {}


async def test_a_broken_connection_is_said(known: Wired) -> None:
    known.server.fail(0)
    assert await known.crm.read(CUSTOMER) == Reply(failure=Reason.UNREACHABLE)
    known.server.plan(Half(200))
    assert await known.crm.read(CUSTOMER) == Reply(failure=Reason.UNREACHABLE)
    told = await known.change({"language": "bn"})
    known.server.fail_writes(0)
    assert await known.crm.write(CUSTOMER, told) == Reply(failure=Reason.UNREACHABLE)
    assert known.holds() == {}


async def test_a_crm_that_is_not_there_is_said(crm_server: type[ServedCrm]) -> None:
    async with serving(crm_server()) as server, httpx.AsyncClient(trust_env=False, verify=CERTIFICATES) as client:
        server.port = 1  # nothing listens on it
        crm = server.adapter(Exchange(client, server.auth(client), TIMEOUT_SECONDS))
        told = Change({"language": field("bn")}, None, exists=True, key="amends-1")
        assert await crm.read(CUSTOMER) == Reply(failure=Reason.UNREACHABLE)
        assert await crm.write(CUSTOMER, told) == Reply(failure=Reason.UNREACHABLE)


async def test_an_answer_that_does_not_come_is_said_in_time(crm_server: type[ServedCrm]) -> None:
    async with wiring(crm_server, timeout=1.0) as wired:
        wired.server.add(CUSTOMER.customer_id)
        told = await wired.change({"language": "bn"})
        began = asyncio.get_running_loop().time()
        wired.server.plan(DRIP)
        assert await wired.crm.read(CUSTOMER) == Reply(failure=Reason.TIMEOUT)
        wired.server.plan_writes(SILENCE)
        assert await wired.crm.write(CUSTOMER, told) == Reply(failure=Reason.TIMEOUT)
        assert asyncio.get_running_loop().time() - began < 10


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b""),
        Said(200, b"<html>"),
        Said(200, b"\xff\xfe"),
        Said(200, b"null"),
        Said(200, b"[]"),
        Said(200, b"7"),
        Said(200, b'{"fields": 7, "properties": 7, "records": 7, "payload": 7, "users": 7, "id": 7, "data": 7}'),
        Said(200, b'{"fields": {"language": NaN}, "data": {"person/custom": {"0": {"pref_language": NaN}}}}'),
        Said(200, b"[" * 100_000),
        Said(200, b'{"a":' * 2_000 + b"1" + b"}" * 2_000),
        Said(200, b'{"fields": {"note": "' + b"x" * MAX_REPLY_BYTES + b'"}}'),
        Said(200, b'{"fields": {}, "data": {"person/custom": {"0": {}}}}' + b" " * MAX_REPLY_BYTES),
        Said(200, b'{"fields": {}, "data": {"person/custom": {"0": {}}}}', {"content-encoding": "gzip"}),
        Said(200, b" " * (MAX_REPLY_BYTES + 9), {"content-length": "999999999"}),  # it is not waited for
        Said(200, gzip.compress(b" " * 50_000_000, mtime=0), {"content-encoding": "gzip"}),
        Said(204, b""),
    ],
    ids=lambda said: f"{said.status}-{len(said.body)}-{said.body[:12]!r}",
)
async def test_an_answer_that_is_no_profile_is_unreadable(known: Wired, said: Said) -> None:
    known.server.plan(said)
    assert await known.crm.read(CUSTOMER) == Reply(failure=Reason.UNREADABLE)


ODD = ["a/b", "a?b=c", "a#b", "a%2Fb", "%2e%2e", "..", ".", "", "a b", "a'b", "' OR Id != '", 'a"b', "a\\b", "a&b=c",
       "a\nb", "ü", "*", "a,b", "a;b", "a:b OR a", "(a)", "x/../a", "../a", "x" * 3000, "151", "a\x00b"]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd[:16]))
async def test_no_id_leads_to_anothers_profile(wired: Wired, odd: str) -> None:
    others = ["a", "b", CUSTOMER.customer_id, "A'B"]
    for other in others:
        wired.server.add(other)
        wired.server.edit(other, "note", "of another")
    customer = Customer("default", odd)
    found = await wired.crm.read(customer)
    assert isinstance(found, Reply) or (found.exists, bare(found.fields)) == (False, {})
    told = Change({"language": field("bn")}, None, exists=False, key="amends-1")
    reply = await wired.crm.write(customer, told)
    assert isinstance(reply, Reply)
    for other in others:
        assert wired.server.holds(other) == {"note": "of another"}
    if reply.status in (200, 201, 204):  # it may be somebody's id after all
        assert bare((await wired.read(customer)).fields) == {"language": "bn"}
