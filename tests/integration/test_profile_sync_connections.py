"""Connections to a CRM are as many as calls at once, are used again, and outlive what goes wrong on one of them."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from profile_sync.core.replies import Reply as Replied
from profile_sync.crms.auth import Fixed
from profile_sync.crms.connections import Connections
from profile_sync.crms.exchange import Answer, Exchange
from support.vendor_http import RESET, SILENCE, Asked, Half, Reply, Vendor, serving


class Crm(Vendor):
    """``connections``: how many were ever opened."""

    def __init__(self) -> None:
        super().__init__()
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await super().serve(reader, writer)

    def answer(self, asked: Asked) -> Reply:
        return Reply(200, {"path": asked.path})


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    async with serving(Crm()) as found:
        yield found


@pytest.fixture
async def exchange(crm: Crm) -> AsyncIterator[Exchange]:
    async with httpx.AsyncClient(transport=Connections(), trust_env=False) as client:
        yield Exchange(client, Fixed(), 0.5)


async def test_one_after_another_they_share_one_connection(crm: Crm, exchange: Exchange) -> None:
    for number in range(10):
        answer = await exchange("GET", f"{crm.url}/{number}")
        assert isinstance(answer, Answer)
        assert json.loads(answer.body) == {"path": f"/{number}"}
    assert crm.connections == 1


async def test_at_once_each_has_its_own_and_they_are_kept(crm: Crm, exchange: Exchange) -> None:
    for _ in range(3):
        answers = await asyncio.gather(*(exchange("GET", f"{crm.url}/{number}") for number in range(5)))
        assert [json.loads(found.body)["path"] for found in answers if isinstance(found, Answer)] == [
            f"/{number}" for number in range(5)
        ]
    assert crm.connections == 5


@pytest.mark.parametrize("fault", [RESET, SILENCE, Half(200)], ids=["reset", "silence", "half"])
async def test_what_breaks_one_call_does_not_break_the_next(crm: Crm, exchange: Exchange, fault: object) -> None:
    for _ in range(3):
        crm.script.append(fault)  # type: ignore[arg-type]
        assert isinstance(await exchange("GET", f"{crm.url}/x"), Replied)
        assert isinstance(await exchange("GET", f"{crm.url}/x"), Answer)


async def test_a_call_that_is_given_up_leaves_a_connection_that_works(crm: Crm, exchange: Exchange) -> None:
    crm.script.append(SILENCE)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await exchange("GET", f"{crm.url}/x")
    assert isinstance(await exchange("GET", f"{crm.url}/x"), Answer)
