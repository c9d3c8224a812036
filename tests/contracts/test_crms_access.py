"""Getting into every CRM: tokens are renewed once for everybody, and nothing of them is logged."""

import asyncio
import logging

import pytest
import structlog

from profile_sync.core.replies import Reason, Reply
from support.crm_servers.served import ServedCrm
from support.crm_servers.suite import CUSTOMER, Wired, wiring
from support.vendor_http import SILENCE


async def test_a_token_is_got_once_and_anew_where_it_is_refused(known: Wired) -> None:
    if not known.server.renews:
        return
    await known.read()
    assert known.server.tokens_issued == 1
    await known.read()
    assert known.server.tokens_issued == 1
    known.server.expire_token()
    assert (await known.read()).exists
    assert known.server.tokens_issued == 2
    known.server.expire_token()
    assert await known.succeeds({"language": "bn"})
    assert known.holds() == {"language": "bn"}
    assert known.server.tokens_issued == 3


async def test_however_many_are_refused_at_once_the_token_is_renewed_once(known: Wired) -> None:
    if not known.server.renews:
        return
    await known.read()
    for round_ in range(2, 5):
        known.server.expire_token()
        found = await asyncio.gather(*(known.read() for _ in range(8)))
        assert all(profile.exists for profile in found)
        assert known.server.tokens_issued == round_


async def test_a_call_ends_in_time_though_it_is_the_token_that_does_not_come(crm_server: type[ServedCrm]) -> None:
    async with wiring(crm_server, timeout=0.5) as wired:
        if not wired.server.renews:
            return
        wired.server.tokens.script.append(SILENCE)
        began = asyncio.get_running_loop().time()
        assert await wired.crm.read(CUSTOMER) == Reply(failure=Reason.TIMEOUT)
        assert asyncio.get_running_loop().time() - began < 4  # the token itself would be waited for longer


async def test_a_token_that_is_refused_twice_is_said(known: Wired) -> None:
    await known.read()
    before, issued = len(known.server.calls), known.server.tokens_issued
    known.server.fail(401, 401, 401)
    assert await known.crm.read(CUSTOMER) == Reply(401)
    assert len(known.server.calls) - before == (2 if known.server.renews else 1)
    assert known.server.tokens_issued - issued == (1 if known.server.renews else 0)


async def test_nothing_personal_and_no_secret_is_logged(
    known: Wired, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)  # as configure_logging has it for loggers that are not ours
    with structlog.testing.capture_logs() as logged:
        assert await known.succeeds({"note": "my-words", "language": "bn"})
        known.server.expire_token()
        await known.crm.read(CUSTOMER)
        for status in (400, 401, 401, 403, 404, 409, 429, 500, 0):
            known.server.fail(status)
            await known.crm.read(CUSTOMER)
    out, err = capfd.readouterr()
    said = " ".join([str(logged), out, err, *(record.getMessage() for record in caplog.records)])
    for secret in ("my-words", "hush", CUSTOMER.customer_id):
        assert secret not in said
